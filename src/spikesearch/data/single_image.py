"""Single image files as a network takes them: any mode, any size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesearch.data.dataset import UInt8Array
from spikesearch.data.image_files import is_empty
from spikesearch.data.pixels import pixels, upright_size
from spikesearch.errors import UserError

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # Pillow is asked for no other: some run programs
_GREY, _COLOURS = 1, 3  # channels


@dataclass(frozen=True, eq=False)
class SingleImage:
    """One image file, converted.

    Attributes:
        pixels: uint8 [C, H, W], 0…255.
        size: (height, width) of the file in pixels, upright.
    """

    pixels: UInt8Array
    size: tuple[int, int]


def read_image(path: str | Path, shape: tuple[int, int, int]) -> SingleImage:
    """Read an image file with these channels and this size.

    As images of a folder are read (`pixels`), so that a network sees what it was trained on. The sides are resized
    independently of each other.

    Args:
        path: the file.
        shape: [C, H, W] that is wanted.

    Raises:
        UserError: no such file, no image that can be read, pixels whose range nobody knows, or channels that are
            neither grey nor colours.
    """
    from PIL import Image

    channels, height, width = shape
    if channels not in (_GREY, _COLOURS):
        raise UserError(f"the network takes images of {channels} channels, which no image file has: give an array")
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: {'a folder; give image files' if path.is_dir() else 'no such file'}")
    if is_empty(path):
        raise UserError(f"{path}: the file is empty")
    try:
        with Image.open(path, formats=_FORMATS) as file:
            wide, high = upright_size(file)
            found = pixels(file, grey=channels == _GREY, size=(width, height))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise UserError(
            f"{path} is no image that can be read ({', '.join(_FORMATS)}), or a damaged one: {error}"
        ) from error
    planes = found.reshape(height, width, channels).transpose(2, 0, 1)
    return SingleImage(np.ascontiguousarray(planes), (high, wide))
