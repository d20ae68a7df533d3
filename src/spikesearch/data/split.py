"""Stratified parts of a data set: every class is divided in the same ratio, by a seed, and the division is recorded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spikesearch.data.dataset import IntArray
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed


def stratified_split(labels: npt.ArrayLike, fraction: float, seed: int) -> tuple[IntArray, IntArray]:
    """Divide images into a training and a validation part that both show the classes in the given proportion.

    The validation part holds round(fraction · N) images; of a class with n images it gets fraction · n rounded down
    or up, never further off. The same labels, fraction and seed give the same split on every machine and version.

    Args:
        labels: class of each image, [N].
        fraction: share of the second part, strictly between 0 and 1; 0.2 is AutoSNN's D_train : D_val = 8 : 2.
        seed: the run's seed, or a constant for a part that must never change.

    Returns:
        (training indices, validation indices), int64, ascending, together every index once.

    Raises:
        UserError: the fraction is not between 0 and 1, or leaves one of the two parts empty.
    """
    labels = np.asarray(labels)
    if not 0 < fraction < 1:
        raise UserError(f"split fraction {fraction!r}: must lie strictly between 0 and 1 (AutoSNN takes 0.2)")
    count = round(fraction * len(labels))
    if not 0 < count < len(labels):
        raise UserError(f"split fraction {fraction!r} of {len(labels)} images leaves one part empty: take more images")
    chosen = stratified_part(labels, count, seed)
    rest = np.setdiff1d(np.arange(len(labels)), chosen, assume_unique=True)
    return rest, chosen


def stratified_part(labels: npt.ArrayLike, count: int, seed: int) -> IntArray:
    """Choose `count` images, of each class its share of them rounded down or up.

    Args:
        labels: class of each image, [N].
        count: how many, 0…N.
        seed: decides which.

    Returns:
        Ascending indices, int64 [count].
    """
    labels = np.asarray(labels)
    classes, sizes = np.unique(labels, return_counts=True)
    wanted = _shares(sizes, count)
    # RandomState and not default_rng: NEP 19 freezes its stream for ever, and a split must outlive numpy's versions.
    draw = np.random.RandomState([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF])
    parts = []
    for label, share in zip(classes, wanted, strict=True):
        members = np.flatnonzero(labels == label)
        parts.append(draw.permutation(members)[:share])
    return np.sort(np.concatenate(parts)).astype(np.int64)


def _shares(sizes: IntArray, count: int) -> IntArray:
    """Divide `count` in proportion to `sizes` by largest remainders: exact integers, ties to the earlier class."""
    exact = sizes.astype(np.int64) * count
    total = int(sizes.sum())
    shares = exact // total
    missing = count - int(shares.sum())
    order = np.argsort(-(exact % total), kind="stable")
    shares[order[:missing]] += 1
    return shares


@dataclass(frozen=True, eq=False)
class Split:
    """D_train and D_val of a run, as its `split.json` records them.

    Attributes:
        seed: the run's seed.
        fraction: share of D_val.
        train: indices into the data set's training part, int64, ascending.
        validation: the others.
        labels_sha256: of all labels that were divided; tells whether the data are still the same.
    """

    seed: int
    fraction: float
    train: IntArray
    validation: IntArray
    labels_sha256: str

    @classmethod
    def make(cls, labels: IntArray, *, fraction: float = 0.2, seed: int) -> "Split":
        """A new split of these labels; see `stratified_split`, which also says what it raises."""
        train, validation = stratified_split(labels, fraction, child_seed(seed, "split"))
        return cls(seed, fraction, train, validation, _digest(labels))

    def check(self, labels: IntArray) -> None:
        """Make sure that the split belongs to this data.

        Raises:
            UserError: the labels are not those that were divided.
        """
        found = _digest(labels)
        if found != self.labels_sha256:
            raise UserError(
                f"the recorded split belongs to other data: it divides {len(self.train) + len(self.validation)} images "
                f"with label digest {self.labels_sha256[:16]}, the data given has {len(labels)} with {found[:16]}; "
                "give the data (and image limits) that the run was started with"
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return {
            "seed": self.seed,
            "fraction": self.fraction,
            "labels_sha256": self.labels_sha256,
            "train": self.train.tolist(),
            "validation": self.validation.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Split":
        """The split that `as_dict` wrote.

        Raises:
            UserError: a key is missing or of the wrong type, or the two parts are not a division of 0…N-1.
        """
        try:
            train = np.asarray(values["train"], dtype=np.int64)
            validation = np.asarray(values["validation"], dtype=np.int64)
            split = cls(int(values["seed"]), float(values["fraction"]), train, validation, str(values["labels_sha256"]))
            whole = np.sort(np.concatenate([train, validation]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UserError(f"not a recorded split: {error!r}") from error
        if not np.array_equal(whole, np.arange(len(whole))):
            raise UserError("the recorded split is damaged: an image is missing from it or stands in it twice")
        return split


def _digest(labels: IntArray) -> str:
    """SHA-256 of the labels as little-endian int64, the same on every machine."""
    return hashlib.sha256(np.ascontiguousarray(labels, dtype="<i8").tobytes()).hexdigest()
