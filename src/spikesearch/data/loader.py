"""Batches from images that lie on the device already: no worker processes, no copies from the host in a step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.dataset import Images, IntArray
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed


@dataclass(frozen=True, eq=False)
class TensorData:
    """Images and labels on one device, moved there once.

    Attributes:
        images: uint8 [N, C, H, W], or counts of events [N, T, C, H, W], uint8 or int16.
        labels: int64 [N].
    """

    images: Tensor
    labels: Tensor

    @classmethod
    def load(
        cls, images: Images, indices: IntArray | None = None, *, device: torch.device | str = "cpu"
    ) -> "TensorData":
        """All images, or those at `indices`, on `device`."""
        chosen = images if indices is None else images.select(indices)
        return cls(torch.from_numpy(chosen.images).to(device), torch.from_numpy(chosen.labels).to(device))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, height, width = self.images.shape[-3:]
        return channels, height, width

    @property
    def device(self) -> torch.device:
        """Where the images lie."""
        return self.images.device

    @property
    def fingerprint(self) -> tuple[int, int]:
        """Two sums that tell data sets apart, though not their orders; waits for the device."""
        return int(self.images.sum()), int(self.labels.sum())

    def to(self, device: torch.device | str) -> "TensorData":
        """The same on another device; itself if it lies there."""
        return TensorData(self.images.to(device), self.labels.to(device))


def batch_bounds(count: int, batch_size: int) -> list[tuple[int, int]]:
    """Start and end of every batch, in order; the last one may be smaller.

    A remainder of one image joins the batch before it: BatchNorm has no variance of a single value, which is what
    one image is at 1×1 pixels and one timestep.

    Raises:
        UserError: no images, or a batch size below 1.
    """
    if batch_size < 1:
        raise UserError(f"batch size {batch_size}: must be 1 or more (AutoSNN takes 96)")
    if count < 1:
        raise UserError("there are no images to make batches of")
    starts = list(range(0, count, batch_size))
    if len(starts) > 1 and count - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], count], strict=True))


def training_batches(
    data: TensorData,
    batch_size: int,
    *,
    normalisation: Normalisation,
    augmentation: Augmentation,
    seed: int,
    epoch: int,
    take: Callable[[int, int], tuple[int, int]] | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of augmented batches: every image once, in an order that is a function of (seed, epoch).

    Nothing carries over from one epoch to the next, so that a resumed run needs no state of a generator. Random
    numbers are drawn on the CPU for the whole epoch: the same on every device.

    Args:
        data: D_train.
        batch_size: images in a batch; see `batch_bounds` for the last one.
        normalisation: of D_train.
        augmentation: `NO_AUGMENTATION` for none.
        seed: of the training run.
        epoch: 0, 1, ….
        take: for training by several processes, the part of a batch start…end that is wanted here; asked as soon as
            the batch is. Order and draws are those of the whole batch.

    Yields:
        (float32 images [N, C, H, W] or frames [T, N, C, H, W], int64 labels [N]) on the device of `data`.
    """
    order_generator = torch.Generator().manual_seed(child_seed(seed, "order", epoch))
    draw_generator = torch.Generator().manual_seed(child_seed(seed, "augmentation", epoch))
    order = torch.randperm(len(data), generator=order_generator).to(data.device)
    draws = augmentation.draw(len(data), data.shape, draw_generator).to(data.device)  # [N, 5 or 6], the epoch's
    for start, end in batch_bounds(len(data), batch_size):
        first, last = (start, end) if take is None else take(start, end)
        chosen = order[first:last]
        yield augmentation.apply(data.images[chosen], draws[first:last], normalisation), data.labels[chosen]


def evaluation_batches(
    data: TensorData, batch_size: int, *, normalisation: Normalisation
) -> Iterator[tuple[Tensor, Tensor]]:
    """All images in their order, normalised and not augmented.

    Yields:
        (float32 images [N, C, H, W] or frames [T, N, C, H, W], int64 labels [N]) on the device of `data`.
    """
    for start, end in batch_bounds(len(data), batch_size):
        yield normalisation(data.images[start:end]), data.labels[start:end]
