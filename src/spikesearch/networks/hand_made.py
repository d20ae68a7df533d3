"""The torch modules of hand-made networks: fully connected layers, BatchNorm through time, layers without BatchNorm.

Sources as in `spikesearch.architectures.hand_made_blocks`. Names of submodules are the layer names listed there.
"""

import math
from collections.abc import Callable
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikesearch.architectures import hand_made_blocks as blocks
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.plan import Step
from spikesearch.errors import UserError
from spikesearch.networks.ops import AvgPool, Conv, Neuron, TemporalBatchNorm, over_time
from spikesearch.networks.options import NetworkOptions
from spikesearch.neurons.membranes import carried_membranes

_EPS = 1e-4  # of BatchNorm through time (its authors' code)
_GAIN = 2  # of the weights in front of it, likewise

# Standard deviation of the weights of convolutions without BatchNorm, times √fan_in. With PyTorch's default, 0.58, the
# neurons of VGG16 fall silent from the second layer on and nothing is ever learned; SALT trains weights and thresholds
# until they fire, before the training proper. From 8 on every layer fires from the start, poolings in between included.
_LIVELY = 8

_NO_STEPS = (
    "the loss tet asks for an answer at each timestep, and vgg16-sbn has one for all timesteps together: take "
    "mse or cross-entropy"
)


class Linear(nn.Linear):
    """Fully connected layer without bias, in the type of its input: [T, N, C, H, W] → [T, N, F, 1, 1]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """All timesteps at once; features in the order C, H, W whatever the memory layout."""
        weight = self.weight.to(input.dtype)
        return over_time(lambda folded: F.linear(folded, weight), input.flatten(2))[..., None, None]


class Dense(nn.Module):
    """Fully connected layer – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.linear: nn.Module = Linear(step.input.size, step.channels)
        self.neuron = Neuron(options.neuron)
        self.neuron.readout = True

    def forward(self, x: Tensor) -> Tensor:
        """Spikes [T, N, C, H, W] → spikes [T, N, F, 1, 1]."""
        spikes: Tensor = self.neuron(self.linear(x))
        return spikes


class PlainPool(nn.Module):
    """Average pooling 2×2 without a neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.pool = AvgPool()

    def forward(self, x: Tensor) -> Tensor:
        """Spikes → averages of spikes."""
        averages: Tensor = self.pool(x)
        return averages


class PlainConv(nn.Module):
    """conv 3×3 – neuron, without BatchNorm."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.conv = Conv(step.input.channels, step.channels, 3, step.stride)
        self.neuron = Neuron(options.neuron)
        nn.init.normal_(self.conv.weight, 0, _LIVELY / math.sqrt(self.conv.weight[0].numel()))

    def forward(self, x: Tensor) -> Tensor:
        """Spikes or their averages → spikes."""
        spikes: Tensor = self.neuron(over_time(self.conv, x))
        return spikes


class PlainStem(PlainConv):
    """The same on the image itself; brings time in."""

    def forward(self, x: Tensor, timesteps: int = 0) -> Tensor:
        """Images [N, C, H, W], convolved once for all timesteps, or frames [T, N, C, H, W]."""
        if x.dim() == 4:
            return self.fire(self.currents(x), timesteps)
        return super().forward(x)

    def currents(self, x: Tensor) -> Tensor:
        """Images [N, C, H, W] → the current of every timestep [N, C', H, W]."""
        currents: Tensor = self.conv(x)
        return currents

    def fire(self, currents: Tensor, timesteps: int) -> Tensor:
        """The same current [N, C, H, W] at every timestep → spikes [T, N, C, H, W]."""
        return self.neuron.forward_constant(currents, timesteps)


class BatchNormThroughTime(nn.Module):
    """A BatchNorm for each timestep, with statistics and weights γ of its own and no bias (Kim & Panda 2021).

    Args:
        channels: C.
        timesteps: T.
    """

    def __init__(self, channels: int, timesteps: int) -> None:
        super().__init__()
        self.at = nn.ModuleList(TemporalBatchNorm(channels, eps=_EPS, bias=False) for _ in range(timesteps))

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → the same shape; of fewer timesteps than there are, the first ones.

        Raises:
            UserError: more timesteps than there are BatchNorms.
        """
        carried = carried_membranes()
        start = 0 if carried is None else carried.start
        if start + len(x) > len(self.at):
            raise UserError(
                f"BatchNorm through time was built for {len(self.at)} timesteps and is given {start + len(x)}: give at "
                "most as many frames, or build the network with more timesteps"
            )
        norms = list(self.at)[start : start + len(x)]
        normalised = [norm(x_t.unsqueeze(0))[0] for norm, x_t in zip(norms, x.unbind(0), strict=True)]
        # Stacked as [T, N, H, W, C], so that the stack's memory is channels-last.
        return torch.stack([x_t.movedim(1, -1) for x_t in normalised]).movedim(-1, 2)


class NormalisedThroughTime(nn.Module):
    """A convolution or fully connected layer and its BatchNorm through time.

    Args:
        layer: of no memory; its weights are drawn as the authors' code does.
        channels: it gives.
        timesteps: T.
    """

    def __init__(self, layer: Conv | Linear, channels: int, timesteps: int) -> None:
        super().__init__()
        self.layer: nn.Module = layer
        # Decided here and not by the kind of `layer` later: another part may stand in its place, as scores have it.
        self._folds = isinstance(layer, Conv)
        self.bn = BatchNormThroughTime(channels, timesteps)
        nn.init.xavier_uniform_(layer.weight, gain=_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → currents."""
        values = over_time(self.layer, x) if self._folds else self.layer(x)
        currents: Tensor = self.bn(values)
        return currents


