"""Spikes of an untrained network."""

from torch import Tensor

from spikesearch.networks.recorder import SpikeListener, SpikeSite
from spikesearch.neurons.count import count_spikes
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score


class SpikeTotal(SpikeListener):
    """All spikes by AutoSNN's count: neurons, pooling outputs and FC neurons, over all timesteps.

    Attributes:
        spikes: of all images together.
    """

    def __init__(self) -> None:
        self.spikes = 0

    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """Spikes [T, N, ...]."""
        self.spikes += int(count_spikes(spikes))


class Spikes(Score):
    """`spikes`: spikes per image at initialisation, by AutoSNN's count (Na et al., ICML 2022, §3.2).

    More is taken for better: a baseline of how far activity alone predicts. 0 for a silent network.

    Contract: one forward pass of 64 images without gradient, in training mode, BatchNorm as the options say, dropout
    off; one initialisation, no labels. Cost: the forward pass.
    """

    listeners = (SpikeTotal,)

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        return sample.heard(SpikeTotal).spikes / len(sample.images)
