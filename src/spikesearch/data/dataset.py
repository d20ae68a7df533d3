"""A data set: uint8 images or frames of events, integer labels, a training and a test part."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from spikesearch.data.arrays import names_of_classes, read_images, read_labels
from spikesearch.errors import UserError

UInt8Array = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, loaded once and kept as bytes: a quarter of the memory of floats, and exact.

    Args:
        images: uint8 [N, C, H, W], 0…255; or frames of event recordings [N, T, C, H, W], counts of events as uint8 or,
            where some are above 255, int16.
        labels: int64 [N], 0…classes-1.

    Raises:
        UserError: another type or shape, or not one label for each image.
    """

    images: npt.NDArray[Any]
    labels: IntArray

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        frames = images.ndim == 5 and images.dtype in (np.uint8, np.int16)
        if not frames and (images.dtype != np.uint8 or images.ndim != 4):
            raise UserError(
                f"images are {images.dtype} {list(images.shape)}: wanted is uint8 [N, C, H, W], or for frames of "
                "events uint8 or int16 [N, T, C, H, W]"
            )
        if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
            raise UserError(
                f"labels are {labels.dtype} {list(labels.shape)}: wanted is int64 [{len(images)}], one for each image"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, height, width = self.images.shape[-3:]
        return channels, height, width

    @property
    def timesteps(self) -> int | None:
        """T of frames; None for images, which are the same at every timestep."""
        return self.images.shape[1] if self.images.ndim == 5 else None

    @property
    def sha256(self) -> str:
        """Digest of shape and pixels; tells whether images are still the same. About half a second for a gigabyte."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        for begin in range(0, len(self), 1024):  # in parts: a view of other arrays is not copied whole
            digest.update(np.ascontiguousarray(self.images[begin : begin + 1024]).data)
        return digest.hexdigest()

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
        notices: what a user should know about these images, a sentence each; a run tells them at its start.
        about: figures of each part that only who read the files can know, as JSON values.

    Raises:
        UserError: the two parts differ in shape, one is empty, a label has no class name, or there is one class only.
    """

    name: str
    train: Images
    test: Images
    class_names: tuple[str, ...]
    notices: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise UserError(f"data set {self.name} has {self.classes} class names: there is nothing to tell apart")
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
        if self.train.timesteps != self.test.timesteps:
            both = " and ".join(f"{part.timesteps or 'no'} timesteps" for part in (self.train, self.test))
            raise UserError(f"data set {self.name}: training and test images have {both}")

    @classmethod
    def from_arrays(
        cls,
        train_images: Any,
        train_labels: Any,
        test_images: Any,
        test_labels: Any,
        *,
        class_names: Sequence[str] | None = None,
        name: str = "arrays",
        layout: str | None = None,
    ) -> Self:
        """A data set from arrays, or from whatever numpy turns into arrays.

        Args:
            train_images: uint8 in 0…255, floats in 0…1 (rounded to bytes), or bool; [N, H, W], [N, H, W, C] or
                [N, C, H, W]. The axis of length 1 or 3 is taken for the channels; where that is not clear, give
                `layout`.
            train_labels: whole numbers [N], 0 for the first class.
            test_images: as the training images.
            test_labels: as the training labels.
            class_names: one for each label; none: the numbers.
            name: what runs call it.
            layout: `NHW`, `NHWC` or `NCHW`, of both parts.

        Raises:
            UserError: a type, shape, range or label that cannot be; the message names the first such image.
        """
        parts = []
        for part, images, labels in (("train", train_images, train_labels), ("test", test_images, test_labels)):
            read = read_images(images, f"{part}_images", layout)
            parts.append(Images(read, read_labels(labels, len(read), f"{part}_labels")))
        train, test = parts
        return cls(name, train, test, names_of_classes(class_names, train.labels, test.labels))

    @classmethod
    def from_torch(
        cls,
        train: Any,
        test: Any,
        *,
        class_names: Sequence[str] | None = None,
        name: str = "torch",
        layout: str | None = None,
    ) -> Self:
        """A data set from two map-style `torch.utils.data.Dataset`s, each asked once for all its images.

        They must not augment or normalise: the images stay as they were when they were read, and the run does both.

        Args:
            train: gives (image, label) for an index. An image is a PIL image, a tensor or an array: uint8 in 0…255 or
                floats in 0…1, [H, W], [H, W, C] or [C, H, W]. A label is a whole number or a tensor of one.
            test: the same.
            class_names: one for each label; none: `train.classes` where there is such a list, else the numbers.
            name: what runs call it.
            layout: as in `from_arrays`, of the images one below the other.

        Raises:
            UserError: a data set is not map-style or empty, or an image or label cannot be used; with its index.
        """
        from spikesearch.data.torch_data import read_torch_dataset  # above, it would bring torch to all who read arrays

        first, second = (
            Images(*read_torch_dataset(one, part, layout)) for part, one in (("train", train), ("test", test))
        )
        listed = getattr(train, "classes", None)
        if class_names is None and isinstance(listed, list | tuple) and all(isinstance(one, str) for one in listed):
            class_names = listed
        return cls(name, first, second, names_of_classes(class_names, first.labels, second.labels))

    @classmethod
    def from_parts(cls, parts: tuple[Any, ...]) -> Self:
        """What `search(dataset=…)` takes for short, with the defaults of `from_torch` or `from_arrays`.

        Args:
            parts: a pair (train, test) of map-style data sets, or (train_images, train_labels, test_images,
                test_labels).

        Raises:
            UserError: neither, or something in it cannot be used.
        """
        if len(parts) == 2:
            return cls.from_torch(*parts)
        if len(parts) == 4:
            return cls.from_arrays(*parts)
        raise UserError(
            f"dataset is a tuple of {len(parts)}: give a pair (train, test) of torch data sets, or (train_images, "
            "train_labels, test_images, test_labels)"
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image: the `image` keyword of a network for this data set."""
        return self.train.shape

    @property
    def timesteps(self) -> int | None:
        """T of frames of events; None for images."""
        return self.train.timesteps

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)
