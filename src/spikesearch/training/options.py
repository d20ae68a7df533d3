"""What one training is told, as plain values."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from spikesearch.errors import UserError
from spikesearch.networks.saving import MemorySaving
from spikesearch.training.losses import LOSSES
from spikesearch.training.precision import PRECISIONS

OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The same for supernets and single networks. Defaults are AutoSNN's (appendix A.1.1).

    Args:
        epochs: how often D_train is seen.
        batch_size: images in a batch; the last one may be smaller.
        loss: a name of `LOSSES`.
        optimizer: "adam" or "sgd".
        learning_rate: of the first epoch. Adam 1e-3 in AutoSNN; SGD 0.2 (CIFAR-10) in SNASNet.
        momentum: of SGD.
        betas: of Adam.
        weight_decay: L2 penalty added to the gradient. 0 in AutoSNN's code, 5e-4 in SNASNet.
        schedule: "constant", or "cosine": half a cosine over the epochs, changed once per epoch.
        minimum_lr_fraction: where the cosine ends, as a share of `learning_rate`; SNASNet's code has 0.01.
        precision: "fp32" or "bf16", see `training.precision`.
        recompute: whether what happens inside each block is computed again in the backward pass instead of kept; the
            numbers are the same, bit for bit.
        time_chunk: timesteps that are computed at a time, 0 for all; see `networks.saving`.

    Raises:
        UserError: a value is not allowed; names the value and what is.
    """

    epochs: int = 600
    batch_size: int = 96
    loss: str = "mse"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    schedule: str = "constant"
    minimum_lr_fraction: float = 0.0
    precision: str = "fp32"
    recompute: bool = False
    time_chunk: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} {getattr(self, name)!r}: must be 1 or more")
        self.saving()
        for name, known in (
            ("loss", tuple(LOSSES)),
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise UserError(f"{name} {getattr(self, name)!r}: known are {', '.join(known)}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UserError(f"learning_rate {self.learning_rate!r}: must be a finite number above 0 (AutoSNN: 0.001)")
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise UserError(f"weight_decay {self.weight_decay!r}: must be a finite number, 0 or more")
        for name, value in (("momentum", self.momentum), *zip(("betas[0]", "betas[1]"), self.betas, strict=True)):
            if not 0 <= value < 1:
                raise UserError(f"{name} {value!r}: must be at least 0 and below 1")
        if not 0 <= self.minimum_lr_fraction <= 1:
            raise UserError(f"minimum_lr_fraction {self.minimum_lr_fraction!r}: must lie in 0…1")

    def learning_rate_at(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0; the same formula as PyTorch's CosineAnnealingLR."""
        if self.schedule == "constant":
            return self.learning_rate
        lowest = self.learning_rate * self.minimum_lr_fraction
        return lowest + (self.learning_rate - lowest) * (1 + math.cos(math.pi * epoch / self.epochs)) / 2

    def saving(self) -> MemorySaving:
        """What is not kept for the backward pass."""
        return MemorySaving(recompute=self.recompute, time_chunk=self.time_chunk)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "betas": list(self.betas)}
