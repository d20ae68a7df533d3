"""SVHN from its two MATLAB files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from spikesearch.data.svhn import load_svhn
from spikesearch.errors import UserError

IMAGES = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 20), dtype=np.uint8)
LABELS = np.tile(np.arange(1, 11, dtype=np.uint8), 2)[:, None]  # 10 stands for the digit 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("train_32x32.mat", "test_32x32.mat"):
        savemat(tmp_path / name, {"X": IMAGES, "y": LABELS}, do_compression=True)
    return tmp_path


def test_axes_and_the_digit_zero(folder: Path) -> None:
    found = load_svhn(folder)
    assert (found.name, len(found.train), len(found.test), found.shape) == ("svhn", 20, 20, (3, 32, 32))
    assert found.train.labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] * 2
    assert found.class_names == tuple("0123456789")
    assert found.train.images[7, 2, 5, 9] == IMAGES[5, 9, 2, 7]  # row 5, column 9, blue, image 7


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "missing"),
        (b"", "no MATLAB 5 file, damaged or cut off"),
        (b"MATLAB 5.0" * 40, "no MATLAB 5 file, damaged or cut off"),
        ({"X": IMAGES}, "has no y"),
        ({"X": IMAGES.astype(float), "y": LABELS}, r"its X is float64 \[32, 32, 3, 20\], wanted is uint8"),
        ({"X": IMAGES[:28], "y": LABELS}, r"its X is uint8 \[28, 32, 3, 20\]"),
        ({"X": IMAGES, "y": LABELS[:19]}, r"its y is uint8 \[19\], wanted is one label for each image"),
        ({"X": IMAGES, "y": LABELS - 1}, "its y holds labels other than 1…10"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, content: Any, reason: str) -> None:
    path = folder / "test_32x32.mat"
    path.unlink()
    if isinstance(content, dict):
        savemat(path, content)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"SVHN cannot be read:\n  .*test_32x32.mat: {reason}") as caught:
        load_svhn(folder)
    assert "from http://ufldl.stanford.edu/housenumbers/" in str(caught.value)


def test_a_part_of_it_is_told_as_such(folder: Path) -> None:
    assert load_svhn(folder).notices == (
        "this is not the whole data set as published: the training part has 20 images instead of 73,257, the test part "
        "20 instead of 26,032",
    )


def test_a_folder_that_is_none_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"^SVHN cannot be read: .*/nowhere does not exist\nWanted are train_32x32.mat"):
        load_svhn(folder / "nowhere")
    with pytest.raises(UserError, match=r"read: .*/test_32x32.mat is a file; name its folder\nWanted are"):
        load_svhn(folder / "test_32x32.mat")


def test_wherever_a_file_is_cut_off_it_is_named(folder: Path) -> None:
    path = folder / "train_32x32.mat"
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 23):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"train_32x32.mat: "):
            load_svhn(folder)
