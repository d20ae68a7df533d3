"""What a training-free score is."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from spikesearch.networks.recorder import SpikeListener

if TYPE_CHECKING:
    from spikesearch.scores.sample import Sample

LEAST = -1e9
"""The score of a network whose numbers are not finite, such as gradients that overflow. Below all others."""


class Score(ABC):
    """One training-free score. Larger predicts better.

    A score is computed from samples: a freshly initialised network and one batch of images each. The `Scorer` makes
    them, as many as `repeats` says, and takes the mean. A score keeps nothing between samples and changes neither the
    network nor the batch. Scores that look at the same sample share its passes: what runs the network is a cached
    property of `Sample`, or a listener named in `listeners`.

    Its result is finite: singular kernels, silent networks and gradients of 0 have defined values, told in the
    docstring. (What is not finite nevertheless becomes `LEAST`.)

    Attributes:
        batch_size: images of a batch where the caller says nothing.
        repeats: samples where the caller says nothing.
        network: whether a network is built; else `Sample.plan` is all there is, and one sample is enough.
        labels: whether it needs the images' classes.
        gradient: whether it needs the gradients of `Sample.output`.
        listeners: who hears the spikes of the sample's forward pass; `Sample.heard` gives them.
    """

    batch_size: int = 64
    repeats: int = 1
    network: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    gradient: ClassVar[bool] = False
    listeners: ClassVar[tuple[type[SpikeListener], ...]] = ()

    @abstractmethod
    def measure(self, sample: "Sample") -> float:
        """The score of one sample."""
