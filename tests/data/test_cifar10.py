"""CIFAR-10's folder: read as published, and every file that cannot be used is named."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikesearch.data.cifar10 import WANTED, load_cifar10
from spikesearch.errors import UserError


def test_planes_and_order_are_as_published(cifar_folder: Path, write_python2: Callable[[Path, Any], None]) -> None:
    # Row = 1024 red values, 1024 green, 1024 blue, each plane row by row.
    row = np.zeros((1, 3072), dtype=np.uint8)
    row[0, 1024 + 32 * 5 + 7] = 200  # green, row 5, column 7
    write_python2(cifar_folder / "data_batch_2", {b"data": row, b"labels": [3]})
    data = load_cifar10(cifar_folder)
    assert data.name == "cifar10"
    assert data.shape == (3, 32, 32)
    assert len(data.train) == 4 * 20 + 1
    assert len(data.test) == 20
    assert data.class_names[3] == "cat"
    assert data.train.labels[20] == 3  # after the 20 images of the first batch
    assert np.argwhere(data.train.images[20]).tolist() == [[1, 5, 7]]
    assert data.train.images[20, 1, 5, 7] == 200


def test_the_folder_or_its_parent_can_be_given(cifar_folder: Path) -> None:
    inside, outside = load_cifar10(cifar_folder), load_cifar10(str(cifar_folder.parent))
    assert np.array_equal(inside.train.images, outside.train.images)
    renamed = cifar_folder.rename(cifar_folder.with_name("renamed"))
    assert len(load_cifar10(renamed).train) == 100


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_files_written_anew_by_python_3_are_read(cifar_folder: Path, protocol: int) -> None:
    data = np.arange(2 * 3072).reshape(2, 3072).astype(np.uint8)
    content = {"data": data, "labels": [4, 5]}
    (cifar_folder / "test_batch").write_bytes(pickle.dumps(content, protocol=protocol))
    test = load_cifar10(cifar_folder).test
    assert np.array_equal(test.images.reshape(2, 3072), data)
    assert test.labels.tolist() == [4, 5]


@pytest.mark.parametrize("old", [b"numpy._core.multiarray", b"numpy.core.multiarray"])
def test_arrays_of_numpy_1_and_2_are_read(cifar_folder: Path, old: bytes) -> None:
    content = pickle.dumps({b"data": np.zeros((1, 3072), dtype=np.uint8), b"labels": [1]}, protocol=3)
    for name in (b"numpy._core.multiarray", b"numpy.core.multiarray"):
        content = content.replace(b"c" + name + b"\n", b"c" + old + b"\n")
    assert b"c" + old + b"\n" in content
    (cifar_folder / "test_batch").write_bytes(content)
    assert len(load_cifar10(cifar_folder).test) == 1


def test_every_unusable_file_is_named_at_once(cifar_folder: Path) -> None:
    (cifar_folder / "data_batch_2").unlink()
    whole = (cifar_folder / "data_batch_4").read_bytes()
    (cifar_folder / "data_batch_4").write_bytes(whole[:30_000])
    (cifar_folder / "batches.meta").write_text("<html>404 Not Found</html>")
    with pytest.raises(UserError) as caught:
        load_cifar10(cifar_folder)
    message = str(caught.value)
    assert f"{cifar_folder / 'data_batch_2'}: missing" in message
    assert f"{cifar_folder / 'data_batch_4'}: damaged or cut off after 30,000 bytes" in message
    assert f"{cifar_folder / 'batches.meta'}: damaged or cut off after 26 bytes" in message
    assert all(f"{cifar_folder / name}: " not in message for name in ("data_batch_1", "data_batch_3", "test_batch"))
    assert all(name in message for name in WANTED)
    assert "unpack https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz" in message


def test_an_archive_that_is_damaged_is_named(cifar_folder: Path) -> None:
    shutil.rmtree(cifar_folder)
    (cifar_folder.parent / "cifar-10-python.tar.gz").write_bytes(b"")
    with pytest.raises(UserError, match=r"cifar/cifar-10-python.tar.gz is no tar archive that can be read, or a dam"):
        load_cifar10(cifar_folder.parent)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere does not exist\nWanted is a folder cifar-10-batches-py"):
        load_cifar10(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file is a file; name its folder"):
        load_cifar10(tmp_path / "file")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({b"labels": [1]}, "has no data"),
        ({}, "has no data and no labels"),
        ([1, 2], "holds a list, not CIFAR-10's dictionary"),
        ({b"data": [1], b"labels": [1]}, "its data is list, wanted is uint8"),
        ({b"data": np.zeros((2, 3072)), b"labels": [1, 2]}, r"its data is float64 \[2, 3072\]"),
        ({b"data": np.zeros((2, 1024), np.uint8), b"labels": [1, 2]}, r"its data is uint8 \[2, 1024\]"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}, r"has 2 images but labels of shape \[1\]"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10]}, "has labels 10…10, wanted are 0…9"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": [b"x"]}, "its labels are not integers"),
    ],
)
def test_a_file_with_other_content_is_named_with_the_reason(cifar_folder: Path, content: Any, reason: str) -> None:
    (cifar_folder / "data_batch_3").write_bytes(pickle.dumps(content, protocol=4))
    with pytest.raises(UserError, match=f"data_batch_3: {reason}"):
        load_cifar10(cifar_folder)


class Evil:
    """A pickle that would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_no_code_of_a_file_runs(cifar_folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    evil = {b"data": Evil(trace), b"labels": []}
    (cifar_folder / "data_batch_5").write_bytes(pickle.dumps(evil))
    with pytest.raises(
        UserError, match=r"data_batch_5: asks for pathlib.Path.touch, which has no place here; nothing of it was run"
    ):
        load_cifar10(cifar_folder)
    assert not trace.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(position=st.integers(0, 600), byte=st.integers(0, 255), cut=st.none() | st.integers(0, 61_000))
def test_whatever_happened_to_a_file_it_is_read_or_named(
    cifar_folder: Path, position: int, byte: int, cut: int | None
) -> None:
    whole = (cifar_folder / "data_batch_1").read_bytes()
    # bytes of the structure: the first of the file and the last, pixels lie between
    place = position if position < 300 else len(whole) - 601 + position
    changed = bytearray(whole)
    changed[place] = byte
    (cifar_folder / "data_batch_1").write_bytes(bytes(changed[:cut]))
    try:
        message = ""
        assert len(load_cifar10(cifar_folder).train) >= 80
    except UserError as error:
        message = str(error)
    finally:
        (cifar_folder / "data_batch_1").write_bytes(whole)
    assert not message or "data_batch_1: " in message


def test_the_real_images_are_read(real_cifar: Path) -> None:
    data = load_cifar10(real_cifar)
    assert (len(data.train), len(data.test)) == (200, 50)
    assert np.bincount(data.train.labels).tolist() == [20] * 10
    assert data.class_names == (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    assert 100 < data.train.images.mean() < 140  # photographs: the whole set's mean is about 121
