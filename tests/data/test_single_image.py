"""Image files of every mode, as a network takes them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikesearch import UserError
from spikesearch.data.single_image import read_image

GREY = (1, 4, 4)
COLOUR = (3, 4, 4)


def saved(tmp_path: Path, image: Image.Image, name: str = "image.png") -> Path:
    path = tmp_path / name
    image.save(path)
    return path


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_white_is_white_in_every_mode(mode: str, shape: tuple[int, int, int], tmp_path: Path) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((4, 4), 65_535, dtype=np.uint16))
    else:
        image = Image.new("RGB", (4, 4), "white").convert(mode)
    found = read_image(saved(tmp_path, image, "image.tiff" if mode == "CMYK" else "image.png"), shape)
    assert (found.pixels.shape, found.pixels.dtype) == (shape, np.uint8)
    assert found.pixels.min() == 255


def test_grey_values_and_colours_stay_as_they_are(tmp_path: Path) -> None:
    values = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert (read_image(saved(tmp_path, Image.fromarray(values)), GREY).pixels[0] == values).all()
    colours = np.random.default_rng(0).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    found = read_image(saved(tmp_path, Image.fromarray(colours)), COLOUR).pixels
    assert (found == colours.transpose(2, 0, 1)).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    values = (np.arange(16, dtype=np.uint16) * 257).reshape(4, 4)  # k/255 of full brightness
    found = read_image(saved(tmp_path, Image.fromarray(values)), GREY).pixels[0]
    assert (found == np.arange(16).reshape(4, 4)).all()


def test_what_is_transparent_becomes_black(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    image.putpixel((0, 0), (0, 200, 0, 255))
    found = read_image(saved(tmp_path, image), COLOUR).pixels
    assert found[:, 0, 0].tolist() == [0, 200, 0]
    assert found[:, 1:, :].max() == 0


def test_another_size_is_resized_and_told(tmp_path: Path) -> None:
    image = Image.new("L", (8, 12))
    image.paste(255, (4, 0, 8, 12))  # right half white
    found = read_image(saved(tmp_path, image), GREY)
    assert found.size == (12, 8)
    assert found.pixels[0, :, 0].max() == 0
    assert found.pixels[0, :, 3].min() == 255


def test_a_stored_rotation_is_applied(tmp_path: Path) -> None:
    image = Image.new("L", (4, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90°
    image.save(tmp_path / "image.jpg", exif=exif)
    assert read_image(tmp_path / "image.jpg", GREY).size == (4, 8)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.png: no such file"):
        read_image(tmp_path / "none.png", GREY)
    with pytest.raises(UserError, match="a folder; give image files"):
        read_image(tmp_path, GREY)
    (tmp_path / "empty.png").touch()
    with pytest.raises(UserError, match=r"empty\.png: the file is empty"):
        read_image(tmp_path / "empty.png", GREY)
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(UserError, match=r"text\.png is no image that can be read .*, or a damaged one"):
        read_image(tmp_path / "text.png", GREY)
    whole = saved(tmp_path, Image.effect_noise((64, 64), 50), "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"cut\.png is no image that can be read .*, or a damaged one"):
        read_image(tmp_path / "cut.png", GREY)
    with pytest.raises(UserError, match=r"floats\.tiff is no image .* mode F, 32 bits of unknown range"):
        read_image(saved(tmp_path, Image.new("F", (4, 4)), "floats.tiff"), GREY)
    with pytest.raises(UserError, match="images of 2 channels, which no image file has: give an array"):
        read_image(tmp_path / "text.png", (2, 4, 4))
