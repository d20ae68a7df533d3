"""Networks made by hand, by name: what a search is compared with, at any width, image and number of timesteps.

AutoSNN's Tables 3 and 4 hold six of them as its released code builds them (SPEC: shapes and parameters of that code),
all with its neurons, its vote and a neuron behind every average pooling. `vgg9-bntt` and `vgg16-sbn` are those of its
Table 11. The text of such a network is its name; c below is `channels`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import SRB, AvgPool, Block, ConvNeuron, MaxPool, Stem
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.hand_made_blocks import (
    ConvThroughTime,
    Dense,
    DenseThroughTime,
    PlainConv,
    PlainPool,
    PlainStem,
    StemThroughTime,
)
from spikesearch.architectures.heads import VOTING, Head, MeanHead, SwitchedHead, head_of
from spikesearch.architectures.layers import Shape
from spikesearch.architectures.plan import Plan, Step, check_dimensions, stem_steps
from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError

HAND_MADE_DEFAULTS = Dimensions()
"""Those of AutoSNN, so that networks beside each other have the same width and timesteps."""


@dataclass(frozen=True)
class Part:
    """One place of a network.

    Attributes:
        name: of the step.
        block: what stands there.
        width: output channels as a multiple of c; 0 keeps what comes in.
        stride: 2 where the resolution is halved.
    """

    name: str
    block: Block
    width: int = 0
    stride: int = 1


_STEM, _CONV = Stem(), ConvNeuron()

Parts = Callable[[Dimensions], Iterator[Part]]


@dataclass(frozen=True)
class HandMade:
    """A network as a recipe.

    Attributes:
        summary: one line for lists, with its source.
        parts: stem to the last hidden layer, in order.
        head: the last fully connected layer.
        event_stem: the stem is AutoSNN's, with poolings for images of 64 and 128 pixels (Fig. 6); the parts follow it.
    """

    summary: str
    parts: Parts
    head: Head = VOTING
    event_stem: bool = False


def _convolutions(first: int, widths: tuple[int, ...], stem: Block = _STEM, conv: Block = _CONV) -> Iterator[Part]:
    """conv 3×3 – neuron for each width, numbered from `first`; number 1 is the stem."""
    for number, width in enumerate(widths, start=first):
        yield Part("stem", stem, width) if number == 1 else Part(f"conv{number}", conv, width)


def _residual(widths: tuple[int, ...], strides: tuple[int, ...]) -> Iterator[Part]:
    for number, (width, stride) in enumerate(zip(widths, strides, strict=True), start=1):
        yield Part(f"block{number}", SRB(3), width, stride)


def _vgg(stages: tuple[tuple[int, ...], ...], stem: Block, conv: Block) -> Iterator[Part]:
    """Stages of convolutions, each with average pooling behind it."""
    first = 1
    for number, widths in enumerate(stages, start=1):
        yield from _convolutions(first, widths, stem, conv)
        yield Part(f"pool{number}", PlainPool(), stride=2)
        first += len(widths)


def _cifarnet_wu(dimensions: Dimensions) -> Iterator[Part]:
    yield from _convolutions(1, (1, 2))
    yield Part("pool1", AvgPool(), stride=2)
    yield from _convolutions(3, (4,))
    yield Part("pool2", AvgPool(), stride=2)
    yield from _convolutions(4, (8, 4))
    yield Part("fc1", Dense(), 8)
    yield Part("fc2", Dense(), 4)


def _cifarnet_fang(dimensions: Dimensions) -> Iterator[Part]:
    for stage in range(2):
        yield from _convolutions(3 * stage + 1, (1, 1, 1))
        yield Part(f"pool{stage + 1}", MaxPool(), stride=2)
    yield Part("fc1", Dense(), 8)


def _dvs_cifarnet_fang(stages: int) -> Parts:
    def parts(dimensions: Dimensions) -> Iterator[Part]:
        for stage in range(1, stages + 1):
            yield from _convolutions(stage, (1,))
            yield Part(f"pool{stage}", MaxPool(), stride=2)
        yield Part("fc1", Dense(), 4)

    return parts


def _resnet11_lee(dimensions: Dimensions) -> Iterator[Part]:
    yield from _convolutions(1, (1,))
    yield Part("pool1", AvgPool(), stride=2)
    yield from _residual((2, 4, 8, 8), (1, 2, 1, 2))
    yield Part("fc1", Dense(), 16)


def _resnet19_zheng(dimensions: Dimensions) -> Iterator[Part]:
    yield from _convolutions(1, (1,))
    yield from _residual((1, 1, 1, 2, 2, 2, 4, 4), (1, 1, 1, 2, 1, 1, 2, 1))
    yield Part("pool1", AvgPool(), stride=2)
    yield Part("fc1", Dense(), 2)


def _dvs_resnet17_zheng(dimensions: Dimensions) -> Iterator[Part]:
    yield from _residual((1, 1, 1, 2, 2, 2, 2), (2, 1, 1, 2, 1, 1, 1))
    yield Part("pool1", AvgPool(), stride=2)
    yield Part("fc1", Dense(), 4)


def _vgg9_bntt(dimensions: Dimensions) -> Iterator[Part]:
    timesteps = dimensions.timesteps
    stages = ((1, 1), (2, 2), (4, 4, 4))
    yield from _vgg(stages, StemThroughTime(timesteps), ConvThroughTime(timesteps))
    yield Part("fc1", DenseThroughTime(timesteps), 16)


def _vgg16_sbn(dimensions: Dimensions) -> Iterator[Part]:
    stages = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))
    yield from _vgg(stages, PlainStem(), PlainConv())
    yield Part("fc1", Dense(), 64)


HAND_MADE: dict[str, HandMade] = {
    "cifarnet-wu": HandMade("5 convolutions, 2 average poolings, 3 FC (Wu et al. 2019; AutoSNN Table 3)", _cifarnet_wu),
    "cifarnet-fang": HandMade(
        "6 convolutions, 2 max poolings, 2 FC (Fang et al. 2021; AutoSNN Table 3)", _cifarnet_fang
    ),
    "resnet11-lee": HandMade("4 residual blocks SRB_k3, 2 FC (Lee et al. 2020; AutoSNN Table 3)", _resnet11_lee),
    "resnet19-zheng": HandMade("8 residual blocks SRB_k3, 2 FC (Zheng et al. 2021; AutoSNN Table 3)", _resnet19_zheng),
    "dvs-cifarnet-fang": HandMade(
        "4 times convolution – max pooling, 2 FC: for CIFAR10-DVS (Fang et al. 2021; AutoSNN Table 4)",
        _dvs_cifarnet_fang(4),
    ),
    "dvs-cifarnet-fang-5": HandMade(
        "5 times convolution – max pooling, 2 FC: for DVS128-Gesture (Fang et al. 2021; AutoSNN Table 4)",
        _dvs_cifarnet_fang(5),
    ),
    "dvs-resnet17-zheng": HandMade(
        "AutoSNN's stem for events, 7 residual blocks SRB_k3, 2 FC (Zheng et al. 2021; AutoSNN Table 4)",
        _dvs_resnet17_zheng,
        event_stem=True,
    ),
    "vgg9-bntt": HandMade(
        "VGG9 with BatchNorm of its own for each timestep (Kim & Panda 2021, BNTT; AutoSNN Table 11)",
        _vgg9_bntt,
        MeanHead(),
    ),
    "vgg16-sbn": HandMade(
        "VGG16 with one BatchNorm, before the last FC (Kim & Panda 2021, SALT; AutoSNN Table 11)",
        _vgg16_sbn,
        SwitchedHead(),
    ),
}
"""The networks by name."""


@dataclass(frozen=True)
class HandMadeArchitecture(Architecture):
    """A network made by hand, `cifarnet-fang`.

    Attributes:
        name: of the network, which is its text.

    Raises:
        UserError: there is no such network.
    """

    name: str
    space: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.name not in HAND_MADE:
            raise UserError(
                f"unknown hand-made network {self.name!r}{did_you_mean(str(self.name), HAND_MADE)}; "
                f"networks: {', '.join(HAND_MADE)}"
            )
        object.__setattr__(self, "space", self.name)

    def __str__(self) -> str:
        return self.name

    @property
    def defaults(self) -> Dimensions:
        """Width, timesteps, classes and image where nothing else is asked for."""
        return HAND_MADE_DEFAULTS

    def plan(self, dimensions: Dimensions) -> Plan:
        """The network of that size, as data.

        Raises:
            UserError: an image too small, or dimensions that only networks of cells have.
        """
        check_dimensions(self.name, dimensions)
        made = HAND_MADE[self.name]
        steps = _steps(made, dimensions)
        if steps is None:
            sides = (_steps(made, dimensions.replace(image=(1, side, side))) for side in range(1, 2**10))
            smallest = next(found[0].input.height for found in sides if found)
            raise UserError(
                f"image {Shape(*dimensions.image)} is too small for {self.name}, whose poolings would leave 0 pixels; "
                f"give at least {smallest}x{smallest} pixels"
            )
        return Plan(
            architecture=str(self),
            dimensions=dimensions,
            steps=tuple(steps),
            features=steps[-1].output.size,
            head=head_of(dimensions, made.head),
        )


def _steps(made: HandMade, dimensions: Dimensions) -> list[Step] | None:
    """The steps with their shapes; None where a pooling would leave nothing."""
    steps = stem_steps(dimensions) if made.event_stem else []
    for part in made.parts(dimensions):
        shape = steps[-1].output if steps else Shape(*dimensions.image)
        channels = part.width * dimensions.channels or shape.channels
        output = part.block.output(shape, channels, part.stride)
        if not output.size:
            return None
        steps.append(
            Step(name=part.name, block=part.block, input=shape, output=output, channels=channels, stride=part.stride)
        )
    return steps
