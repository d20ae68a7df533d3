"""The torch modules of the built-in blocks (AutoSNN Fig. 6–8; deviations of the authors' code as noted there).

Each is made from its place in the network, `Module(step, options)`, and computes [T, N, C, H, W] → [T, N, C', H', W'].
Names of submodules are the layer names that `spikesearch.architectures.blocks` lists: spike counts and parameters go
by them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikesearch.architectures import blocks
from spikesearch.architectures.plan import Step
from spikesearch.networks import ops
from spikesearch.networks.ops import Conv, ConvBN, Neuron, TemporalBatchNorm, over_time
from spikesearch.networks.options import NetworkOptions


class Stem(nn.Module):
    """conv 3×3 + BN – neuron on the image itself; the only block that brings time in."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.conv = ConvBN(step.input.channels, step.channels, 3, step.stride, batch_norm=options.batch_norm)
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor, timesteps: int) -> Tensor:
        """Images [N, C, H, W], convolved once for all timesteps (direct coding), or frames [T, N, C, H, W]."""
        if x.dim() == 4:
            return self.fire(self.currents(x), timesteps)
        spikes: Tensor = self.neuron(self.conv(x))
        return spikes

    def currents(self, x: Tensor) -> Tensor:
        """Images [N, C, H, W] → the current of every timestep [N, C', H, W]."""
        currents: Tensor = self.conv(x.unsqueeze(0)).squeeze(0)
        return currents

    def fire(self, currents: Tensor, timesteps: int) -> Tensor:
        """The same current [N, C, H, W] at every timestep → spikes [T, N, C, H, W]."""
        return self.neuron.forward_constant(currents, timesteps)


class ConvNeuron(nn.Module):
    """conv k×k + BN – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        kernel = cast(blocks.ConvNeuron, step.block).kernel
        self.conv = ConvBN(step.input.channels, step.channels, kernel, step.stride, batch_norm=options.batch_norm)
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.neuron(self.conv(x))
        return spikes


class SpikingConvBlock(nn.Module):
    """SCB: conv k×k (stride) – neuron – conv k×k – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        kernel = cast(blocks.SCB | blocks.SRB, step.block).kernel
        c, norm = step.channels, options.batch_norm
        self.conv1 = ConvBN(step.input.channels, c, kernel, step.stride, batch_norm=norm)
        self.neuron1 = Neuron(options.neuron)
        self.conv2 = ConvBN(c, c, kernel, batch_norm=norm)
        self.neuron2 = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.neuron2(self.conv2(self.neuron1(self.conv1(x))))
        return spikes


class SpikingResidualBlock(SpikingConvBlock):
    """SRB: as SCB, the block's input added to the current of the second neuron (through conv 1×1 + BN if it must)."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__(step, options)
        if step.input.channels != step.channels or step.stride != 1:
            self.shortcut: nn.Module = ConvBN(
                step.input.channels, step.channels, 1, step.stride, batch_norm=options.batch_norm
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.neuron2(self.conv2(self.neuron1(self.conv1(x))) + self.shortcut(x))
        return spikes


class SpikingInvertedBottleneck(nn.Module):
    """SIB and SIBD: conv 1×1 – neuron – conv k×k (stride), full or depth-wise – neuron – conv 1×1, + input – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        block = cast(blocks.SIB, step.block)
        wide = block.expansion * step.input.channels
        groups = wide if isinstance(block, blocks.SIBD) else 1
        norm = options.batch_norm
        self.expand = ConvBN(step.input.channels, wide, 1, batch_norm=norm)
        self.neuron1 = Neuron(options.neuron)
        self.conv = ConvBN(wide, wide, block.kernel, step.stride, groups, batch_norm=norm)
        self.neuron2 = Neuron(options.neuron)
        self.project = ConvBN(wide, step.channels, 1, batch_norm=norm)
        self.adds_input = step.stride == 1
        if self.adds_input and step.input.channels != step.channels:
            self.shortcut: nn.Module = ConvBN(step.input.channels, step.channels, 1, batch_norm=norm)
        else:
            self.shortcut = nn.Identity()
        self.neuron3 = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        z = self.project(self.neuron2(self.conv(self.neuron1(self.expand(x)))))
        spikes: Tensor = self.neuron3(z + self.shortcut(x) if self.adds_input else z)
        return spikes


class HalvingSkip(nn.Module):
    """skip at stride 2: two 1×1 stride-2 convolutions of half the width, the second on the input moved by one pixel."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        half = step.channels // 2
        self.conv_even = Conv(step.input.channels, half, 1, 2)
        self.conv_odd = Conv(step.input.channels, step.channels - half, 1, 2)
        self.bn = TemporalBatchNorm(step.channels, options.batch_norm)
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.neuron(self.bn(over_time(self._halve, x)))
        return spikes

    def _halve(self, x: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C', ⌈H/2⌉, ⌈W/2⌉]."""
        # Zeros complete an odd side, which would else lose its last pixel and not fit the other half.
        padding = (0, x.shape[3] % 2, 0, x.shape[2] % 2)
        moved = F.pad(x, padding)[:, :, 1:, 1:] if any(padding) else x[:, :, 1:, 1:]
        return torch.cat([self.conv_even(x), self.conv_odd(moved)], dim=1)


class MaxPool(nn.Module):
    """Max pooling 2×2 of spikes."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.pool = ops.MaxPool()

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.pool(x)
        return spikes


class AvgPool(nn.Module):
    """Average pooling, 2×2 or over all pixels, and a neuron that makes spikes of the averages.

    AutoSNN's ANN has no ReLU behind it. Averages of what ReLUs give are not below 0, so that one changes nothing here.
    """

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.pool = ops.GlobalAvgPool() if isinstance(step.block, blocks.GlobalAvgPool) else ops.AvgPool()
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → spikes."""
        spikes: Tensor = self.neuron(self.pool(x))
        return spikes


def skip(step: Step, options: NetworkOptions) -> nn.Module:
    """The three forms of skip: nothing, conv 1×1 – neuron where channels change, two half convolutions at stride 2."""
    if step.stride == 2:
        return HalvingSkip(step, options)
    if step.input.channels == step.channels:
        return nn.Identity()
    return ConvNeuron(replace(step, block=blocks.ConvNeuron(1)), options)


MODULES: dict[type[blocks.Block], Callable[[Step, NetworkOptions], nn.Module]] = {
    blocks.Skip: skip,
    blocks.SCB: SpikingConvBlock,
    blocks.SRB: SpikingResidualBlock,
    blocks.SIB: SpikingInvertedBottleneck,
    blocks.SIBD: SpikingInvertedBottleneck,
    blocks.Stem: Stem,
    blocks.ConvNeuron: ConvNeuron,
    blocks.MaxPool: MaxPool,
    blocks.AvgPool: AvgPool,
    blocks.GlobalAvgPool: AvgPool,
}
"""Built-in block → maker of its module. An own block brings its module itself (`Block.module`)."""
