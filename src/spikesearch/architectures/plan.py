"""From blocks to a whole network, still as data: every step with its shapes. The builder and the counts read this."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spikesearch.architectures.blocks import AvgPool, Block, ConvNeuron, FixedBlock, GlobalAvgPool, MaxPool, Stem
from spikesearch.architectures.dimensions import OPTIONAL_NAMES, Dimensions
from spikesearch.architectures.heads import VOTING, Head, head_of
from spikesearch.architectures.layers import Layer, Shape
from spikesearch.architectures.macros import Macro, StepKind
from spikesearch.errors import UserError

DEFAULT_TAU = 2.0
"""Time constant of neurons in timesteps where nothing else is asked for (AutoSNN A.1)."""

FIXED_BLOCKS: dict[StepKind, FixedBlock] = {"max_pool": MaxPool(), "avg_pool": AvgPool(), "gap": GlobalAvgPool()}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One block at its place in a network.

    Attributes:
        name: `stem`, `tbd1`, `ds1`, …; full layer names begin with it.
        block: what stands there.
        input: [C, H, W] of one image at one timestep.
        output: the same for what comes out.
        channels: output channels.
        stride: 2 where the resolution is halved.
        slot: whether the architecture chose the block.
    """

    name: str
    block: Block
    input: Shape
    output: Shape
    channels: int
    stride: int
    slot: bool = False


