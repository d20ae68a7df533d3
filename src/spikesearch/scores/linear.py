"""Copies of networks in which parts are replaced, so that they are linear and tell of ways instead of spikes."""

import copy
from collections.abc import Callable

from torch import Tensor, nn

from spikesearch.networks.ops import TemporalBatchNorm
from spikesearch.neurons.neuron import SpikingNeuron

StandIn = Callable[[nn.Module], nn.Module | None]
"""A part → what stands in its place; None: it stays."""

_NORMALISATIONS = TemporalBatchNorm | nn.modules.batchnorm._BatchNorm


class Relay(nn.Module):
    """Passes on what comes in; in the place of a neuron layer or BatchNorm."""

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, ...] → the same."""
        return x

    def forward_constant(self, x: Tensor, timesteps: int) -> Tensor:
        """The same [N, ...] at every timestep → [T, N, ...]."""
        return x.expand(timesteps, *x.shape)


def relay(part: nn.Module) -> nn.Module | None:
    """A `Relay` for a neuron layer and for a BatchNorm."""
    return Relay() if isinstance(part, SpikingNeuron | _NORMALISATIONS) else None


def linear_copy(network: nn.Module, stand_in: StandIn = relay) -> nn.Module:
    """A copy in evaluation mode with other parts in it; the network itself is left as it is."""
    copied = copy.deepcopy(network).eval()
    for parent in list(copied.modules()):
        for name, child in parent.named_children():
            if (other := stand_in(child)) is not None:
                setattr(parent, name, other)
    return copied
