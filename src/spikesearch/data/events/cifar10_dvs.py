"""CIFAR10-DVS: 10,000 recordings of moving CIFAR-10 images with a DVS128, 128×128 pixels (Li et al. 2017)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from spikesearch.data.dataset import Dataset
from spikesearch.data.events.aedat2 import SIDE, read_aedat2
from spikesearch.data.events.loading import dataset_of, recording_in, trees_in
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import Events
from spikesearch.errors import UserError

SOURCE = "https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_RECORDINGS = 1000  # of each class, as published
_FILE = re.compile(rf"(?:.*/)?({'|'.join(CLASSES)})/[^/]*?(\d+)\.aedat")


def load_cifar10_dvs(
    folder: str | Path, settings: EventSettings | None = None, cache: str | Path | None = None
) -> Dataset:
    """CIFAR10-DVS as its authors publish it, which is without a test part: AutoSNN's code takes the first 900
    recordings of each class for training and the last 100 for the test, and so do we, by their number.

    Args:
        folder: the one with `airplane.zip` … `truck.zip`, read in place, or with the folders `airplane` … `truck`.
        settings: how recordings become frames.
        cache: folder for frames; None: the user's own.

    Returns:
        Frames [N, T, 2, 128, 128] of counts, recordings in the order of class and number. The sensor lay on its side;
        the frames are upright.

    Raises:
        UserError: files are missing (it says which and where to get them) or damaged.
    """
    folder = Path(folder)
    found: dict[str, dict[int, Recording]] = {name: {} for name in CLASSES}
    try:
        trees = trees_in(folder, [f"{name}.zip" for name in CLASSES])
    except UserError as error:
        raise UserError(f"CIFAR10-DVS cannot be read: {error}\n{_cure()}") from error
    for tree in trees:
        for name in tree.names:
            match = _FILE.fullmatch(name)
            if match:
                recording = recording_in(tree, name, CLASSES.index(match[1]), read_upright)
                found[match[1]].setdefault(int(match[2]), recording)  # the folder before an archive of the same
    few = [name for name, files in found.items() if len(files) < 2]
    if few:
        raise UserError(f"CIFAR10-DVS cannot be read: {folder} holds no recordings of {', '.join(few)}\n{_cure()}")
    parts: dict[str, list[Recording]] = {"train": [], "test": []}
    unlike: dict[int, list[str]] = {}
    for name, files in found.items():
        numbered = [files[number] for number in sorted(files)]
        border = len(files) * 9 // 10
        parts["train"] += numbered[:border]
        parts["test"] += numbered[border:]
        if len(files) != _RECORDINGS:
            unlike.setdefault(len(files), []).append(name)
    notices = [_unlike(names, count) for count, names in unlike.items()]
    return dataset_of("cifar10-dvs", parts, CLASSES, (SIDE, SIDE), settings or EventSettings(), cache, notices)


def _unlike(names: Sequence[str], count: int) -> str:
    """The notice about classes with another number of recordings than published."""
    if len(names) == 1:
        who = f"{names[0]} has {count:,} recordings instead of {_RECORDINGS:,}"
    else:
        listed = "all classes" if len(names) == len(CLASSES) else f"{', '.join(names[:-1])} and {names[-1]}"
        who = f"{listed} have {count:,} recordings each instead of {_RECORDINGS:,}"
    of = "the" if len(names) == 1 else "of each the"
    return f"{who}: {of} first {count * 9 // 10:,} are for training, the others for the test"


def read_upright(stream: BinaryIO) -> Iterator[Events]:
    """With the axes exchanged, as the authors' own `dat2mat.m` gives them."""
    for part in read_aedat2(stream):
        yield Events(part.t, part.y, part.x, part.p)


def _cure() -> str:
    return (
        f"Wanted are the archives {CLASSES[0]}.zip … {CLASSES[-1]}.zip from {SOURCE}, as they are or unpacked to the "
        f"folders {CLASSES[0]}/*.aedat …: name the folder that holds them with --data."
    )