@dataclass(frozen=True, kw_only=True)
class SlotStep:
    """A slot with every candidate that may stand there, as a supernet has it; attributes as in `Step`."""

    name: str
    candidates: tuple[Block, ...]
    input: Shape
    output: Shape
    channels: int
    stride: int
    slot: bool = True

    def at(self, choice: int) -> Step:
        """The step with one candidate chosen, by its index."""
        return Step(
            name=self.name,
            block=self.candidates[choice],
            input=self.input,
            output=self.output,
            channels=self.channels,
            stride=self.stride,
            slot=True,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A network as data: stem – steps – fully connected layers – vote.

    Attributes:
        architecture: canonical text; empty for a network that has none.
        dimensions: width, timesteps, classes and image.
        steps: from the stem to the last pooling, in order.
        features: inputs of the fully connected layers.
        head: the fully connected layers.
        tau: time constant of the neurons where nothing else is asked for, in timesteps.
    """

    architecture: str
    dimensions: Dimensions
    steps: tuple[Step, ...]
    features: int
    head: Head = VOTING
    tau: float = DEFAULT_TAU

    @property
    def outputs(self) -> int:
        """Neurons of the fully connected layer, K·classes."""
        return self.dimensions.votes * self.dimensions.classes

    def layers(self) -> tuple[Layer, ...]:
        """All layers in the order they run, named `<step>.<layer>`, with `applications` filled in; the FC's last."""
        named = [
            replace(layer, name=f"{step.name}.{layer.name}")
            for step in self.steps
            for layer in step.block.layers(step.input, step.channels, step.stride)
        ]
        named += self.head.layers(self.features, self.outputs)
        return tuple(self._filled(layer) for layer in named)

    def _filled(self, layer: Layer) -> Layer:
        once = layer.name == "stem.conv" and not self.dimensions.events
        trained = layer.kind != "neuron" or self.dimensions.neuron == "plif"
        spiking = self.dimensions.spiking
        return replace(
            layer,
            applications=layer.applications or (1 if once else self.dimensions.timesteps),
            parameters=layer.parameters if trained else 0,
            positions=layer.positions if spiking else 0,
        )


@dataclass(frozen=True, kw_only=True)
class SuperPlan:
    """All networks of a space as data: as `Plan`, but a slot holds every candidate (`SlotStep`)."""

    space: str
    dimensions: Dimensions
    steps: tuple[Step | SlotStep, ...]
    features: int
    head: Head = VOTING
    tau: float = DEFAULT_TAU

    @property
    def outputs(self) -> int:
        """Neurons of the fully connected layer, K·classes."""
        return self.dimensions.votes * self.dimensions.classes

    @property
    def slot_steps(self) -> tuple[SlotStep, ...]:
        """The slots alone, in order."""
        return tuple(step for step in self.steps if isinstance(step, SlotStep))


def plan_macro(macro: Macro, slots: Sequence[Block], dimensions: Dimensions, architecture: str = "") -> Plan:
    """The network that `slots` make of a macro architecture.

    Raises:
        UserError: a wrong number of blocks, an image too small, or an own block that gives another shape than asked.
    """
    steps, features = _walk(macro, [(block,) for block in slots], dimensions)
    return Plan(
        architecture=architecture,
        dimensions=dimensions,
        steps=tuple(step.at(0) if isinstance(step, SlotStep) else step for step in steps),
        features=features,
        head=head_of(dimensions),
    )


def plan_super(macro: Macro, candidates: Sequence[Sequence[Block]], dimensions: Dimensions) -> SuperPlan:
    """The supernet of a macro architecture with `candidates` for each slot.

    Raises:
        UserError: as `plan_macro`.
    """
    steps, features = _walk(macro, candidates, dimensions)
    return SuperPlan(
        space=macro.name, dimensions=dimensions, steps=tuple(steps), features=features, head=head_of(dimensions)
    )


def _walk(
    macro: Macro, candidates: Sequence[Sequence[Block]], dimensions: Dimensions
) -> tuple[list[Step | SlotStep], int]:
    """Follows the shapes from the image to the fully connected layer."""
    if len(candidates) != len(macro.slots):
        raise UserError(f"{macro.name} has {len(macro.slots)} slots, got {len(candidates)} blocks")
    check_dimensions(macro.name, dimensions)
    _check_image(macro, dimensions)
    steps: list[Step | SlotStep] = [*stem_steps(dimensions)]
    shape = steps[-1].output
    waiting = iter(candidates)
    for place in macro.steps:
        channels = place.width * dimensions.channels
        if place.kind == "slot":
            step: Step | SlotStep = _slot(place.name, tuple(next(waiting)), shape, channels, place.stride)
        else:
            step = fixed_step(place.name, FIXED_BLOCKS[place.kind], shape, channels, place.stride)
        steps.append(step)
        shape = step.output
    return steps, shape.size


def stem_steps(dimensions: Dimensions) -> list[Step]:
    """The stems of Fig. 6, which bring 64 and 128 pixels down to 32; smaller images have the plain one.

    The paper shows three sizes. In between, the stem of the next smaller size is taken, by the image's smaller side.
    """
    channels, side = dimensions.channels, min(dimensions.image[1:])
    steps = [fixed_step("stem", Stem(), Shape(*dimensions.image), channels, 1)]
    if side >= 64:
        steps.append(fixed_step("stem_pool1", MaxPool(), steps[-1].output, channels, 2))
        steps.append(fixed_step("stem2", ConvNeuron(), steps[-1].output, channels, 1))
    if side >= 128:
        steps.append(fixed_step("stem_pool2", MaxPool(), steps[-1].output, channels, 2))
    return steps


def fixed_step(name: str, block: FixedBlock, shape: Shape, channels: int, stride: int) -> Step:
    """A block that no architecture chose, at its place behind something of that shape."""
    output = block.output(shape, channels, stride)
    return Step(name=name, block=block, input=shape, output=output, channels=channels, stride=stride)


def _slot(name: str, candidates: tuple[Block, ...], shape: Shape, channels: int, stride: int) -> SlotStep:
    # One shape for every candidate: whatever stands in a slot, the next one must be able to follow.
    wanted = Shape(channels, -(-shape.height // stride), -(-shape.width // stride))
    for block in candidates:
        given = block.output(shape, channels, stride)
        if given != wanted:
            raise UserError(
                f"block {block} in {name} makes {Shape(*given)} of {shape}; a block there must give {wanted}"
            )
    return SlotStep(name=name, candidates=candidates, input=shape, output=wanted, channels=channels, stride=stride)


def check_dimensions(name: str, dimensions: Dimensions) -> None:
    """Refuses dimensions of networks of cells.

    Raises:
        UserError: one is given.
    """
    given = [key for key in OPTIONAL_NAMES if getattr(dimensions, key) is not None]
    if given:
        raise UserError(
            f"{given[0]}={getattr(dimensions, given[0])}: {name} has no such layer, only networks of cells do "
            f"(snasnet, spikenas-bench); leave out {' and '.join(given)}"
        )


def _check_image(macro: Macro, dimensions: Dimensions) -> None:
    # Poolings floor, so n of them need 2^n pixels; a block of stride 2 makes at least 1 pixel of 1. The pools of the
    # larger stems stand only where there are more than enough pixels.
    smallest = 2 ** sum(step.kind in ("max_pool", "avg_pool") for step in macro.steps)
    height, width = dimensions.image[1:]
    if min(height, width) < smallest:
        raise UserError(
            f"image {Shape(*dimensions.image)} is too small for {macro.name}, whose poolings would leave 0 pixels; "
            f"give at least {smallest}x{smallest} pixels"
        )
