"""What one layer of a network costs, by integer arithmetic: parameters, multiply-accumulates, spiking positions.

A layer here is what the papers count: a convolution together with its BatchNorm, a BatchNorm that has none, a layer of
neurons, a pooling, a fully connected layer. Blocks list their layers with the helpers of this file; the plan names them
and says how often each is applied.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

LayerKind = Literal["conv", "norm", "linear", "neuron", "max_pool", "avg_pool"]


class Shape(NamedTuple):
    """Shape of one image's feature map at one timestep: [C, H, W]."""

    channels: int
    height: int
    width: int

    @property
    def size(self) -> int:
        """Number of values, C·H·W."""
        return self.channels * self.height * self.width

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer with its counts.

    Attributes:
        name: relative to the block (`conv1`) when it comes from a block, full (`tbd1.conv1`) when from a plan.
        kind: what it computes.
        input: [C, H, W], or [features] for a linear layer and the neurons behind it.
        output: the same for what it gives.
        parameters: trainable ones; BatchNorm's weight and bias are counted with their convolution, a PLIF layer has
            its one decay weight.
        macs: multiply-accumulates of one application on one image. BatchNorm is folded into its convolution for
            inference, and pooling and neurons multiply nothing by a weight, so these three count 0.
        applications: how often it runs per image: T, or 1 for the stem's convolution on a static image. 0 until the
            plan has filled it in, unless the layer knows better.
        positions: outputs that can spike at each timestep: neurons, and max pooling, whose output is binary. 0 for
            conv, norm, linear and avg_pool.
        kernel: side of the square window; 0 where there is none, or where it is the whole feature map.
        stride: step of the window.
        groups: as in a grouped convolution; equal to the input channels for a depth-wise one.
        readout: neurons of a fully connected layer, which the papers leave out of the positions.
    """

    name: str
    kind: LayerKind
    input: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int = 0
    macs: int = 0
    applications: int = 0
    positions: int = 0
    kernel: int = 0
    stride: int = 1
    groups: int = 1
    readout: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The layer as JSON-able values."""
        return {**asdict(self), "input": list(self.input), "output": list(self.output)}


def conv(
    name: str,
    shape: Shape,
    channels: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    *,
    norm_channels: int | None = None,
) -> Layer:
    """A convolution without bias, padded by `kernel // 2`, and the BatchNorm after it.

    Args:
        name: of the layer.
        shape: what goes in, [C, H, W].
        channels: output channels.
        kernel: side of the square kernel, odd.
        stride: the output has ⌈H/stride⌉ × ⌈W/stride⌉ pixels.
        groups: groups of channels that are convolved apart.
        norm_channels: channels of the BatchNorm counted here. The default is `channels`; 0 where another layer counts
            it, more where one BatchNorm serves several concatenated convolutions.
    """
    output = Shape(channels, -(-shape.height // stride), -(-shape.width // stride))
    weights = channels * (shape.channels // groups) * kernel * kernel
    norm = channels if norm_channels is None else norm_channels
    return Layer(
        name=name,
        kind="conv",
        input=shape,
        output=output,
        parameters=weights + 2 * norm,
        macs=weights * output.height * output.width,
        kernel=kernel,
        stride=stride,
        groups=groups,
    )


def norm(name: str, shape: Shape) -> Layer:
    """BatchNorm that follows no convolution: two parameters per channel."""
    return Layer(name=name, kind="norm", input=shape, output=shape, parameters=2 * shape.channels)


def neuron(name: str, shape: Shape | tuple[int, ...], *, readout: bool = False) -> Layer:
    """A layer of PLIF neurons with their one shared decay weight (the plan takes it away for LIF, IF and ReLU)."""
    positions = 1
    for side in shape:
        positions *= side
    return Layer(
        name=name, kind="neuron", input=shape, output=shape, parameters=1, positions=positions, readout=readout
    )


def max_pool(name: str, shape: Shape, kernel: int = 2) -> Layer:
    """Max pooling of spikes, stride = kernel, incomplete windows dropped. Its binary outputs are counted as spikes."""
    output = Shape(shape.channels, shape.height // kernel, shape.width // kernel)
    return Layer(
        name=name, kind="max_pool", input=shape, output=output, positions=output.size, kernel=kernel, stride=kernel
    )


def avg_pool(name: str, shape: Shape, kernel: int = 2) -> Layer:
    """Average pooling, stride = kernel, incomplete windows dropped; `kernel=0` averages the whole feature map."""
    if kernel == 0:
        return Layer(name=name, kind="avg_pool", input=shape, output=Shape(shape.channels, 1, 1))
    output = Shape(shape.channels, shape.height // kernel, shape.width // kernel)
    return Layer(name=name, kind="avg_pool", input=shape, output=output, kernel=kernel, stride=kernel)


def smooth(name: str, shape: Shape, kernel: int = 3) -> Layer:
    """Average pooling that keeps the resolution: stride 1, padded by `kernel // 2` with zeros that count."""
    return Layer(name=name, kind="avg_pool", input=shape, output=shape, kernel=kernel)


def linear(name: str, inputs: int, outputs: int, bias: bool = False) -> Layer:
    """A fully connected layer."""
    return Layer(
        name=name,
        kind="linear",
        input=(inputs,),
        output=(outputs,),
        parameters=inputs * outputs + (outputs if bias else 0),
        macs=inputs * outputs,
    )
