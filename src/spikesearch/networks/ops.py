"""The layers that blocks are made of. All take and give [T, N, C, H, W].

The memory behind these tensors is channels-last, [T, N, H, W, C]: convolutions are several times faster on it at the
few channels that spiking networks have. Folding T into N and moving channels to the end are views then; no layer
copies a tensor into another layout.

The type of the input decides the type of the computation: weights stay float32 and are cast where they are used.
Membranes, BatchNorm's statistics and all sums are float32 whatever that type is. (A network that was itself turned to
float64 computes in that throughout.)
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikesearch.errors import UserError
from spikesearch.networks.compiled_pool import compiled_max_pool, pool_compiles
from spikesearch.networks.firing import add_firing
from spikesearch.networks.options import BatchNormKind
from spikesearch.networks.recorder import SpikeSite
from spikesearch.networks.sharing import Sharing
from spikesearch.networks.sync_batch_norm import sync_batch_norm
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions


def over_time(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Applies a layer without memory to all timesteps at once: [T, N, ...] → [T·N, ...] → layer → [T, N, ...]."""
    folded = layer(x.flatten(0, 1))  # [T·N, ...]
    return folded.view(*x.shape[:2], *folded.shape[1:])


def channels_last(x: Tensor) -> Tensor:
    """The same tensor [..., C, H, W] with [..., H, W, C] behind it; copies only where the memory is otherwise."""
    c, h, w = x.shape[-3:]
    # One channel has the same memory in both layouts, but torch would take strides of [C, H, W] for contiguous and go
    # on with that: the strides have to be said anew.
    last = x.reshape(*x.shape[:-3], h, w, 1) if c == 1 else x.movedim(-3, -1).contiguous()  # [..., H, W, C]
    return last.movedim(-1, -3)


class Conv(nn.Conv2d):
    """Convolution without bias, square odd kernel, padded by half of it: [N, C, H, W] → [N, C', ⌈H/s⌉, ⌈W/s⌉]."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """Computes in the type of the input."""
        weight = self.weight.to(input.dtype)
        # Says the layout again: folding forgets it where a side is 1. Copies only the network's input, if anything.
        return F.conv2d(channels_last(input), weight, None, self.stride, self.padding, self.dilation, self.groups)


class TemporalBatchNorm(nn.Module):
    """BatchNorm of spiking networks, [T, N, C, H, W] → the same shape.

    Args:
        channels: C.
        batch_norm: `folded` or `per-timestep`, see `NetworkOptions`.
        momentum: weight of a new batch's statistics in the running ones; PyTorch's default, which the papers use.
        eps: added to the variance; PyTorch's default.
        bias: whether it has the trainable shift β; without, it is 0.

    Attributes:
        sharing: set while several processes train on parts of a batch: statistics are those of the whole batch then.

    Raises:
        UserError: in training, one value per channel, whose variance is none.
    """

    running_mean: Tensor
    running_var: Tensor
    sharing: Sharing | None = None

    def __init__(
        self,
        channels: int,
        batch_norm: BatchNormKind = "folded",
        momentum: float = 0.1,
        eps: float = 1e-5,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.batch_norm = batch_norm
        self.momentum = momentum
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias: Tensor
        if bias:
            self.bias = nn.Parameter(torch.zeros(channels))
        else:
            self.register_buffer("bias", torch.zeros(channels), persistent=False)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalises; updates the running statistics in training mode."""
        if not self.training or self.batch_norm == "folded":
            return over_time(self._normalise, x)
        # Stacked as [T, N, H, W, C], so that the stack's memory is channels-last.
        normalised = [self._normalise(x_t).movedim(1, -1) for x_t in x.unbind(0)]
        return torch.stack(normalised).movedim(-1, 2)

    def _normalise(self, x: Tensor) -> Tensor:
        if self.training and self.sharing is not None:  # parts of one image are allowed: the batch has more
            return sync_batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, self.momentum, self.eps, self.sharing
            )
        if self.training and x.numel() == x.shape[1]:
            raise UserError(
                f"BatchNorm cannot train on one value per channel, got {list(x.shape)}: use a larger batch, a larger "
                "image or fewer poolings"
            )
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

    def extra_repr(self) -> str:
        """Shown by `print(network)`."""
        return f"{self.weight.numel()}, {self.batch_norm}"


class ConvBN(nn.Module):
    """Convolution and BatchNorm, [T, N, C, H, W] → currents [T, N, C', ⌈H/s⌉, ⌈W/s⌉]."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        *,
        batch_norm: BatchNormKind = "folded",
    ) -> None:
        super().__init__()
        self.conv = Conv(inputs, outputs, kernel, stride, groups)
        self.bn = TemporalBatchNorm(outputs, batch_norm)

    def forward(self, x: Tensor) -> Tensor:
        """All timesteps at once."""
        normalised: Tensor = self.bn(over_time(self.conv, x))
        return normalised


class Neuron(SpikingNeuron, SpikeSite):
    """A neuron layer whose spikes are counted; own blocks use this one, not `SpikingNeuron`.

    In an ordinary network (`neuron="relu"`) it is the ReLU, and nothing is counted.
    """

    def __init__(self, options: NeuronOptions | None = None) -> None:
        super().__init__(options)

    def forward(self, z: Tensor) -> Tensor:
        """Currents [T, N, ...] → spikes of the same shape, type and memory layout."""
        memory = z.movedim(2, -1) if z.dim() == 5 else z
        if z.dim() == 5 and memory.is_contiguous():
            # Neurons do not care for the order of the others, but a stack over T would lose the layout.
            return self.emit(super().forward(memory).movedim(-1, 2))
        return self.emit(super().forward(z))

    def forward_constant(self, z: Tensor, timesteps: int) -> Tensor:
        """The same current [N, C, H, W] at every timestep → spikes [T, N, C, H, W]."""
        return self.emit(super().forward_constant(z.movedim(1, -1), timesteps).movedim(-1, 2))

    def emit(self, spikes: Tensor) -> Tensor:
        """Reports spikes to those who record, and to whoever makes them few."""
        if self.spiking:
            add_firing(spikes)
        return super().emit(spikes)


class MaxPool(SpikeSite):
    """Max pooling 2×2 of spikes; an incomplete window at the border is dropped. Its output is binary and counted.

    Attributes:
        compiled: whether large inputs are pooled by compiled loops on a CPU, with the same values and gradients; set
            by whoever builds a network.
    """

    compiled: bool = False

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → [T, N, C, ⌊H/2⌋, ⌊W/2⌋]."""
        return self.emit(over_time(self._pool, x))

    def _pool(self, x: Tensor) -> Tensor:
        return compiled_max_pool(x) if self.compiled and pool_compiles(x) else F.max_pool2d(x, 2)


class AvgPool(nn.Module):
    """Average pooling k×k, 2×2 by default, incomplete windows dropped; gives currents, not spikes."""

    def __init__(self, kernel: int = 2) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → [T, N, C, ⌊H/k⌋, ⌊W/k⌋]."""
        return over_time(lambda folded: F.avg_pool2d(folded, self.kernel), x)


class GlobalAvgPool(nn.Module):
    """Average over all pixels; gives currents, not spikes."""

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → [T, N, C, 1, 1]."""
        return x.mean(dim=(3, 4), keepdim=True)
