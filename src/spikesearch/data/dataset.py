"""A data set in memory: uint8 images, integer labels, a training and a test part."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spikesearch.errors import UserError

UInt8Array = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, loaded once and kept as bytes: a quarter of the memory of floats, and exact.

    Args:
        images: uint8 [N, C, H, W], 0…255.
        labels: int64 [N], 0…classes-1.

    Raises:
        UserError: another type or shape, or not one label for each image.
    """

    images: UInt8Array
    labels: IntArray

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise UserError(f"images are {images.dtype} {list(images.shape)}: wanted is uint8 [N, C, H, W]")
        if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
            raise UserError(
                f"labels are {labels.dtype} {list(labels.shape)}: wanted is int64 [{len(images)}], one for each image"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def select(self, indices: npt.NDArray[Any]) -> "Images":
        """A copy of the images at `indices`, in that order."""
        return Images(self.images[indices], self.labels[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named data set. Validation images come out of `train` by a recorded split; `test` is read once, at the end.

    Args:
        name: as in `DATASETS`, or the user's own.
        train: D_train and D_val together.
        test: the part no selection ever sees.
        class_names: one for each label.

    Raises:
        UserError: the two parts differ in shape, one is empty, or a label has no class name.
    """

    name: str
    train: Images
    test: Images
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for part, images in (("train", self.train), ("test", self.test)):
            if not len(images):
                raise UserError(f"data set {self.name}: the {part} part holds no image")
            low, high = int(images.labels.min()), int(images.labels.max())
            if low < 0 or high >= self.classes:
                raise UserError(
                    f"data set {self.name}: the {part} part has labels {low}…{high}, "
                    f"but there are {self.classes} class names (labels 0…{self.classes - 1})"
                )
        if self.train.shape != self.test.shape:
            raise UserError(
                f"data set {self.name}: training images are {self.train.shape}, test images {self.test.shape} (C, H, W)"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image: the `image` keyword of a network for this data set."""
        return self.train.shape

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)
