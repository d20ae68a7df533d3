"""Images by class, and what is said about them."""

from collections.abc import Sequence

import numpy as np
import pytest

from spikesearch.data.balance import check_division, class_counts, class_notices, extremes
from spikesearch.errors import UserError

NAMES = ("cat", "dog", "owl")


def test_classes_are_counted() -> None:
    assert class_counts(np.array([2, 0, 2, 2]), 4) == [1, 0, 3, 0]


def test_equal_classes_are_not_worth_a_word() -> None:
    counts = {"train": [80, 100, 120], "validation": [20, 25, 30], "test": [30, 20, 25]}  # 1.5 times is not more
    assert class_notices(counts, NAMES) == ()


def test_unequal_classes_are_told_with_numbers() -> None:
    counts = {"train": [8, 800, 120], "validation": [2, 200, 30], "test": [5, 5, 8]}
    assert class_notices(counts, NAMES) == (
        "the classes of the training part are unequal: from 10 images of cat to 1,000 of dog, 100.0 times as many; "
        "look at balanced accuracy beside accuracy",
        "the classes of the test part are unequal: from 5 images of cat to 8 of owl, 1.6 times as many; look at "
        "balanced accuracy beside accuracy",
    )


def test_classes_without_images_are_told_and_compare_with_none() -> None:
    counts = {"train": [0, 8, 8], "validation": [0, 2, 2], "test": [0, 0, 4]}
    assert class_notices(counts, NAMES) == ("no training image shows cat", "no test image shows cat, dog")
    many = {part: [0] * 8 + [1, 1] for part in counts}
    assert class_notices(many, [f"c{k}" for k in range(10)])[0] == (
        "no training image shows c0, c1, c2, c3, c4 and 3 more"
    )


def test_extremes_leave_out_classes_without_images() -> None:
    assert extremes([0, 7, 3], NAMES) == (("owl", 3), ("dog", 7))


def test_every_class_must_be_on_both_sides() -> None:
    check_division({"train": [4, 1, 4], "validation": [1, 1, 1]}, NAMES, 0.2)
    with pytest.raises(UserError) as error:
        check_division({"train": [4, 3, 2], "validation": [1, 0, 0]}, NAMES, 0.2)
    assert "of dog (3), owl (2) one of the two would have none" in str(error.value)
    assert "with data.validation = 0.2 every class needs at least 5 images" in str(error.value)
    with pytest.raises(UserError, match=r"cat \(1\).*data.validation = 0.5 .* at least 2 images"):
        check_division({"train": [0, 1, 1], "validation": [1, 1, 1]}, NAMES, 0.5)


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        ([0, 5, 5, 5], "0123", "labels of the training images begin at 1: .* counted from 0; subtract 1 from those of"),
        ([0, 0, 5, 5], "0123", "begin at 2: .* subtract 2"),
        ([5, 0, 5, 0], "0123", r"no training image has the label 1, 3, .* up to 3: number the 2 classes .* 0…1"),
        ([5, 0, 5], NAMES, r"no training image shows dog \(label 1\): .* leave it out of the class names .* 0…1"),
        ([0, 5, 5], NAMES, r"no training image shows cat \(label 0\)"),
    ],
)
def test_every_class_needs_training_images(images: list[int], names: Sequence[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_division({"train": images, "validation": images}, tuple(names), 0.2)
