"""CIFAR10-DVS as published, from recordings written for the test."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from event_writers import cifar10_dvs
from spikesearch.data.events.cifar10_dvs import CLASSES, load_cifar10_dvs
from spikesearch.data.events.settings import EventSettings
from spikesearch.errors import UserError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve recordings of each class, numbered; number n has all its events at column n, row 20 + class."""
    folder = tmp_path / "dvs"
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            events = [(100 * k, number, 20 + label, k % 2) for k in range(6)]
            (folder / name / f"cifar10_{name}_{number}.aedat").write_bytes(cifar10_dvs(events))
    return folder


def test_the_first_nine_tenths_by_number_are_for_training(folder: Path, tmp_path: Path) -> None:
    found = load_cifar10_dvs(folder, EventSettings(timesteps=2), tmp_path / "cache")
    assert found.shape == (2, 128, 128)
    assert found.class_names == CLASSES
    assert (len(found.train), len(found.test)) == (100, 20)
    # number 10 comes behind 9 and not behind 1
    columns = found.train.images[:10].sum((1, 2, 3)).argmax(1)
    assert columns.tolist() == list(range(10))
    assert found.test.images[:2].sum((1, 2, 3)).argmax(1).tolist() == [10, 11]
    assert found.train.images[95].sum((0, 1, 3)).argmax() == 29  # a truck: row 20 + 9
    assert found.train.images[0, :, :, 20, 0].tolist() == [[2, 1], [1, 2]]  # off, on of events 0 1 0 | 1 0 1
    assert found.notices == (
        "all classes have 12 recordings each instead of 1,000: of each the first 10 are for training, the others for "
        "the test",
    )


def test_classes_of_one_size_share_a_notice(folder: Path, tmp_path: Path) -> None:
    for name in ("cat", "dog", "ship"):
        (folder / name / f"cifar10_{name}_11.aedat").unlink()
    (folder / "ship" / "cifar10_ship_10.aedat").unlink()
    notices = load_cifar10_dvs(folder, EventSettings(timesteps=1, size=8), tmp_path / "cache").notices
    assert [notice.partition(" instead")[0] for notice in notices] == [
        "airplane, automobile, bird, deer, frog, horse and truck have 12 recordings each",
        "cat and dog have 11 recordings each",
        "ship has 10 recordings",
    ]


def test_the_published_archives_are_read_in_place(folder: Path, tmp_path: Path) -> None:
    wanted = load_cifar10_dvs(folder, EventSettings(timesteps=2), tmp_path / "cache").train.images
    packed = tmp_path / "packed"
    packed.mkdir()
    for name in CLASSES:
        with zipfile.ZipFile(packed / f"{name}.zip", "w") as archive:
            for path in (folder / name).iterdir():
                archive.write(path, f"{name}/{path.name}")
    found = load_cifar10_dvs(packed, EventSettings(timesteps=2), tmp_path / "other").train.images
    assert np.array_equal(found, wanted)


def test_missing_classes_and_damaged_files_are_named(folder: Path, tmp_path: Path) -> None:
    damaged = folder / "cat" / "cifar10_cat_3.aedat"
    damaged.write_bytes(damaged.read_bytes()[:-5])
    with pytest.raises(UserError, match=rf"{damaged}: ends within an event: of its 8 bytes 3 are there"):
        load_cifar10_dvs(folder, cache=tmp_path / "cache")
    for path in (folder / "frog").iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"holds no recordings of frog\nWanted are the archives airplane.zip … truck"):
        load_cifar10_dvs(folder, cache=tmp_path / "cache")
