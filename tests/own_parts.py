"""What a user of the library might bring along: a block, a data set and an objective of their own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.layers import Layer, Shape, conv, neuron
from spikesearch.architectures.plan import Step
from spikesearch.architectures.spaces.autosnn import AUTOSNN_BLOCKS
from spikesearch.data.dataset import Dataset, Images
from spikesearch.networks.ops import ConvBN, Neuron
from spikesearch.networks.options import NetworkOptions


class PointwiseModule(nn.Module):
    """conv 1×1 – neuron."""

    def __init__(self, site: Step, options: NetworkOptions) -> None:
        super().__init__()
        self.mix = ConvBN(site.input.channels, site.channels, 1, site.stride, batch_norm=options.batch_norm)
        self.fire = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        spikes: Tensor = self.fire(self.mix(x))
        return spikes


@dataclass(frozen=True)
class Pointwise(Block):
    """A block that spikesearch does not have."""

    def __str__(self) -> str:
        return "MINE"

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [conv("mix", shape, channels, 1, stride), neuron("fire", self.output(shape, channels, stride))]

    def module(self, site: Step, options: Any) -> nn.Module:
        return PointwiseModule(site, options)


BLOCKS: dict[str, Block] = {"skip": AUTOSNN_BLOCKS["skip"], "SCB_k3": AUTOSNN_BLOCKS["SCB_k3"], "MINE": Pointwise()}


def bars(*, train: int = 120, test: int = 60, seed: int = 0) -> Dataset:
    """Three classes of 8×8 colour images: a bright bar across, a bright bar down, neither; with noise."""
    rng = np.random.default_rng(seed)

    def part(count: int) -> Images:
        labels = np.arange(count) % 3
        images = rng.integers(0, 80, (count, 3, 8, 8), dtype=np.uint8)
        for image, label, place in zip(images, labels, rng.integers(8, size=count), strict=True):
            if label == 0:
                image[:, place, :] += 170
            elif label == 1:
                image[:, :, place] += 170
        return Images(images, labels.astype(np.int64))

    return Dataset("bars", part(train), part(test), ("across", "down", "neither"))


def thrift(accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
    """An objective that asks for few spikes alone."""
    return -spikes
