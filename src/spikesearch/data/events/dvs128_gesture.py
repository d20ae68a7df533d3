"""DVS128 Gesture: eleven gestures of 29 people, long recordings with lists of what was done when (Amir et al. 2017)."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from spikesearch.data.dataset import Dataset
from spikesearch.data.events.aedat2 import SIDE
from spikesearch.data.events.aedat3 import read_aedat3
from spikesearch.data.events.frames import Reader
from spikesearch.data.events.loading import dataset_of
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import Events
from spikesearch.data.published import place_problem
from spikesearch.data.unpacking import unpack_tar
from spikesearch.errors import UserError

SOURCE = "https://research.ibm.com/interactive/dvsgesture/"
ARCHIVE = "DvsGesture.tar.gz"
_FOLDER = "DvsGesture"
_LISTS = {"train": "trials_to_train.txt", "test": "trials_to_test.txt"}
_DISORDER_US = 100_000  # how much later than its neighbours an event may stand in the file and still be found
CLASSES = (
    "hand clapping",
    "right hand wave",
    "left hand wave",
    "right arm clockwise",
    "right arm counter clockwise",
    "left arm clockwise",
    "left arm counter clockwise",
    "arm roll",
    "air drums",
    "air guitar",
    "other gestures",
)


def load_dvs128_gesture(
    folder: str | Path, settings: EventSettings | None = None, cache: str | Path | None = None
) -> Dataset:
    """DVS128 Gesture as IBM publishes it, divided by its own lists: other people in the test part.

    Args:
        folder: `DvsGesture`, the folder that holds it, or the one with `DvsGesture.tar.gz`, which is then unpacked
            beside it, once.
        settings: how recordings become frames.
        cache: folder for frames; None: the user's own.

    Returns:
        Frames [N, T, 2, 128, 128] of counts: one recording for each line of the label files, in their order.

    Raises:
        UserError: files are missing (it says which and where to get them) or damaged.
    """
    home = _home(Path(folder))
    parts: dict[str, list[Recording]] = {}
    problems: list[str] = []
    for part, name in _LISTS.items():
        parts[part] = []
        for file in _lines(home / name):
            events, labels = home / file, home / f"{Path(file).stem}_labels.csv"
            missing = [one for one in (events, labels) if not one.is_file()]
            problems += [f"{one} is missing, which {name} names" for one in missing]
            if not missing:
                parts[part] += gestures(events, labels, problems)
    empty = [part for part, recordings in parts.items() if not recordings and not problems]
    problems += [f"{home / _LISTS[part]} names no recordings" for part in empty]
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems[:20])
        raise UserError(f"DVS128 Gesture cannot be read:\n{listed}\n{_cure()}")
    return dataset_of("dvs128-gesture", parts, CLASSES, (SIDE, SIDE), settings or EventSettings(), cache)


def _home(folder: Path) -> Path:
    """The folder with the two lists; unpacks the archive if it is the only thing there."""
    places = (folder, folder / _FOLDER, folder / _FOLDER / _FOLDER)
    for place in places:
        if all((place / name).is_file() for name in _LISTS.values()):
            return place
    if (folder / ARCHIVE).is_file() and not (folder / _FOLDER).exists():
        unpack_tar(folder / ARCHIVE, folder / _FOLDER)
        return _home(folder)
    problem = place_problem(folder, f"holds no {' and '.join(_LISTS.values())}")
    raise UserError(f"DVS128 Gesture cannot be read: {folder} {problem}\n{_cure()}")


def _lines(path: Path) -> list[str]:
    names = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    strange = [name for name in names if "/" in name or "\\" in name or name.startswith(".")]
    if strange:
        raise UserError(f"{path} names {strange[0]!r}, which is no file beside it: damaged")
    return [name for name in names if name]


def gestures(events: Path, labels: Path, problems: list[str]) -> Iterator[Recording]:
    """A recording for each line of a label file: class 1…11, first and last microsecond (the last one excluded)."""
    try:
        content, status = labels.read_bytes(), events.stat()
    except OSError as error:
        problems.append(f"{error.filename}: {error.strerror}")
        return
    same = f"{status.st_size} {status.st_mtime_ns} {hashlib.sha256(content).hexdigest()[:16]}"
    rows = csv.reader(content.decode("utf-8", "replace").splitlines())
    next(rows, None)  # class,startTime_usec,endTime_usec
    count = 0
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            label, begin, end = (int(value) for value in row)
        except ValueError:
            problems.append(f"{labels}, line {number}: {','.join(row)!r} is not class, begin and end in microseconds")
            return
        if not 1 <= label <= len(CLASSES) or not 0 <= begin < end:
            problems.append(f"{labels}, line {number}: class {label} from {begin} to {end} µs cannot be")
            return
        count += 1
        title = f"{events}, line {number} of {labels.name} ({CLASSES[label - 1]})"
        yield Recording(title, label - 1, f"{same} {begin} {end}", _between(events, begin, end))
    if not count:
        problems.append(f"{labels} lists no gesture")


def _between(path: Path, begin: int, end: int) -> Reader:
    """The events of one gesture. The file is read no further than needed: what is damaged behind it does not matter."""

    def events() -> Iterator[Events]:
        with path.open("rb") as stream:
            for part in read_aedat3(stream):
                yield part.take((part.t >= begin) & (part.t < end))
                if len(part) and int(part.t[-1]) >= end + _DISORDER_US:
                    return

    return events


def _cure() -> str:
    return (
        f"Wanted is the folder {_FOLDER} with {' and '.join(_LISTS.values())} and the .aedat and _labels.csv files "
        f"that they name, or {ARCHIVE} that holds it, from {SOURCE}: name its folder with --data."
    )