class ConvThroughTime(nn.Module):
    """conv 3×3 – BatchNorm through time – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__()
        timesteps = cast(blocks.ConvThroughTime, step.block).timesteps
        conv = Conv(step.input.channels, step.channels, 3, step.stride)
        self.conv = NormalisedThroughTime(conv, step.channels, timesteps)
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes or their averages → spikes."""
        spikes: Tensor = self.neuron(self.conv(x))
        return spikes


class StemThroughTime(ConvThroughTime):
    """The same on the image itself; brings time in."""

    def forward(self, x: Tensor, timesteps: int = 0) -> Tensor:
        """Images [N, C, H, W], convolved once for all timesteps, or frames [T, N, C, H, W]."""
        if x.dim() == 4:
            return self.fire(self.currents(x), timesteps)
        return super().forward(x)

    def currents(self, x: Tensor) -> Tensor:
        """Images [N, C, H, W] → what every timestep normalises [N, C', H, W]."""
        currents: Tensor = self.conv.layer(x)
        return currents

    def fire(self, currents: Tensor, timesteps: int) -> Tensor:
        """The same values [N, C, H, W] at every timestep → spikes [T, N, C, H, W]."""
        spikes: Tensor = self.neuron(self.conv.bn(currents.expand(timesteps, *currents.shape)))
        return spikes


class DenseThroughTime(Dense):
    """Fully connected layer – BatchNorm through time – neuron."""

    def __init__(self, step: Step, options: NetworkOptions) -> None:
        super().__init__(step, options)
        timesteps = cast(blocks.DenseThroughTime, step.block).timesteps
        linear = cast(Linear, self.linear)
        self.linear = NormalisedThroughTime(linear, step.channels, timesteps)


class MeanReadout(nn.Module):
    """Fully connected layer without bias and neurons – mean over T – vote (BNTT's code).

    Args:
        features: C·H·W of what comes in.
        classes: number of classes.
        votes: K, outputs per class; K·c … K·c + K - 1 vote for class c. BNTT has one.
    """

    def __init__(self, features: int, classes: int, votes: int) -> None:
        super().__init__()
        self.classes = classes
        self.votes = votes
        self.linear = nn.Linear(features, votes * classes, bias=False)
        nn.init.xavier_uniform_(self.linear.weight, gain=_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → mean voltages of the classes [N, classes], float32."""
        return self.rates(self.counts(x), x.shape[0])

    def counts(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → features summed over T [N, C·H·W], float32; they add up over time."""
        return x.flatten(2).sum(0, dtype=self.linear.weight.dtype)

    def rates(self, counts: Tensor, timesteps: int) -> Tensor:
        """Sums over all T timesteps → mean voltages [N, classes]: the layer is linear, so the mean may come first."""
        return self._voted(counts / timesteps)

    def votes_at(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → voltages of the classes at each timestep [T, N, classes], means over the votes, float32."""
        return over_time(self._voted, x.flatten(2).to(self.linear.weight.dtype))

    def rates_of_steps(self, voltages: Tensor) -> Tensor:
        """Voltages at each timestep [T, N, classes] → mean voltages [N, classes]."""
        return voltages.mean(0)

    def loss_timesteps(self, timesteps: int) -> int:
        """What the loss is told: 1, its outputs are the logits themselves."""
        return 1

    def _voted(self, features: Tensor) -> Tensor:
        """[N, C·H·W] → means over the votes [N, classes]."""
        with torch.autocast(features.device.type, enabled=False):
            voltages = F.linear(features, self.linear.weight)  # [N, classes·votes]
        return voltages.view(-1, self.classes, self.votes).mean(2)


class SwitchedReadout(MeanReadout):
    """Spikes summed over T – BatchNorm – fully connected layer without bias – vote: Switched-BN (SALT).

    Arguments as for `MeanReadout`.
    """

    def __init__(self, features: int, classes: int, votes: int) -> None:
        super().__init__(features, classes, votes)
        self.bn = TemporalBatchNorm(features)

    def rates(self, counts: Tensor, timesteps: int) -> Tensor:
        """Sums over all T timesteps → values of the classes [N, classes]."""
        normalised: Tensor = self.bn(counts[None, :, :, None, None])
        return self._voted(normalised.flatten(0, 1).flatten(1))

    def votes_at(self, x: Tensor) -> Tensor:
        """Refused: the spikes of all timesteps are summed before anything is said about classes.

        Raises:
            UserError: always.
        """
        raise UserError(_NO_STEPS)


HAND_MADE_MODULES: dict[type[Block], Callable[[Step, NetworkOptions], nn.Module]] = {
    blocks.Dense: Dense,
    blocks.PlainPool: PlainPool,
    blocks.PlainConv: PlainConv,
    blocks.PlainStem: PlainStem,
    blocks.ConvThroughTime: ConvThroughTime,
    blocks.StemThroughTime: StemThroughTime,
    blocks.DenseThroughTime: DenseThroughTime,
}
"""Block → its module."""
