"""The spiking blocks an architecture is made of, as data: their text, shapes and layers.

Sources: AutoSNN (Na et al., ICML 2022) Fig. 8 for SCB, SRB and SIB, Fig. 6 for the stems, Fig. 7 for the pooling;
where the paper is silent, the authors' code. "Neuron" is PLIF (or LIF), every convolution is followed by BatchNorm.
The torch modules that compute the built-in blocks stand in `spikesearch.networks.blocks`.
"""

from dataclasses import Field, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from spikesearch.architectures.layers import Layer, Shape, avg_pool, conv, max_pool, neuron
from spikesearch.errors import UserError

if TYPE_CHECKING:
    from spikesearch.architectures.plan import Step

# Beyond any image: a kernel or an expansion this large is a slip of the keyboard.
LARGEST = 999


class Block:
    """What may fill a slot of a network. Base class of the built-in blocks and of the user's own.

    An own block is a frozen dataclass that overrides `layers` and `module`, and `output` or `__str__` where the
    defaults do not fit. It is handed over in a table, `blocks={"NAME": MyBlock()}`, and then takes part in `parse`,
    `describe`, `build` and `search`. The contract:

    * It never changes after construction, and compares equal to another one that computes the same.
    * Its input is spikes [T, N, C, H, W] and its output is spikes too: max pooling passes them on as they are.
    * In a slot it must give `channels` channels and ⌈H/stride⌉ × ⌈W/stride⌉ pixels.
    * `layers` and the module agree: same parameters, and each layer that can spike is a spike site of that name.
    * Calls come in this order: the text is read, then `output` and `layers` any number of times (no torch), then
      perhaps `module`, once for each place in a network.
    """

    def __str__(self) -> str:
        """Canonical text: letters, digits and underscores only, no longer than needed to tell two blocks apart.

        The default is the class name and each field's first letter and value: `SIB(kernel=3, expansion=1)` is
        `SIB_k3_e1`.
        """
        own: tuple[Field[Any], ...] = fields(self) if is_dataclass(self) else ()
        return type(self).__name__ + "".join(f"_{field.name[0]}{getattr(self, field.name)}" for field in own)

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        """The layers in the order they run, named relative to the block; `applications` is left to the plan.

        Args:
            shape: what goes in, [C, H, W].
            channels: output channels asked for.
            stride: 1 keeps the resolution, 2 halves it.

        Raises:
            UserError: an own block does not override this.
        """
        raise UserError(f"block {self}: {type(self).__name__} must override layers(shape, channels, stride)")

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        """Shape of what comes out, by default as a padded convolution of that stride gives it."""
        return Shape(channels, -(-shape.height // stride), -(-shape.width // stride))

    def module(self, site: "Step", options: Any) -> Any:
        """The `torch.nn.Module` that computes this block: [T, N, C, H, W] → [T, N, C', H', W'].

        Only the user's own blocks override this, and import torch inside it: the built-in ones have theirs in
        `spikesearch.networks.blocks`.

        Args:
            site: the place in the network: its name, input and output shape, channels and stride.
            options: the network's options, for the neurons and the BatchNorm.

        Raises:
            UserError: an own block does not override this.
        """
        raise UserError(f"block {self}: {type(self).__name__} must override module(site, options) to be built")


@dataclass(frozen=True)
class Skip(Block):
    """Nothing, where nothing is needed: the identity when channels and resolution stay.

    The authors' code: when only the channels change, conv 1×1 + BN + neuron. At stride 2, two 1×1 stride-2
    convolutions of half the width each, `conv_even` on the input and `conv_odd` on the input moved by one pixel up and
    left, concatenated, one BN over both, neuron. For an odd number of channels `conv_even` has the smaller half. For an
    odd resolution the moved input is filled with zeros below and on the right, so that both give ⌈H/2⌉ × ⌈W/2⌉.
    """

    def __str__(self) -> str:
        return "skip"

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        if stride == 2:
            if channels < 2:
                raise UserError("skip at stride 2 puts two halves of its channels together: give at least 2 channels")
            half = channels // 2
            return [
                conv("conv_even", shape, half, 1, 2, norm_channels=0),
                conv("conv_odd", shape, channels - half, 1, 2, norm_channels=channels),
                neuron("neuron", self.output(shape, channels, stride)),
            ]
        if shape.channels != channels:
            return [conv("conv", shape, channels, 1), neuron("neuron", self.output(shape, channels, stride))]
        return []


@dataclass(frozen=True)
class SCB(Block):
    """Spiking convolution block (Fig. 8A): conv k×k (stride) – neuron – conv k×k – neuron."""

    kernel: int

    def __post_init__(self) -> None:
        check_kernel(self.kernel, str(self))

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        output = self.output(shape, channels, stride)
        return [
            conv("conv1", shape, channels, self.kernel, stride),
            neuron("neuron1", output),
            conv("conv2", output, channels, self.kernel),
            neuron("neuron2", output),
        ]


@dataclass(frozen=True)
class SRB(Block):
    """Spiking residual block (Fig. 8B): SCB with its input added before the second neuron.

    Where the shape changes the shortcut is conv 1×1 (stride) + BN, without a neuron.
    """

    kernel: int

    def __post_init__(self) -> None:
        check_kernel(self.kernel, str(self))

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        output = self.output(shape, channels, stride)
        changes = shape.channels != channels or stride != 1
        shortcut = [conv("shortcut", shape, channels, 1, stride)] if changes else []
        return [
            conv("conv1", shape, channels, self.kernel, stride),
            neuron("neuron1", output),
            conv("conv2", output, channels, self.kernel),
            *shortcut,
            neuron("neuron2", output),
        ]


@dataclass(frozen=True)
class SIB(Block):
    """Spiking inverted bottleneck (Fig. 8C) with a full middle convolution, as the authors' code has it.

    conv 1×1 to e·C_in – neuron – conv k×k (stride) – neuron – conv 1×1 to C_out, input added – neuron. The shortcut is
    conv 1×1 + BN where channels change; at stride 2 nothing is added.
    """

    kernel: int
    expansion: int

    def __post_init__(self) -> None:
        check_kernel(self.kernel, str(self))
        if not isinstance(self.expansion, int) or not 1 <= self.expansion <= LARGEST:
            raise UserError(
                f"block {self}: the expansion is {self.expansion!r}; give a whole number from 1 to {LARGEST}"
            )

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        wide = shape._replace(channels=self.expansion * shape.channels)
        middle = self.output(shape, wide.channels, stride)
        output = self.output(shape, channels, stride)
        changes = shape.channels != channels and stride == 1
        shortcut = [conv("shortcut", shape, channels, 1)] if changes else []
        return [
            conv("expand", shape, wide.channels, 1),
            neuron("neuron1", wide),
            conv("conv", wide, wide.channels, self.kernel, stride, self._groups(wide.channels)),
            neuron("neuron2", middle),
            conv("project", middle, channels, 1),
            *shortcut,
            neuron("neuron3", output),
        ]

    def _groups(self, channels: int) -> int:
        return 1


@dataclass(frozen=True)
class SIBD(SIB):
    """SIB with a depth-wise middle convolution: one filter per channel, as in MobileNetV2."""

    def _groups(self, channels: int) -> int:
        return channels


class FixedBlock(Block):
    """A block with its place in every network of a space; it cannot fill a slot."""


@dataclass(frozen=True)
class ConvNeuron(FixedBlock):
    """conv k×k + BN – neuron, the second convolution of the stems for 64 and 128 pixels (Fig. 6B, C)."""

    kernel: int = 3

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        output = self.output(shape, channels, stride)
        return [conv("conv", shape, channels, self.kernel, stride), neuron("neuron", output)]


@dataclass(frozen=True)
class Stem(FixedBlock):
    """conv 3×3 + BN – neuron on the image itself (Fig. 6A).

    Direct coding: a static image is the same at every timestep, so the convolution runs once and its result charges
    the neurons T times.
    """

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return ConvNeuron(3).layers(shape, channels, stride)


@dataclass(frozen=True)
class MaxPool(FixedBlock):
    """Max pooling 2×2 of spikes, without a neuron: what comes out is spikes, and counted as such."""

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [max_pool("pool", shape)]

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        return Shape(shape.channels, shape.height // 2, shape.width // 2)


@dataclass(frozen=True)
class AvgPool(FixedBlock):
    """Average pooling 2×2 – neuron: averages are no spikes until a neuron makes them so."""

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [avg_pool("pool", shape), neuron("neuron", self.output(shape, channels, stride))]

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        return Shape(shape.channels, shape.height // 2, shape.width // 2)


@dataclass(frozen=True)
class GlobalAvgPool(FixedBlock):
    """Average over all pixels – neuron, the GAP of SNN_2."""

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [avg_pool("pool", shape, 0), neuron("neuron", self.output(shape, channels, stride))]

    def output(self, shape: Shape, channels: int, stride: int) -> Shape:
        return Shape(shape.channels, 1, 1)


def check_kernel(kernel: int, text: str) -> None:
    """Refuses kernels without a middle pixel: padding could not keep the resolution.

    Raises:
        UserError: the kernel is even, below 1 or beyond `LARGEST`.
    """
    if not isinstance(kernel, int) or not 1 <= kernel <= LARGEST or kernel % 2 == 0:
        raise UserError(f"block {text}: the kernel is {kernel!r}; give an odd whole number from 1 to {LARGEST}")
