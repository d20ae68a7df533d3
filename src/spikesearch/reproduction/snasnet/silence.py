"""Which neurons are silent, image by image; and networks of cells with ReLUs in the place of their neurons."""

import torch
from torch import Tensor, nn

from spikesearch.networks.ops import Neuron
from spikesearch.networks.recorder import SpikeListener, SpikeSite
from spikesearch.neurons.neuron import SpikingNeuron


class Rectifier(SpikeSite):
    """A ReLU that reports where its input is above 0, as a neuron reports its spikes (Mellor et al., ICML 2021)."""

    def forward(self, z: Tensor) -> Tensor:
        """Values [1, N, ...] → values of the same shape."""
        self.emit((z > 0).to(z.dtype))
        return torch.relu(z)


def with_rectifiers(network: nn.Module) -> None:
    """Put ReLUs in the place of all neurons; for networks of one timestep."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Neuron):
                rectifier = Rectifier()
                rectifier.site, rectifier.block = child.site, child.block
                setattr(parent, name, rectifier)


class Silence(SpikeListener):
    """The share of neurons that are silent, for each layer, timestep and image.

    Attributes:
        shares: layer → timestep → image, in the order in which layers run.
    """

    def __init__(self) -> None:
        self.shares: dict[str, list[list[float]]] = {}

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]; layers on loops of feedback are heard once for each timestep."""
        if isinstance(site, SpikingNeuron | Rectifier):
            silent = 1 - spikes.flatten(2).float().mean(2)
            self.shares.setdefault(site.site, []).extend([[round(one, 5) for one in row] for row in silent.tolist()])
