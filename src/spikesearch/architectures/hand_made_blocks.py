"""What stands in hand-made networks beside AutoSNN's blocks, as data; the modules: `spikesearch.networks.hand_made`.

Sources: AutoSNN's code for the fully connected layers between convolutions and the last one; Kim & Panda 2021
("Revisiting batch normalization", Frontiers in Neuroscience 15) and its released code for BatchNorm through time;
Kim & Panda 2021 ("Optimizing deeper spiking neural networks for dynamic vision sensing", Neural Networks 144) for
convolutions without BatchNorm.
"""

from dataclasses import dataclass, replace

from spikesearch.architectures.blocks import FixedBlock
from spikesearch.architectures.layers import Layer, Shape, avg_pool, conv, linear, neuron


@dataclass(frozen=True)
class Dense(FixedBlock):
    """Fully connected layer without bias – neuron, from all pixels and channels to `channels` values, [C, 1, 1].

    Its neurons are FC neurons: their spikes count, the firing rate and the spiking positions leave them out.
    """

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [linear("linear", shape.size, channels), neuron("neuron", (channels,), readout=True)]

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        return Shape(channels, 1, 1)


@dataclass(frozen=True)
class PlainPool(FixedBlock):
    """Average pooling 2×2 without a neuron: the next convolution reads averages of spikes, which are no spikes."""

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [avg_pool("pool", shape)]

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        return Shape(shape.channels, shape.height // 2, shape.width // 2)


@dataclass(frozen=True)
class PlainConv(FixedBlock):
    """conv 3×3 – neuron, without BatchNorm."""

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        output = self.output(shape, channels, stride)
        return [conv("conv", shape, channels, 3, stride, norm_channels=0), neuron("neuron", output)]


@dataclass(frozen=True)
class PlainStem(PlainConv):
    """conv 3×3 – neuron on the image itself; a static image is convolved once."""


@dataclass(frozen=True)
class ConvThroughTime(FixedBlock):
    """conv 3×3 – BatchNorm through time – neuron.

    BNTT normalises every timestep with a BatchNorm of its own: own statistics, own weights γ and no bias β.

    Attributes:
        timesteps: T, for which there are weights and statistics.
    """

    timesteps: int

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        plain = conv("conv", shape, channels, 3, stride, norm_channels=0)
        weights = plain.parameters + self.timesteps * channels
        return [replace(plain, parameters=weights), neuron("neuron", self.output(shape, channels, stride))]


@dataclass(frozen=True)
class StemThroughTime(ConvThroughTime):
    """The same on the image itself: a static image is convolved once, and normalised T times."""


@dataclass(frozen=True)
class DenseThroughTime(Dense):
    """Fully connected layer without bias – BatchNorm through time – neuron.

    Attributes:
        timesteps: as for `ConvThroughTime`.
    """

    timesteps: int

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        plain, fires = super().layers(shape, channels, stride)
        return [replace(plain, parameters=plain.parameters + self.timesteps * channels), fires]
