"""SVHN, house numbers in street photographs, as cropped digits of 32×32 (Netzer et al. 2011)."""

from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.data.array_pickle import UnreadableError
from spikesearch.data.dataset import Dataset, Images, IntArray, UInt8Array
from spikesearch.data.published import incomplete, place_problem
from spikesearch.errors import UserError

SOURCE = "http://ufldl.stanford.edu/housenumbers/"
WANTED = {"train": "train_32x32.mat", "test": "test_32x32.mat"}
_PUBLISHED = (73_257, 26_032)


def load_svhn(folder: str | Path) -> Dataset:
    """SVHN in "format 2". `extra_32x32.mat` is not used, as in AutoSNN.

    Args:
        folder: the one with `train_32x32.mat` and `test_32x32.mat`.

    Returns:
        uint8 images [N, 3, 32, 32], 73,257 for training and 26,032 for the test; label 0 is the digit 0, which the
        files call 10.

    Raises:
        UserError: a file is missing, cut off, or holds something else; each is named with where to get it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"SVHN cannot be read: {folder} {place_problem(folder, '')}\n{_cure()}")
    found: dict[str, Images] = {}
    problems = []
    for part, name in WANTED.items():
        path = folder / name
        try:
            found[part] = Images(*_read(path))
        except UnreadableError as error:
            problems.append(f"  {path}: {error}")
    if problems:
        listed = "\n".join(problems)
        raise UserError(f"SVHN cannot be read:\n{listed}\n{_cure()}")
    both = found["train"], found["test"]
    return Dataset("svhn", *both, tuple("0123456789"), incomplete(*both, _PUBLISHED))


def _cure() -> str:
    return (
        f"Wanted are {' and '.join(WANTED.values())} from {SOURCE}: name their folder with --data. "
        "`spikesearch data download svhn --data DIR` fetches them."
    )


def _read(path: Path) -> tuple[UInt8Array, IntArray]:
    """Images [N, 3, 32, 32] and labels [N] of one MATLAB 5 file."""
    from scipy.io import loadmat

    if not path.is_file():
        raise UnreadableError("missing")
    try:
        content: dict[str, Any] = loadmat(path, variable_names=["X", "y"])
    except Exception as error:  # a damaged file may raise nearly anything
        raise UnreadableError(f"no MATLAB 5 file, damaged or cut off ({type(error).__name__}: {error})") from error
    missing = [key for key in ("X", "y") if key not in content]
    if missing:
        raise UnreadableError(f"has no {' and no '.join(missing)}")
    images, labels = content["X"], content["y"]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != (32, 32, 3):
        raise UnreadableError(f"its X is {images.dtype} {list(images.shape)}, wanted is uint8 [32, 32, 3, N]")
    labels = labels.reshape(-1)
    if labels.dtype.kind not in "iuf" or len(labels) != images.shape[3]:
        raise UnreadableError(f"its y is {labels.dtype} {list(labels.shape)}, wanted is one label for each image")
    if not np.isin(labels, np.arange(1, 11)).all():
        raise UnreadableError("its y holds labels other than 1…10")
    return np.ascontiguousarray(images.transpose(3, 2, 0, 1)), labels.astype(np.int64) % 10
