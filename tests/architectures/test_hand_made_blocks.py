import pytest

from spikesearch.architectures.blocks import FixedBlock
from spikesearch.architectures.hand_made_blocks import (
    ConvThroughTime,
    Dense,
    DenseThroughTime,
    PlainConv,
    PlainPool,
    PlainStem,
    StemThroughTime,
)
from spikesearch.architectures.layers import Shape

SHAPE = Shape(4, 9, 10)


@pytest.mark.parametrize(
    ("block", "channels", "stride", "output", "parameters"),
    [
        (Dense(), 7, 1, (7, 1, 1), [4 * 9 * 10 * 7, 1]),
        (DenseThroughTime(3), 7, 1, (7, 1, 1), [4 * 9 * 10 * 7 + 3 * 7, 1]),
        (PlainConv(), 8, 1, (8, 9, 10), [9 * 4 * 8, 1]),
        (PlainConv(), 8, 2, (8, 5, 5), [9 * 4 * 8, 1]),
        (PlainStem(), 8, 1, (8, 9, 10), [9 * 4 * 8, 1]),
        (ConvThroughTime(3), 8, 1, (8, 9, 10), [9 * 4 * 8 + 3 * 8, 1]),
        (StemThroughTime(5), 8, 1, (8, 9, 10), [9 * 4 * 8 + 5 * 8, 1]),
        (PlainPool(), 4, 2, (4, 4, 5), [0]),
    ],
)
def test_shapes_and_parameters(
    block: FixedBlock, channels: int, stride: int, output: tuple[int, int, int], parameters: list[int]
) -> None:
    assert block.output(SHAPE, channels, stride) == output
    assert [layer.parameters for layer in block.layers(SHAPE, channels, stride)] == parameters


def test_positions() -> None:
    assert [layer.positions for layer in PlainConv().layers(SHAPE, 8, 1)] == [0, 8 * 9 * 10]
    assert [layer.positions for layer in PlainPool().layers(SHAPE, 4, 2)] == [0]  # averages are no spikes
    linear, neurons = Dense().layers(SHAPE, 7, 1)
    assert (neurons.positions, neurons.readout, linear.macs) == (7, True, 4 * 9 * 10 * 7)


def test_other_timesteps_make_another_block() -> None:
    assert ConvThroughTime(3) != ConvThroughTime(4)
    assert str(ConvThroughTime(3)) != str(ConvThroughTime(4))
