"""A block of a user's own, as several tests need one."""

from dataclasses import dataclass

import pytest

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.layers import Layer, Shape, conv, neuron


@dataclass(frozen=True)
class Single(Block):
    """One convolution, one neuron layer."""

    kernel: int = 3

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [
            conv("conv", shape, channels, self.kernel, stride),
            neuron("neuron", self.output(shape, channels, stride)),
        ]


@pytest.fixture(scope="session")
def single() -> type[Single]:
    """The class of the own block; `Single(kernel=3)` calls itself `Single_k3`."""
    return Single
