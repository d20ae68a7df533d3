"""Adds up one epoch on the device, and notices numbers that are not finite."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from spikesearch.errors import RunError

_CHECKS_PER_EPOCH = 8


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """The figures of one epoch, on augmented D_train in training mode, while the weights were changing.

    Attributes:
        epoch: counted from 0.
        loss: mean over the images.
        accuracy: share of images classified rightly, 0…1.
        spikes_per_image: all spikes over all T, FC neurons included; of a supernet, of the paths drawn.
        learning_rate: of this epoch.
        seconds: wall time.
    """

    epoch: int
    loss: float
    accuracy: float
    spikes_per_image: float
    learning_rate: float
    # Not a result: two trainings that are equal in everything else are equal.
    seconds: float = field(compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "EpochReport":
        """The report that `as_dict` wrote."""
        return cls(**values)


class Watch:
    """Loss, gradient norm and hits of an epoch's steps; kept on the device and read a few times an epoch.

    The loss alone would not tell that a training has broken: a membrane that is no number fires no spike, and a
    network without spikes has a finite loss. Its gradient has not.

    Args:
        steps: of the epoch.
        epoch: counted from 0.
        device: where the steps run.
    """

    def __init__(self, steps: int, epoch: int, device: torch.device) -> None:
        self.epoch = epoch
        self.interval = math.ceil(steps / _CHECKS_PER_EPOCH)
        self.numbers = torch.zeros(2, steps, device=device)  # rows: loss, norm of the gradient
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.images: list[int] = []

    def add(self, loss: Tensor, norm: Tensor, correct: Tensor, images: int) -> None:
        """Take in one step: three tensors of no dimension, and its number of images.

        Raises:
            RunError: this step or an earlier one had a loss or gradient that is no finite number.
        """
        done = len(self.images)
        self.numbers[0, done] = loss
        self.numbers[1, done] = norm
        self.correct += correct
        self.images.append(images)
        if (done + 1) % self.interval == 0:
            self.check()

    def check(self) -> None:
        """Wait for the device and look at all steps so far.

        Raises:
            RunError: names the first step that went wrong, counted from 1 as everywhere in messages.
        """
        done = self.numbers[:, : len(self.images)].cpu()
        wrong = ~done.isfinite().all(dim=0)  # [steps]
        if wrong.any():
            first = int(wrong.to(torch.uint8).argmax())
            loss, norm = done[:, first].tolist()
            what = f"the loss is {loss}" if not math.isfinite(loss) else f"the norm of the gradient is {norm}"
            raise RunError(_message(f"{what} at epoch {self.epoch + 1}, step {first + 1}"))

    def loss_and_accuracy(self) -> tuple[float, float]:
        """Means over the images of all steps.

        Raises:
            RunError: as `check`.
        """
        self.check()
        total = sum(self.images)
        losses = self.numbers[0, : len(self.images)].tolist()
        loss = math.fsum(loss * images for loss, images in zip(losses, self.images, strict=True)) / total
        return loss, int(self.correct) / total


def check_weights(network: nn.Module, epoch: int) -> None:
    """Make sure that what the last step left behind is finite too, before it is stored.

    Raises:
        RunError: a weight or running statistic is no finite number.
    """
    floating = {name: tensor for name, tensor in network.state_dict().items() if tensor.is_floating_point()}
    finite = torch.stack([tensor.isfinite().all() for tensor in floating.values()]).tolist()
    wrong = [name for name, good in zip(floating, finite, strict=True) if not good]
    if wrong:
        raise RunError(_message(f"{wrong[0]} is not finite after epoch {epoch + 1}"))


def _message(what: str) -> str:
    return (
        f"training stopped: {what}. Likely cures: a smaller learning_rate; a larger batch_size; "
        "precision fp32 instead of bf16"
    )
