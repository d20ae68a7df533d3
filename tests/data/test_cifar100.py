"""CIFAR-100 from its folder or its archive."""

import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikesearch.data.cifar10 import load_cifar10
from spikesearch.data.cifar100 import load_cifar100
from spikesearch.errors import UserError

NAMES = [f"class {k}".encode() for k in range(100)]


def batch(count: int, seed: int) -> dict[bytes, Any]:
    draw = np.random.default_rng(seed)
    return {
        b"filenames": [b"a.png"] * count,
        b"fine_labels": list(range(count)),
        b"coarse_labels": [k // 5 for k in range(count)],
        b"data": draw.integers(0, 256, (count, 3072), dtype=np.uint8),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "cifar-100-python"
    folder.mkdir(parents=True)
    contents = {"train": batch(100, 0), "test": batch(50, 1), "meta": {b"fine_label_names": NAMES}}
    for name, content in contents.items():
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    return folder


def packed(folder: Path, target: Path) -> Path:
    target.parent.mkdir(exist_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, folder.name)
    return target


def test_fine_labels_and_planes(folder: Path) -> None:
    found = load_cifar100(folder)
    assert found.name == "cifar100"
    assert (len(found.train), len(found.test), found.classes, found.shape) == (100, 50, 100, (3, 32, 32))
    assert found.train.labels.tolist() == list(range(100))
    assert found.class_names[99] == "class 99"
    # red, green, blue planes of 1,024 bytes each, row by row
    assert found.train.images[3, 1, 5, 7] == batch(100, 0)[b"data"][3, 1024 + 32 * 5 + 7]


def test_the_archive_is_read_in_place(folder: Path, tmp_path: Path) -> None:
    archive = packed(folder, tmp_path / "packed" / "cifar-100-python.tar.gz")
    wanted = load_cifar100(folder.parent)
    for place in (archive, archive.parent):
        assert np.array_equal(load_cifar100(place).train.images, wanted.train.images)
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    archive.write_bytes(archive.read_bytes()[:2000])
    with pytest.raises(
        UserError, match=r"cifar-100-python.tar.gz is no tar archive that can be read, or a damaged one"
    ):
        load_cifar100(archive)


def test_the_archive_of_cifar10_too(cifar_folder: Path, tmp_path: Path) -> None:
    archive = packed(cifar_folder, tmp_path / "packed" / "cifar-10-python.tar.gz")
    assert np.array_equal(load_cifar10(archive.parent).test.images, load_cifar10(cifar_folder).test.images)
    (cifar_folder / "data_batch_3").unlink()
    archive = packed(cifar_folder, archive)
    with pytest.raises(UserError, match=r"cifar-10-python.tar.gz: cifar-10-batches-py/data_batch_3: missing"):
        load_cifar10(archive.parent)


def test_what_is_wrong_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "meta").write_bytes(pickle.dumps({b"fine_label_names": NAMES[:99]}))
    (folder / "test").write_bytes(pickle.dumps(batch(101, 0)))
    (folder / "train").unlink()
    with pytest.raises(UserError) as caught:
        load_cifar100(folder)
    assert f"{folder / 'train'}: missing" in str(caught.value)
    assert f"{folder / 'test'}: has labels 0…100, wanted are 0…99" in str(caught.value)
    assert f"{folder / 'meta'}: has no list fine_label_names of 100 names" in str(caught.value)
    with pytest.raises(UserError, match=r"holds no folder cifar-100-python\nWanted .*kriz/cifar-100-python.tar.gz"):
        load_cifar100(tmp_path)
