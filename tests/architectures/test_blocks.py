from dataclasses import dataclass

import pytest

from spikesearch.architectures.blocks import (
    SCB,
    SIB,
    SIBD,
    SRB,
    AvgPool,
    Block,
    ConvNeuron,
    GlobalAvgPool,
    MaxPool,
    Skip,
    Stem,
)
from spikesearch.architectures.layers import Shape
from spikesearch.errors import UserError

INPUT = Shape(4, 8, 8)


def names(block: Block, channels: int, stride: int = 1) -> list[str]:
    return [layer.name for layer in block.layers(INPUT, channels, stride)]


def parameters(block: Block, channels: int, stride: int = 1) -> list[int]:
    return [layer.parameters for layer in block.layers(INPUT, channels, stride)]


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (Skip(), "skip"),
        (SCB(3), "SCB_k3"),
        (SRB(5), "SRB_k5"),
        (SIB(3, 1), "SIB_k3_e1"),
        (SIBD(kernel=5, expansion=3), "SIBD_k5_e3"),
    ],
)
def test_canonical_text(block: Block, text: str) -> None:
    assert str(block) == text


def test_scb() -> None:
    assert names(SCB(3), 6) == ["conv1", "neuron1", "conv2", "neuron2"]
    # conv1 6·4·9 + 12, conv2 6·6·9 + 12, one weight per neuron layer.
    assert parameters(SCB(3), 6) == [228, 1, 336, 1]
    assert [layer.output for layer in SCB(3).layers(INPUT, 6, 2)] == [(6, 4, 4)] * 4


def test_srb_has_a_shortcut_only_where_the_shape_changes() -> None:
    assert names(SRB(3), 4) == ["conv1", "neuron1", "conv2", "neuron2"]
    assert names(SRB(3), 6) == ["conv1", "neuron1", "conv2", "shortcut", "neuron2"]
    assert names(SRB(3), 4, 2) == ["conv1", "neuron1", "conv2", "shortcut", "neuron2"]
    # The shortcut is 6·4 weights and BN 12; it reads the block's input and takes the stride.
    shortcut = SRB(3).layers(INPUT, 6, 2)[3]
    assert (shortcut.parameters, shortcut.kernel, shortcut.stride) == (36, 1, 2)
    assert (shortcut.input, shortcut.output) == (INPUT, (6, 4, 4))


def test_sib() -> None:
    assert names(SIB(3, 2), 4) == ["expand", "neuron1", "conv", "neuron2", "project", "neuron3"]
    assert names(SIB(3, 2), 6) == ["expand", "neuron1", "conv", "neuron2", "project", "shortcut", "neuron3"]
    # At stride 2 nothing is added, even where channels change.
    assert "shortcut" not in names(SIB(3, 2), 6, 2)
    # expand 8·4 + 16, conv 8·8·9 + 16, project 6·8 + 12, shortcut 6·4 + 12.
    assert parameters(SIB(3, 2), 6) == [48, 1, 592, 1, 60, 36, 1]
    # The wide neurons have e·C_in channels: before the stride 8·64, behind it 8·16; the last 6·16.
    assert [x.positions for x in SIB(3, 2).layers(INPUT, 6, 2) if x.kind == "neuron"] == [512, 128, 96]


def test_sibd_differs_in_the_middle_convolution_only() -> None:
    full, wise = SIB(3, 2).layers(INPUT, 6, 1), SIBD(3, 2).layers(INPUT, 6, 1)
    assert [a == b for a, b in zip(full, wise, strict=True)] == [True, True, False, True, True, True, True]
    assert (wise[2].parameters, wise[2].groups) == (8 * 9 + 16, 8)
    assert SIB(3, 2) != SIBD(3, 2)


def test_skip() -> None:
    assert names(Skip(), 4) == []
    assert names(Skip(), 6) == ["conv", "neuron"]
    assert parameters(Skip(), 6) == [36, 1]
    assert names(Skip(), 4, 2) == ["conv_even", "conv_odd", "neuron"]
    # Halves of 3 and 4 channels, one BN of 7 counted with the second.
    assert parameters(Skip(), 7, 2) == [12, 16 + 14, 1]
    assert [layer.output for layer in Skip().layers(INPUT, 7, 2)] == [(3, 4, 4), (4, 4, 4), (7, 4, 4)]
    with pytest.raises(UserError, match="at least 2 channels"):
        Skip().layers(INPUT, 1, 2)


def test_fixed_blocks() -> None:
    assert names(Stem(), 6) == names(ConvNeuron(), 6) == ["conv", "neuron"]
    assert parameters(Stem(), 6) == [6 * 4 * 9 + 12, 1]
    assert names(MaxPool(), 4) == ["pool"]
    assert names(AvgPool(), 4) == names(GlobalAvgPool(), 4) == ["pool", "neuron"]
    odd = Shape(4, 9, 5)
    assert MaxPool().output(odd, 4, 2) == AvgPool().output(odd, 4, 2) == (4, 4, 2)
    assert SCB(3).output(odd, 4, 2) == (4, 5, 3)
    assert GlobalAvgPool().output(odd, 4, 1) == (4, 1, 1)
    assert [layer.positions for layer in AvgPool().layers(odd, 4, 2)] == [0, 32]


@pytest.mark.parametrize("kernel", [0, -1, 2, 1000, 1001, 3.0, "3"])
@pytest.mark.parametrize("kind", [SCB, SRB, lambda kernel: SIB(kernel, 1)])
def test_kernels_that_cannot_be(kind: type, kernel: object) -> None:
    with pytest.raises(UserError, match=f"the kernel is {kernel!r}; give an odd whole number from 1 to 999"):
        kind(kernel)


@pytest.mark.parametrize("expansion", [0, 1000, 1.5])
def test_expansions_that_cannot_be(expansion: int) -> None:
    with pytest.raises(UserError, match=f"the expansion is {expansion}; give a whole number from 1 to 999"):
        SIB(3, expansion)


def test_an_own_block_says_what_it_must_override() -> None:
    @dataclass(frozen=True)
    class Empty(Block):
        width: int = 2

    assert str(Empty()) == "Empty_w2"
    with pytest.raises(UserError, match=r"Empty must override layers\(shape, channels, stride\)"):
        Empty().layers(INPUT, 4, 1)
    with pytest.raises(UserError, match=r"Empty must override module\(site, options\)"):
        Empty().module(None, None)  # type: ignore[arg-type]
