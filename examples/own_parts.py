"""A search with a block, a data set, a fitness and a space of one's own; some ten seconds on one core.

Run it from anywhere: `python examples/own_parts.py [RUN]`. docs/own-parts.md explains it piece by piece.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from spikesearch import build, describe, load_run, parse, record, search
from spikesearch.app import report, resume
from spikesearch.architectures.blocks import SRB, Block, Skip
from spikesearch.architectures.layers import Layer, Shape, conv, neuron
from spikesearch.architectures.plan import Step
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.data.dataset import Dataset, Images
from spikesearch.networks.ops import ConvBN, Neuron
from spikesearch.networks.options import NetworkOptions


@dataclass(frozen=True)
class SepConv(Block):
    """Depth-wise separable convolution: depth-wise k×k – point-wise 1×1 – neuron."""

    kernel: int = 3

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        output = self.output(shape, channels, stride)
        middle = Shape(shape.channels, output.height, output.width)
        return [
            conv("depthwise", shape, shape.channels, self.kernel, stride, groups=shape.channels),
            conv("pointwise", middle, channels, 1),
            neuron("neuron", output),
        ]

    def module(self, site: Step, options: NetworkOptions) -> nn.Module:
        return SepConvModule(self.kernel, site, options)


class SepConvModule(nn.Module):
    """What SepConv computes. Each submodule has the name of its layer."""

    def __init__(self, kernel: int, site: Step, options: NetworkOptions) -> None:
        super().__init__()
        c, norm = site.input.channels, options.batch_norm
        self.depthwise = ConvBN(c, c, kernel, site.stride, groups=c, batch_norm=norm)
        self.pointwise = ConvBN(c, site.channels, 1, batch_norm=norm)
        self.neuron = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes [T, N, C, H, W] → spikes [T, N, C', H', W']."""
        spikes: Tensor = self.neuron(self.pointwise(self.depthwise(x)))
        return spikes


def bars(count: int, seed: int) -> Images:
    """Grey 8×8 images with noise: 0 a bright bar across, 1 a bright bar down, 2 neither."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % 3
    images = rng.integers(0, 100, (count, 1, 8, 8), dtype=np.uint8)  # [N, C, H, W], 0…255
    for image, label, place in zip(images, labels, rng.integers(8, size=count), strict=True):
        if label == 0:
            image[:, place, :] += 150
        elif label == 1:
            image[:, :, place] += 150
    return Images(images, labels)


BUDGET = 300.0


def within_budget(accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
    """Accuracy, scaled down in proportion for networks that spend more than BUDGET spikes on an image."""
    return accuracy * min(1.0, BUDGET / spikes) if spikes else 0.0


OWN = {"SEP": SepConv()}
SETTINGS: dict[str, Any] = {
    "network": {"channels": 4, "timesteps": 4},
    "supernet": {"epochs": 15, "batch_size": 16, "learning_rate": 0.005},
    "search": {"rounds": 2, "population": 4, "parents": 2, "mutations": 2, "crossovers": 2},
    "train": {"epochs": 15, "batch_size": 16, "learning_rate": 0.005},
    "compare": {"architectures": [], "random": 0},
    "run": {"threads": 1},
}


def check_the_block() -> None:
    """What every part of spikesearch does with an own block, before any search."""
    print(parse("SRB3 sep skip SEP skip", blocks=OWN))
    described = describe("autosnn: SEP", blocks=OWN, image=(1, 8, 8))
    print(f"{described.parameters:,} parameters, {described.macs:,} MACs, {described.spiking_positions:,} positions")

    net = build("autosnn: SEP", blocks=OWN, image=(1, 8, 8), timesteps=4)
    images = nn.init.uniform_(next(net.parameters()).new_empty(5, 1, 8, 8))
    with record(net) as activity:
        rates = net(images)
    print(list(rates.shape), [layer.name for layer in activity.layers])


def main(path: Path) -> None:
    """Search with everything of one's own, then come back to the run."""
    check_the_block()
    dataset = Dataset("bars", train=bars(240, seed=0), test=bars(90, seed=1), class_names=("across", "down", "neither"))
    space = SlotSpace("small", "autosnn", {"skip": Skip(), "SRB_k3": SRB(3), **OWN})

    run = search("digits", settings=SETTINGS, run=path, space=space, dataset=dataset, objective=within_budget)
    print(run.best.architecture, f"{run.best.accuracy:.2f}", f"{run.best.spikes_per_image:.0f} spikes per image")

    run = resume(path, space=space, dataset=dataset, objective=within_budget)

    classify = load_run(path).best.network(blocks=OWN)  # normalises images itself
    print(classify.architecture)
    report(path, blocks=OWN)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/own-parts"))
