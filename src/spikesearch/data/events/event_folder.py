"""Own recordings of event cameras: `train/<class>/…` and `test/<class>/…`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from spikesearch.data.dataset import Dataset
from spikesearch.data.events.aedat2 import SIDE, buffered, read_aedat2
from spikesearch.data.events.aedat3 import read_aedat3
from spikesearch.data.events.arrays import read_npy, read_npz
from spikesearch.data.events.building import damage, refuse_damaged_recordings
from spikesearch.data.events.forty_bits import read_forty_bits
from spikesearch.data.events.loading import Format, dataset_of, recording_in
from spikesearch.data.events.progress import Counter
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError, Events
from spikesearch.data.file_tree import READING_ERRORS, FolderTree
from spikesearch.data.image_files import class_folders
from spikesearch.data.published import place_problem
from spikesearch.data.split import stratified_split
from spikesearch.errors import UserError

_LARGEST_SENSOR = 8192  # pixels; a coordinate beyond it is damage, not a camera
_TEST_FRACTION = 0.2
_TEST_SEED = 20261  # a constant: the test part is the same for every run and seed


def read_aedat(stream: BinaryIO) -> Iterator[Events]:
    """AEDAT 2.0 or 3.1, whichever the first line says."""
    stream = buffered(stream)
    first = stream.peek(16)[:11]  # type: ignore[attr-defined]
    yield from (read_aedat3 if first == b"#!AER-DAT3." else read_aedat2)(stream)


FORMATS: Mapping[str, Format] = {
    ".npz": read_npz,
    ".npy": read_npy,
    ".bin": read_forty_bits,
    ".aedat": read_aedat,
}
_LAYOUT = f"wanted are folders train/<class>/ and test/<class>/ with recordings ({', '.join(FORMATS)})"


def load_event_folder(
    folder: str | Path,
    settings: EventSettings | None = None,
    cache: str | Path | None = None,
    sensor: tuple[int, int] | None = None,
) -> Dataset:
    """A folder of recordings, a folder for each class. Without `test/`, a stratified fifth of the recordings, drawn by
    a constant, becomes the test part.

    Args:
        folder: the one that holds `train`.
        settings: how recordings become frames.
        cache: folder for frames; None: the user's own.
        sensor: (width, height) in pixels; None: as far as the recordings go, 128×128 if all are AEDAT 2.0.

    Returns:
        Frames [N, T, 2, H, W] of counts, recordings in the order of class and path.

    Raises:
        UserError: the folder, its classes or a recording cannot be used; damaged ones are listed.
    """
    folder = Path(folder)
    if not (folder / "train").is_dir():
        raise UserError(f"event folder {folder} {place_problem(folder, 'holds no folder train')}: {_LAYOUT}")
    classes = sorted(path.name for path in (folder / "train").iterdir() if path.is_dir() and path.name[0] != ".")
    if len(classes) < 2:
        raise UserError(f"event folder {folder}: train holds {len(classes)} classes, 2 or more are needed; {_LAYOUT}")
    notices: list[str] = []
    parts = {"train": _recordings(folder / "train", classes, notices)}
    if (folder / "test").is_dir():
        parts["test"] = _recordings(folder / "test", classes, notices)
    else:
        parts = _divided(parts["train"], classes)
        notices.append(
            f"there is no folder {folder / 'test'}: a fixed, stratified fifth of the recordings in train/, "
            f"{len(parts['test']):,} of them, is the test part, whatever the seed"
        )
    if sensor is None:
        sensor = _sensor([*parts["train"], *parts["test"]])
        notices.append(
            f"the sensor has {sensor[0]}×{sensor[1]} pixels, as far as the recordings go; if it has more, give "
            "data.sensor = [width, height]"
        )
    return dataset_of("event-folder", parts, classes, sensor, settings or EventSettings(), cache, notices)


def _recordings(part: Path, classes: Sequence[str], notices: list[str]) -> list[Recording]:
    found: list[Recording] = []
    left_out = 0
    empty: list[str] = []
    other = sorted(
        path.name for path in part.iterdir() if path.is_dir() and path.name not in classes and path.name[0] != "."
    )
    if other:
        raise UserError(f"{part}: the classes {', '.join(other[:8])} are not in train: both parts need the same ones")
    for label, name in enumerate(classes):
        tree = FolderTree(part / name)
        files = [file for file in tree.names if Path(file).suffix.lower() in FORMATS]
        left_out += len(tree.names) - len(files)
        empty += [] if files else [name]
        found += [recording_in(tree, file, label, FORMATS[Path(file).suffix.lower()]) for file in files]
    if empty:
        raise UserError(f"{part}: no recording in {class_folders(empty)} ({', '.join(FORMATS)})")
    if left_out:
        notices.append(f"{left_out:,} files in {part} passed over, as no recording by name ({', '.join(FORMATS)})")
    return found


def _divided(recordings: Sequence[Recording], classes: Sequence[str]) -> dict[str, list[Recording]]:
    labels = np.array([recording.label for recording in recordings], np.int64)
    counts = np.bincount(labels, minlength=len(classes))
    few = [f"{name} ({count})" for name, count in zip(classes, counts, strict=True) if count < 1 / _TEST_FRACTION]
    if few:
        raise UserError(
            f"there is no folder test/, and too few recordings to take a fifth of each class for it: {', '.join(few)}; "
            "add recordings (at least 5 of each class) or make test/ yourself"
        )
    both = stratified_split(labels, _TEST_FRACTION, _TEST_SEED)
    return {part: [recordings[index] for index in chosen] for part, chosen in zip(("train", "test"), both, strict=True)}


def _sensor(recordings: Sequence[Recording]) -> tuple[int, int]:
    """(width, height) as far as the events of all recordings go. It takes one more pass over the files."""
    width = height = 0
    problems = []
    for recording in Counter("measuring the sensor", len(recordings)).over(recordings):
        try:
            columns, rows = _extent(recording)
        except (DamagedError, *READING_ERRORS) as error:
            problems.append(damage(recording.title, error))
        else:
            width, height = max(width, columns), max(height, rows)
    refuse_damaged_recordings(problems)
    if all(recording.title.lower().endswith(".aedat") for recording in recordings):
        return max(width, SIDE), max(height, SIDE)
    return width, height


def _extent(recording: Recording) -> tuple[int, int]:
    """(width, height) as far as the events of one recording go.

    Raises:
        DamagedError: it holds no event, or one at a pixel that no sensor has.
    """
    width = height = 0
    for part in recording.reader():
        if not len(part):
            continue
        low = min(int(part.x.min()), int(part.y.min()))
        width, height = max(width, int(part.x.max()) + 1), max(height, int(part.y.max()) + 1)
        if low < 0 or max(width, height) > _LARGEST_SENSOR:
            raise DamagedError(f"holds events at pixels below 0 or beyond {_LARGEST_SENSOR:,}")
    if not width:
        raise DamagedError("holds no event")
    return width, height
