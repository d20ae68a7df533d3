"""One picture of many images: a row for each class. Of event recordings a row is one recording, frame after frame."""

import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spikesearch.data.dataset import Dataset, UInt8Array
from spikesearch.studies.files import atomic_write

if TYPE_CHECKING:
    from PIL import Image

_ROWS = 20
_COLUMNS = 10
_FRAMES = 20  # of a recording
_CELL = 64  # pixels; smaller images are enlarged by whole numbers
_GAP = 2
_MARGIN = 130
_LETTERS = 18  # of a class name that fit into a line of the margin
_LINE = 12  # pixels from one line to the next
_BRIGHT = 99.0  # percentile of the counts above 0 that is shown at full brightness


def write_contact_sheet(dataset: Dataset, path: str | Path) -> int:
    """Write a PNG of training images: ten of each of up to twenty classes, evenly chosen; of event recordings the
    frames of the first one of each class, brighter (on) in green, darker (off) in red, both together in yellow.

    Args:
        dataset: any.
        path: the file, which appears when it is complete.

    Returns:
        How many classes are in it.
    """
    count = min(_ROWS, dataset.classes)
    shown = np.linspace(0, dataset.classes - 1, count).round().astype(int)
    rows = [(dataset.class_names[label], _row(dataset, int(label))) for label in shown]
    buffer = io.BytesIO()
    _draw(rows).save(buffer, format="PNG")
    with atomic_write(Path(path), "wb") as file:
        file.write(buffer.getvalue())
    return count


def _row(dataset: Dataset, label: int) -> list[UInt8Array]:
    """Images [H, W, 3] of one class."""
    of_class = np.flatnonzero(dataset.train.labels == label)
    if dataset.timesteps is None:
        return [_colours(dataset.train.images[index]) for index in of_class[:_COLUMNS]]
    return _coloured_frames(dataset.train.images[of_class[0]]) if len(of_class) else []


def _colours(image: UInt8Array) -> UInt8Array:
    """[C, H, W] → [H, W, 3]; of channels that are neither grey nor colours the mean."""
    if len(image) != 3:
        image = np.repeat(image.mean(0, keepdims=True).astype(np.uint8), 3, axis=0)
    return image.transpose(1, 2, 0)


def _coloured_frames(frames: npt.NDArray[Any]) -> list[UInt8Array]:
    """[T, C, H, W] → up to 20 of [H, W, 3], all in the same brightness."""
    busy = frames[frames > 0]
    full = max(1.0, float(np.percentile(busy, _BRIGHT))) if busy.size else 1.0
    bright = np.minimum(frames / full, 1)
    bright = np.where(frames > 0, 60 + 195 * bright, 0).astype(np.uint8)  # a single event can be seen
    off, on = (bright[:, 0], bright[:, 1]) if frames.shape[1] == 2 else (bright.max(1),) * 2
    chosen = np.linspace(0, len(frames) - 1, min(_FRAMES, len(frames))).round().astype(int)
    return [np.stack([off[t], on[t], np.zeros_like(on[t])], axis=2) for t in chosen]


def _draw(rows: list[tuple[str, list[UInt8Array]]]) -> "Image.Image":
    from PIL import Image, ImageDraw

    sides = next(cell.shape[:2] for _, cells in rows for cell in cells)
    times = max(1, round(_CELL / max(sides)))
    height, width = (side * times + _GAP for side in sides)
    columns = max(len(cells) for _, cells in rows)
    sheet = Image.new("RGB", (_MARGIN + columns * width, len(rows) * height + _GAP), (40, 40, 40))
    draw = ImageDraw.Draw(sheet)
    for number, (name, cells) in enumerate(rows):
        top = number * height + _GAP
        lines = _lines(name, height)
        for line, text in enumerate(lines):
            draw.text((6, top + (height - _LINE * len(lines)) // 2 + _LINE * line), text, "white")
        for column, cell in enumerate(cells):
            image = Image.fromarray(cell).resize((width - _GAP, height - _GAP), Image.Resampling.NEAREST)
            sheet.paste(image, (_MARGIN + column * width, top))
    return sheet


def _lines(name: str, height: int) -> list[str]:
    """A class name in as many lines as it needs and a row has room for."""
    known = name.encode("latin1", "replace").decode("latin1")  # Pillow's own letters know no others
    return textwrap.wrap(known, _LETTERS, max_lines=max(1, height // _LINE), placeholder=" ...")
