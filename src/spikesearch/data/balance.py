"""How many images each class has, and what a user should know about that."""

from collections.abc import Mapping, Sequence

import numpy as np

from spikesearch.data.dataset import IntArray
from spikesearch.errors import UserError
from spikesearch.strategies.evaluator import unequal


def class_counts(labels: IntArray, classes: int) -> list[int]:
    """Images of each class 0 … classes-1."""
    counts: list[int] = np.bincount(labels, minlength=classes).tolist()
    return counts


def check_division(counts: Mapping[str, Sequence[int]], names: Sequence[str], fraction: float) -> None:
    """Make sure that every class has images in D_train and in D_val.

    A class without any would take part in every vote, and nothing could be learned of it.

    Args:
        counts: images of each class in `train` and `validation`.
        names: of the classes.
        fraction: the share of D_val.

    Raises:
        UserError: a class has no image in one of the two, or in both; all such classes are named.
    """
    _refuse_empty([sum(both) for both in zip(counts["train"], counts["validation"], strict=True)], names)
    missing = []
    for name, train, validation in zip(names, counts["train"], counts["validation"], strict=True):
        if bool(train) != bool(validation):
            missing.append(f"{name} ({train + validation})")
    if missing:
        wanted = max(2, int(np.ceil(1 / min(fraction, 1 - fraction))))
        raise UserError(
            f"too few images to divide into D_train and D_val: of {', '.join(missing)} one of the two would have none; "
            f"with data.validation = {fraction:g} every class needs at least {wanted} images (and data.limit must not "
            "take them away)"
        )


def _refuse_empty(images: Sequence[int], names: Sequence[str]) -> None:
    """Classes that no image of the training part shows; labels that do not begin at 0 are the usual reason."""
    empty = [label for label, count in enumerate(images) if not count]
    if not empty:
        return
    shown = len(images) - len(empty)
    if list(names) != [str(label) for label in range(len(images))]:
        missing = _listed([f"{names[label]} (label {label})" for label in empty])
        raise UserError(
            f"no training image shows {missing}: a class without images cannot be learned; add images, or leave it out "
            f"of the class names and number the labels of the others 0…{shown - 1}"
        )
    if empty == list(range(len(empty))):
        raise UserError(
            f"the labels of the training images begin at {len(empty)}: labels are counted from 0; subtract "
            f"{len(empty)} from those of both parts"
        )
    raise UserError(
        f"no training image has the label {_listed(list(map(str, empty)))}, though labels go up to {len(images) - 1}: "
        f"number the {shown} classes that have training images 0…{shown - 1}, and take images of others out of the "
        "test part"
    )


def class_notices(counts: Mapping[str, Sequence[int]], names: Sequence[str]) -> tuple[str, ...]:
    """What is worth saying about the classes: those without images, and large differences.

    Args:
        counts: images of each class in `train`, `validation` and `test`.
        names: of the classes.
    """
    whole = [train + validation for train, validation in zip(counts["train"], counts["validation"], strict=True)]
    notices = []
    for part, numbers in (("training", whole), ("test", counts["test"])):
        empty = [name for name, number in zip(names, numbers, strict=True) if not number]
        if empty:
            notices.append(f"no {part} image shows {_listed(empty)}")
        if unequal(numbers):
            fewest, most = extremes(numbers, names)
            ratio = most[1] / fewest[1]
            notices.append(
                f"the classes of the {part} part are unequal: from {fewest[1]:,} images of {fewest[0]} to {most[1]:,} "
                f"of {most[0]}, {ratio:.1f} times as many; look at balanced accuracy beside accuracy"
            )
    return tuple(notices)


def extremes(numbers: Sequence[int], names: Sequence[str]) -> tuple[tuple[str, int], tuple[str, int]]:
    """The smallest class that has images and the largest one, each with its number of images."""
    shown = [(name, number) for name, number in zip(names, numbers, strict=True) if number]
    return min(shown, key=lambda pair: pair[1]), max(shown, key=lambda pair: pair[1])


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
