"""How the neurons of a network code the images of a batch: what kernels of codes are computed from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from spikesearch.networks.recorder import SpikeListener, SpikeSite
from spikesearch.neurons.neuron import SpikingNeuron


@dataclass(frozen=True)
class Overlap:
    """The codes of one neuron layer in T timesteps, image by image.

    A code is the zeros and ones of all neurons of the layer at one timestep.

    Attributes:
        both: float64 [T, N, N]: neurons that fire for both images; on the diagonal those that fire.
        neurons: N_A, length of a code.
    """

    both: Tensor
    neurons: int

    @property
    def ones(self) -> Tensor:
        """Neurons that fire, float64 [T, N]."""
        return self.both.diagonal(dim1=1, dim2=2)

    @property
    def hamming(self) -> Tensor:
        """d_H: neurons whose bits differ, float64 [T, N, N]."""
        return self.ones.unsqueeze(2) + self.ones.unsqueeze(1) - 2 * self.both


class Overlaps(SpikeListener):
    """Overlaps of the codes of every neuron layer; of pooling outputs none, they are no neurons.

    Attributes:
        layers: in the order in which the layers ran. A layer on a loop of feedback has an entry for each timestep.
    """

    def __init__(self) -> None:
        self.layers: list[Overlap] = []

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]."""
        if isinstance(site, SpikingNeuron):
            codes = flat_codes(spikes)
            # One matrix product: sums of ones, exact in float32 up to 2²⁴ neurons.
            self.layers.append(Overlap(torch.bmm(codes, codes.mT).double(), codes.shape[2]))


def flat_codes(spikes: Tensor) -> Tensor:
    """Spikes [T, N, ...] → codes float32 [T, N, neurons]; copies only where the memory is not one stretch."""
    x = spikes.detach().float()
    if x.dim() == 5:
        x = x.movedim(2, -1)  # channels-last in memory; the order of the neurons does not matter
    return x.flatten(2)
