"""BatchNorm over a batch that several processes share: every one normalises by the statistics of the whole batch.

Not `torch.nn.SyncBatchNorm`, which refuses CPUs. Mean and variance of the parts are put together by their exact law
(Chan, Golub and LeVeque 1979: squared deviations of the parts plus those of their means), not from sums of squares,
which would cancel. Statistics are float32 whatever the type of the input, float64 in a network of that type.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from spikesearch.networks.sharing import Sharing


def sync_batch_norm(
    x: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    momentum: float,
    eps: float,
    sharing: Sharing,
) -> Tensor:
    """What `F.batch_norm` in training would give this process's part [N, C, H, W] of the whole batch.

    The running statistics are updated with those of the whole batch, to the same values in every process. Gradients of
    `weight` and `bias` are this part's; they add up to those of the batch.
    """
    with torch.no_grad():
        mean, var, count = _statistics(x, running_mean, running_var, sharing)
        running_mean.lerp_(mean, momentum)
        running_var.lerp_(var * (count / (count - 1)), momentum)
    normalised: Tensor = _Normalise.apply(x, weight, bias, mean, var, count, eps, sharing)  # type: ignore[no-untyped-call]
    return normalised


def _statistics(
    x: Tensor, running_mean: Tensor, running_var: Tensor, sharing: Sharing
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean [C], biased variance [C] and number of values per channel [] of the whole batch."""
    # The kernel that BatchNorm itself uses, ten times as fast as var_mean. Into copies: it would update those given.
    mean, var = torch.batch_norm_update_stats(x, running_mean.clone(), running_var.clone(), 0.0)
    count = x.numel() // x.shape[1] if sharing.counts else 0
    own = torch.cat([mean.new_tensor([count]), mean, var * count])
    parts = [1, x.shape[1], x.shape[1]]
    counts, means, squares = torch.split(sharing.gather(own), parts, dim=1)  # [processes, …]
    total = counts.sum()
    mean = (counts * means).sum(0) / total
    squares = squares + counts * (means - mean).square()
    return mean, squares.sum(0) / total, total


class _Normalise(torch.autograd.Function):
    """y = (x - mean) / √(var + eps) · weight + bias, where mean and var are those of the whole batch."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        var: Tensor,
        count: Tensor,
        eps: float,
        sharing: Sharing,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, var, count)
        ctx.eps, ctx.sharing, ctx.counts = eps, sharing, sharing.counts
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, eps)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, var, count = ctx.saved_tensors
        # As in evaluation: the statistics are constants. It also gives the two sums that the rest is made of.
        direct, to_weight, to_bias = torch.ops.aten.native_batch_norm_backward(
            gradients[0], x, weight, mean, var, None, None, False, ctx.eps, [True, True, True]
        )
        sums = ctx.sharing.add_up(torch.stack([to_weight, to_bias]).to(mean.dtype))  # Σ dy·x̂, Σ dy; [2, C]
        if ctx.counts:  # an image that does not count is in no statistic
            # dx = weight / σ · (dy - Σdy / n - x̂ · Σ(dy·x̂) / n), whose first term is `direct`
            inverse = (var + ctx.eps).rsqrt()
            slope = weight * inverse.square() * sums[0] / count
            offset = weight * inverse * sums[1] / count - slope * mean
            shape = (1, -1, 1, 1)
            direct = direct - torch.addcmul(offset.view(shape), x.to(mean.dtype), slope.view(shape)).to(direct.dtype)
        return direct, to_weight, to_bias, None, None, None, None, None
