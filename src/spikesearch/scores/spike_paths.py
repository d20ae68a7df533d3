"""A score of the ways that signals can take through a spiking network, weighted by how the neurons on them fire."""

import math
import sys
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikesearch.networks.hand_made import BatchNormThroughTime, Dense
from spikesearch.networks.recorder import SpikeListener, SpikeSite
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.scores.linear import Relay, linear_copy, relay
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score

_SCALE = 30.0  # both gains are 9 at a rate of 0.1, that of neurons with threshold 1 on normalised currents
_SPARSEST = 0.01  # rate below which sparsity is no gain any more
_TIMESTEPS = 2  # that paths are followed: feedback is passed once at most, or loops would outweigh everything


class FiringRates(SpikeListener):
    """Firing rates of the neuron layers, by the name of the layer; pooling outputs are no neurons."""

    def __init__(self) -> None:
        self._spikes: dict[str, float] = {}
        self._chances: dict[str, int] = {}

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]; on a loop of feedback one timestep after the other."""
        if isinstance(site, SpikingNeuron):
            found = float(spikes.detach().sum(dtype=torch.float64))
            self._spikes[site.site] = self._spikes.get(site.site, 0.0) + found
            self._chances[site.site] = self._chances.get(site.site, 0) + spikes.numel()

    def rate(self, site: str) -> float:
        """Spikes / (neurons · T · images), 0…1; 0 for a layer that never ran."""
        return self._spikes[site] / self._chances[site] if site in self._chances else 0.0

    def likely_rate(self, site: str) -> float:
        """The same, half a spike away from 0 and 1 at least: no sample shows more of a silent or saturated layer than
        that its rate is nearer to them than it can count. 0 for a layer that never ran."""
        if site not in self._chances:
            return 0.0
        half = 0.5 / self._chances[site]
        return min(max(self.rate(site), half), 1 - half)


class SpikePaths(Score):
    """`spike-paths`: Σ over the network's steps of log Σ over the step's paths of Π over the path's neuron layers of g.

    A step is one item of the plan: a cell, a block, a reduction. A layer of neurons with firing rate p has the gain

        g = 30·√(p(1−p))   if it encodes: no neuron of its step lies before it
        g = (1−p)/p        otherwise; below p = 0.01 it falls again, as 99·p/0.01

    and what has no neurons (skips, poolings, convolutions) has 1. Both are 9 at p = 0.1.

    Reason. The sum is ruled by its longest paths: what counts most is how many layers of neurons a signal can pass
    one after the other, and other paths beside it, short cuts included, do little harm. Neurons that encode real
    values lose what they do not code, so the standard deviation of their spikes counts. Neurons behind others do
    better when they fire seldom. This form, and that it is so, was found on one half of SpikeNAS-Bench;
    `docs/results/scores.md` tells how, what it is worth on the other half, and why norms of gradients, which shrink
    with depth and sparse firing, are a noisy view of the same.

    Contract: one forward pass of 8 images without gradient, in training mode, BatchNorm as the options say, dropout
    off; one initialisation, no labels. Rates are means over all neurons, timesteps and images, so a small batch and one
    initialisation are enough. Cost: the forward pass; the sum over paths is one linear pass of a single image. The
    first step and the fully connected layers, which all architectures share, are left out.

    Defined values: a silent or saturated layer has gain 0, as nothing gets through it. Where that leaves a step without
    any path, its layers count as half a spike away from silence (or from firing always), since training can still make
    them fire: a layer of 16·32·32 neurons in 8 timesteps has −4 to −5 then, where one that fires has log 9. A step
    without any way has the log of the smallest positive number, −708, and so has what is silent behind it, where
    nothing can be learned. With feedback, paths are followed for two timesteps, of which the mean is taken.

    Validated on the cells of SpikeNAS-Bench, and nowhere else.

    Source: this project. Sums over paths as products of linear layers: Tanaka et al., NeurIPS 2020 (SynFlow), whose
    gains are the weights.
    """

    batch_size = 8
    listeners = (FiringRates,)

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        rates = sample.heard(FiringRates)
        network = sample.network
        total, way = 0.0, True
        for step in network.plan.steps[1:]:
            module = network.steps[step.name]
            if isinstance(module, Dense):
                continue
            shape = (_TIMESTEPS, 1, step.input.channels, step.input.height, step.input.width)
            paths = path_sum(module, shape, rates.rate, sample.images.device)
            if way and not paths:
                paths = path_sum(module, shape, rates.likely_rate, sample.images.device)
                way = paths > 0
            total += math.log(max(paths, sys.float_info.min))
        return total


def gain(rate: float, encodes: bool) -> float:
    """What a layer of neurons that fires at this rate multiplies the paths through it by; 0 at rates 0 and 1."""
    if encodes:
        return _SCALE * math.sqrt(rate * (1 - rate))
    sparse = max(rate, _SPARSEST)
    return (1 - sparse) / sparse * min(1.0, rate / _SPARSEST)


def path_sum(
    step: nn.Module, shape: tuple[int, ...], rate: Callable[[str], float], device: torch.device | str = "cpu"
) -> float:
    """The sum over the paths through a step's module of their products of gains.

    Args:
        step: left as it is; a copy is turned into a linear network.
        shape: of its input, [T, 1, C, H, W].
        rate: name of a neuron layer → its firing rate.
        device: where it computes.
    """
    linear = linear_copy(step, _stand_in)
    neurons = [part for part in linear.modules() if isinstance(part, _Gain)]
    with torch.no_grad():
        linear(torch.zeros(shape, dtype=torch.float64, device=device))  # finds who encodes
        for neuron in neurons:
            neuron.gain = gain(rate(neuron.site), neuron.encodes)
        found = linear(torch.ones(shape, dtype=torch.float64, device=device))
    return float(found.mean())


class _Gain(Relay):
    """In the place of a neuron layer: multiplies by its gain; before it is known, notes whether other neurons' spikes
    arrive, and sends ones itself."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.site = site
        self.gain: float | None = None
        self.encodes = True

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, ...] → the same."""
        if self.gain is not None:
            return x * self.gain
        self.encodes = self.encodes and not bool(x.any())
        return torch.ones_like(x)

    def forward_constant(self, x: Tensor, timesteps: int) -> Tensor:
        """The same [N, ...] at every timestep → [T, N, ...]."""
        return self.forward(x.expand(timesteps, *x.shape))


class _Mean(nn.Module):
    """In the place of a convolution: each output is the mean of all inputs, so that a value of a path stays itself."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C', H', W']."""
        like, one = self.convolution, x.new_zeros(1, 1, *self.convolution.kernel_size)
        sides = F.conv2d(x[:1, :1], one, None, like.stride, like.padding, like.dilation).shape[2:]
        return x.mean((1, 2, 3), keepdim=True).repeat(1, like.out_channels, *sides)


def _stand_in(part: nn.Module) -> nn.Module | None:
    """What follows paths in the place of a part: see `path_sum`."""
    if isinstance(part, SpikingNeuron):
        return _Gain(getattr(part, "site", ""))
    if isinstance(part, nn.Conv2d):
        return _Mean(part)
    # As a whole: it counts timesteps, of which there may be fewer than paths are followed for.
    return Relay() if isinstance(part, BatchNormThroughTime) else relay(part)
