"""CIFAR-10 from the folder people have, `cifar-10-batches-py`, without running anything that its pickles may say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.data.array_pickle import UnreadableError, read_array_pickle
from spikesearch.data.dataset import Dataset, Images, IntArray, UInt8Array
from spikesearch.errors import UserError

FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{k}" for k in range(1, 6))
TEST_FILE = "test_batch"
META_FILE = "batches.meta"
WANTED = (*TRAIN_FILES, TEST_FILE, META_FILE)
SOURCE = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_SHAPE = (3, 32, 32)
_PIXELS = 3072


def load_cifar10(folder: str | Path) -> Dataset:
    """CIFAR-10 in its "python version" layout.

    Args:
        folder: `cifar-10-batches-py` itself or the folder that holds it.

    Returns:
        uint8 images [N, 3, 32, 32], planes red, green, blue; training images in file order 1…5.

    Raises:
        UserError: the folder or one of the seven files is missing, cut off, or holds something else. All such files
            are named at once, with what is wanted and where to get it.
    """
    home = _find(Path(folder))
    read: dict[str, Callable[[Path], Any]] = dict.fromkeys(WANTED, _read_batch) | {META_FILE: _read_names}
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name in WANTED:
        try:
            found[name] = read[name](home / name)
        except UnreadableError as error:
            problems.append(f"  {home / name}: {error}")
    if problems:
        raise UserError("CIFAR-10 cannot be read:\n" + "\n".join(problems) + "\n" + _cure(home.parent))
    train = [found[name] for name in TRAIN_FILES]
    return Dataset(
        "cifar10",
        Images(np.concatenate([images for images, _ in train]), np.concatenate([labels for _, labels in train])),
        Images(*found[TEST_FILE]),
        found[META_FILE],
    )


def _find(folder: Path) -> Path:
    """The folder with the batches: the one given, or the one inside it."""
    for candidate in (folder / FOLDER, folder):
        if candidate.is_dir() and (candidate.name == FOLDER or any((candidate / name).exists() for name in WANTED)):
            return candidate
    problem = "is not a folder" if folder.exists() and not folder.is_dir() else "does not exist"
    if folder.is_dir():
        problem = f"holds no folder {FOLDER}"
    raise UserError(f"CIFAR-10 cannot be read: {folder} {problem}\n{_cure(folder)}")


def _cure(parent: Path) -> str:
    """What is wanted and where it comes from; shorter if the archive already lies there."""
    archive = parent / SOURCE.rsplit("/", 1)[1]
    get = f"unpack {archive}" if archive.is_file() else f"unpack {SOURCE}"
    return f"Wanted is a folder {FOLDER} with the files {', '.join(WANTED)}: {get} and name its folder with --data."


def _read(path: Path) -> dict[str, Any]:
    """The dictionary in one file, its keys as text."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError("missing") from None
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error.strerror})") from error
    value = read_array_pickle(content)
    if not isinstance(value, dict):
        raise UnreadableError(f"holds a {type(value).__name__}, not CIFAR-10's dictionary")
    return {key.decode("latin1") if isinstance(key, bytes) else str(key): entry for key, entry in value.items()}


def _read_batch(path: Path) -> tuple[UInt8Array, IntArray]:
    """Images [N, 3, 32, 32] and labels [N] of one batch file."""
    batch = _read(path)
    missing = [key for key in ("data", "labels") if key not in batch]
    if missing:
        raise UnreadableError(f"has no {' and no '.join(missing)}")
    data = batch["data"]
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != _PIXELS:
        what = f"{data.dtype} {list(data.shape)}" if isinstance(data, np.ndarray) else type(data).__name__
        raise UnreadableError(f"its data is {what}, wanted is uint8 [N, {_PIXELS}]")
    try:
        labels = np.asarray(batch["labels"], dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"its labels are not integers ({error})") from error
    if labels.shape != data.shape[:1]:
        raise UnreadableError(f"has {len(data)} images but labels of shape {list(labels.shape)}")
    if len(labels) and (labels.min() < 0 or labels.max() > 9):
        raise UnreadableError(f"has labels {labels.min()}…{labels.max()}, wanted are 0…9")
    return data.reshape(-1, *_SHAPE), labels  # [N, 3072] → [N, 3, 32, 32]


def _read_names(path: Path) -> tuple[str, ...]:
    """The ten class names."""
    names = _read(path).get("label_names")
    if not isinstance(names, list) or len(names) != 10 or not all(isinstance(name, bytes | str) for name in names):
        raise UnreadableError("has no list label_names of ten names")
    return tuple(name.decode("latin1") if isinstance(name, bytes) else name for name in names)
