"""How the neurons of a network code the images of a batch: what kernels of codes are computed from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from spikesearch.networks.recorder import SpikeListener, SpikeSite
from spikesearch.neurons.neuron import SpikingNeuron


@dataclass(frozen=True)
class Overlap:
    """The codes of one neuron layer, image by image: the zeros and ones of all its neurons, T codes for each image.

    Attributes:
        both: float64 [T, N, N]: neurons that are 1 for both images; on the diagonal those that are 1.
        neurons: N_A, length of a code.
    """

    both: Tensor
    neurons: int

    @classmethod
    def of(cls, codes: Tensor) -> "Overlap":
        """From the codes themselves, float32 [T, N, neurons].

        One matrix product for each timestep: sums of ones are exact in float32 up to 2²⁴ neurons, in any order.
        """
        return cls(torch.bmm(codes, codes.mT).double(), codes.shape[2])

    @property
    def ones(self) -> Tensor:
        """Neurons that are 1, float64 [T, N]."""
        return self.both.diagonal(dim1=1, dim2=2)

    @property
    def hamming(self) -> Tensor:
        """d_H: neurons that differ, float64 [T, N, N]."""
        return self.ones.unsqueeze(2) + self.ones.unsqueeze(1) - 2 * self.both


class SpikeOverlaps(SpikeListener):
    """Codes of which neurons spike at a timestep, as SNASNet compares them; T for each layer.

    Pooling outputs are no neurons and have none.

    Attributes:
        layers: in the order in which the layers ran. One on a loop of feedback has an entry for each timestep.
    """

    def __init__(self) -> None:
        self.layers: list[Overlap] = []

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]."""
        if isinstance(site, SpikingNeuron):
            self.layers.append(Overlap.of(flat_codes(spikes)))


class FiredOverlaps(SpikeListener):
    """Codes of which neurons spike at all within the T timesteps; one for each layer."""

    def __init__(self) -> None:
        self._fired: dict[SpikeSite, Tensor] = {}  # [1, N, neurons]

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]; on a loop of feedback one timestep after the other."""
        if isinstance(site, SpikingNeuron):
            fired = flat_codes(spikes).amax(0, keepdim=True)
            before = self._fired.get(site)
            self._fired[site] = fired if before is None else torch.maximum(before, fired)

    @property
    def layers(self) -> list[Overlap]:
        """In the order in which the layers ran first."""
        return [Overlap.of(codes) for codes in self._fired.values()]


def flat_codes(spikes: Tensor) -> Tensor:
    """Spikes [T, N, ...] → float32 [T, N, neurons]; copies only where the memory is not one stretch."""
    x = spikes.detach().float()
    if x.dim() == 5:
        x = x.movedim(2, -1)  # channels-last in memory; the order of the neurons does not matter
    return x.flatten(2)
