"""What training makes small: functions of the voted firing rates."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F


def rate_mse(rates: Tensor, labels: Tensor, timesteps: int) -> Tensor:
    """Mean squared error between firing rates and the one-hot label (AutoSNN, appendix A.1).

    The mean is over images and classes, as in the released code.

    Args:
        rates: voted firing rates, [N, classes] in 0…1.
        labels: int64 [N].
        timesteps: T; not needed here.
    """
    target = F.one_hot(labels, rates.shape[1]).to(rates.dtype)
    return F.mse_loss(rates, target)


def count_cross_entropy(rates: Tensor, labels: Tensor, timesteps: int) -> Tensor:
    """Cross-entropy whose logits are the voted spike counts, rates · T (snnTorch's `ce_count_loss`).

    Not of the rates themselves: they end at 1, so that with ten classes no softmax could exceed e / (e + 9) = 0.23 and
    the loss would push against that wall for ever. SNASNet takes the mean voltage of a last layer without neurons
    instead; a network with that readout reports T = 1 here.

    Args:
        rates: voted firing rates, [N, classes] in 0…1.
        labels: int64 [N].
        timesteps: T.
    """
    return F.cross_entropy(rates * timesteps, labels)


Loss = Callable[[Tensor, Tensor, int], Tensor]

LOSSES: Mapping[str, Loss] = {"mse": rate_mse, "cross-entropy": count_cross_entropy}
"""Name → loss of (rates [N, classes] float32, labels [N], T) → mean over the batch, a tensor of no dimension."""


def count_correct(rates: Tensor, labels: Tensor) -> Tensor:
    """Images whose class has the largest voted rate, as int64 on the device; of equal rates the first class counts."""
    correct: Tensor = (rates.argmax(dim=1) == labels).sum(dtype=torch.int64)
    return correct
