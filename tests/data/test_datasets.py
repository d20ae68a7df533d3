"""Data sets by name, and stratified parts of them."""

from pathlib import Path

import numpy as np
import pytest

from data.folders import write_folder
from spikesearch.data.dataset import Dataset, Images
from spikesearch.data.datasets import DATASETS, Source, limited, load_dataset
from spikesearch.errors import UserError


def test_the_table_names_what_can_be_loaded(cifar_folder: Path) -> None:
    images = ["digits", "cifar10", "cifar100", "svhn", "tiny-imagenet", "image-folder"]
    events = ["n-mnist", "cifar10-dvs", "dvs128-gesture", "event-folder"]
    assert set(DATASETS) == {*images, *events}
    assert [name for name, source in DATASETS.items() if source.events] == events
    assert load_dataset("digits").name == "digits"
    assert load_dataset("digits", size=16).shape == (1, 16, 16)
    assert load_dataset("cifar10", cifar_folder).name == "cifar10"
    pets = write_folder(cifar_folder.parent / "pets", {"cat": (4, 2), "dog": (4, 2)})
    assert load_dataset("image-folder", pets, size=16).shape == (3, 16, 16)


def test_limits_keep_the_proportions_and_depend_on_no_seed(cifar_folder: Path) -> None:
    part = load_dataset("cifar10", cifar_folder, limit=50, test_limit=10)
    assert np.bincount(part.train.labels).tolist() == [5] * 10
    assert np.bincount(part.test.labels).tolist() == [1] * 10
    again = load_dataset("cifar10", cifar_folder, limit=50, test_limit=10)
    assert np.array_equal(part.train.images, again.train.images)
    whole = load_dataset("cifar10", cifar_folder, limit=100)
    assert len(whole.train) == 100


def test_limits_that_would_lose_a_class_are_refused() -> None:
    """Its share is rounded down to nothing: 3 of 303 images, 10 of them are a tenth of an image."""
    labels = np.array([0] * 300 + [1] * 3)
    images = Images(np.zeros((303, 1, 8, 8), np.uint8), labels)
    whole = Dataset("mine", images, images, ("a", "b"))
    with pytest.raises(UserError, match=r"test_limit 10 leaves no image of b .* \(3 of 303 .*: give at least 101,"):
        limited(whole, test_limit=10)
    assert np.bincount(limited(whole, limit=101).train.labels).tolist() == [100, 1]
    assert limited(whole) is whole


def test_notices_come_through() -> None:
    images = Images(np.zeros((4, 1, 8, 8), np.uint8), np.array([0, 1, 0, 1]))
    assert limited(Dataset("mine", images, images, ("a", "b"), ("told",)), limit=2).notices == ("told",)


def test_a_users_own_data_set_takes_part() -> None:
    images = Images(np.zeros((4, 1, 8, 8), np.uint8), np.array([0, 1, 0, 1]))
    table = {"mine": Source(load=lambda: Dataset("mine", images, images, ("a", "b")))}
    assert load_dataset("mine", limit=2, datasets=table).train.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "mnist"}, r"unknown data set 'mnist' \(did you mean 'n-mnist'\?\): known are digits, cifar10"),
        ({"name": "cifar10"}, "data set cifar10 needs a folder: give it with --data DIR"),
        ({"name": "cifar10", "folder": ".", "size": 16}, "data set cifar10 comes in one size: leave out size 16"),
        ({"name": "image-folder"}, "data set image-folder needs a folder: give it with --data DIR"),
        ({"name": "digits", "limit": 9}, "limit 9: the train part of digits has 1438 images of 10 classes"),
        ({"name": "digits", "limit": 1439}, "allowed is 10…1438, or 0 for all in a recipe"),
        ({"name": "digits", "test_limit": 360}, "test_limit 360: the test part of digits has 359 images"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_dataset(**arguments)  # type: ignore[arg-type]
