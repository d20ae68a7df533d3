"""Shapes and counts of whole networks, against the figures of the authors' code and its own tensors."""

import json
from pathlib import Path
from typing import Any

import pytest

from spikesearch.architectures.blocks import SCB, SRB, Block, MaxPool
from spikesearch.architectures.describe import describe
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Layer, Shape
from spikesearch.architectures.macros import MACROS
from spikesearch.architectures.plan import SlotStep, Step, plan_macro, plan_super
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

EVENTS: dict[str, Any] = {"image": (2, 128, 128), "events": True, "timesteps": 20}


@pytest.mark.parametrize(
    ("text", "keywords", "parameters"),
    [
        # Trainable parameters of the networks that the authors' code builds.
        ("autosnn", {"channels": 16}, 417_626),
        ("autosnn", {"channels": 32}, 1_462_954),
        ("autosnn", {"channels": 64}, 5_436_746),
        ("autosnn", {"channels": 128}, 20_916_874),
        ("autosnn:SCB_k3", {}, 269_596),
        ("autosnn-snn2:SCB_k3", {}, 173_597),
        ("autosnn-snn3:SCB_k3", {}, 686_242),
        ("autosnn-snn4:SCB_k3", {}, 269_599),
        ("autosnn-snn2:SRB_k3", {}, 176_349),
        ("autosnn-snn3:SRB_k3", {}, 697_442),
        ("autosnn-snn4:SRB_k3", {}, 272_351),
        ("autosnn:SIB_k3_e1", {}, 181_185),
        ("autosnn:SIB_k3_e3", {}, 690_881),
        ("autosnn-0", {}, 565_084),
        ("autosnn-0.16", {}, 515_930),
        ("autosnn-0.24", {}, 500_888),
        ("autosnn-ann", {}, 507_740),
        ("autosnn", EVENTS, 419_819),
        ("autosnn", {**EVENTS, "classes": 11}, 430_059),
        ("autosnn", {"image": (3, 64, 64), "channels": 64, "classes": 200}, 13_256_139),
    ],
)
def test_parameters_of_the_authors_networks(text: str, keywords: dict[str, Any], parameters: int) -> None:
    assert describe(text, **keywords).parameters == parameters


@pytest.mark.parametrize(
    ("text", "per_hwc"),
    [
        ("autosnn:SCB_k3", 6.4375),
        ("autosnn:SRB_k3", 6.4375),
        ("autosnn:SIB_k3_e1", 8.1875),
        ("autosnn:SIB_k3_e3", 16.6875),
    ],
)
@pytest.mark.parametrize("channels", [16, 6])
def test_spiking_positions_in_units_of_hwc(text: str, per_hwc: float, channels: int) -> None:
    assert describe(text, channels=channels).spiking_positions == per_hwc * 32 * 32 * channels


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("autosnn", "autosnn"),
        ("snn2 scb_k3", "autosnn-snn2:SCB_k3"),
        ("snn3 srb_k3", "autosnn-snn3:SRB_k3"),
        ("resnet11-lee 16", "resnet11-lee"),
    ],
)
def test_every_tensor_of_the_reference_networks(shared_data: Path, case: str, text: str) -> None:
    cases = json.loads((shared_data / "reference-networks.json").read_text())["cases"]
    tensors = next(entry["tensors"] for entry in cases if entry["name"] == case)
    # Theirs come convolution by convolution in the order of their class, ours in the order of computation; the
    # shortcut stands behind the second neuron there. So compare as multisets.
    theirs = sorted((kind, tuple(shape)) for _, kind, shape in tensors if kind in ("conv", "linear", "plif.w"))
    ours = sorted(weight for layer in describe(text).layers for weight in weights(layer))
    assert ours == theirs


def weights(layer: Layer) -> list[tuple[str, tuple[int, ...]]]:
    """Kind and shape of the layer's weight tensor as PyTorch has it."""
    if layer.kind == "conv":
        return [("conv", (layer.output[0], layer.input[0] // layer.groups, layer.kernel, layer.kernel))]
    if layer.kind == "linear":
        return [("linear", (layer.output[0], layer.input[0]))]
    return [("plif.w", ())] if layer.kind == "neuron" else []


def test_the_layers_of_the_published_network() -> None:
    layers = describe("autosnn").layers
    assert [layer.name for layer in layers] == [
        *("stem.conv", "stem.neuron"),
        *("tbd1.conv1", "tbd1.neuron1", "tbd1.conv2", "tbd1.neuron2"),
        "ds1.pool",
        *("tbd2.conv1", "tbd2.neuron1", "tbd2.conv2", "tbd2.shortcut", "tbd2.neuron2"),
        "ds2.pool",
        *("tbd4.conv1", "tbd4.neuron1", "tbd4.conv2", "tbd4.shortcut", "tbd4.neuron2"),
        *("tbd5.conv1", "tbd5.neuron1", "tbd5.conv2", "tbd5.neuron2"),
        "ds3.pool",
        *("fc.linear", "fc.neuron"),
    ]
    assert [layer.name for layer in layers if layer.applications == 1] == ["stem.conv"]
    assert {layer.applications for layer in layers[1:]} == {8}
    assert [layer.name for layer in layers if layer.readout] == ["fc.neuron"]
    assert layers[-1].positions == 100
    assert layers[-2].input == (4 * 4 * 64,)


def test_events_pass_the_stem_at_every_timestep() -> None:
    layers = describe("autosnn", **EVENTS).layers
    assert {layer.applications for layer in layers} == {20}


def test_lif_neurons_have_no_parameters() -> None:
    plif, lif = describe("autosnn"), describe("autosnn", neuron="lif")
    # Stem 1, two in each of the four blocks, FC 1.
    assert plif.parameters - lif.parameters == 10
    assert describe("autosnn", neuron="if").parameters == lif.parameters
    assert lif.spiking_positions == plif.spiking_positions


@pytest.mark.parametrize(
    ("image", "steps", "shape"),
    [
        ((3, 32, 32), ["stem"], (16, 32, 32)),
        ((3, 63, 64), ["stem"], (16, 63, 64)),
        ((3, 64, 64), ["stem", "stem_pool1", "stem2"], (16, 32, 32)),
        ((3, 127, 200), ["stem", "stem_pool1", "stem2"], (16, 63, 100)),
        ((2, 128, 128), ["stem", "stem_pool1", "stem2", "stem_pool2"], (16, 32, 32)),
    ],
)
def test_stems(image: tuple[int, int, int], steps: list[str], shape: tuple[int, int, int]) -> None:
    plan = parse("autosnn").plan(Dimensions(image=image))
    stem = [step for step in plan.steps if step.name.startswith("stem")]
    assert [step.name for step in stem] == steps
    assert stem[-1].output == shape
    assert next(step for step in plan.steps if step.name == "tbd1").input == shape


def test_pooling_floors_and_strides_round_up() -> None:
    # 34 pixels (N-MNIST): pooled 17, 8, 4; by stride 17, 9, 5.
    assert parse("autosnn").plan(Dimensions(image=(2, 34, 34))).features == 64 * 4 * 4
    assert parse("autosnn-snn3:skip").plan(Dimensions(image=(2, 34, 34))).features == 128 * 5 * 5


@pytest.mark.parametrize("name", ["autosnn", "autosnn-snn2", "autosnn-snn4", "autosnn-extra"])
def test_the_smallest_image(name: str) -> None:
    assert parse(f"{name}:SCB_k5").plan(Dimensions(image=(1, 8, 15))).features == 64
    with pytest.raises(UserError, match=f"image 1x9x7 is too small for {name}, .* give at least 8x8 pixels"):
        parse(f"{name}:SCB_k5").plan(Dimensions(image=(1, 9, 7)))


def test_blocks_of_stride_2_take_any_image() -> None:
    assert parse("autosnn-snn3:skip").plan(Dimensions(image=(1, 1, 1))).features == 128


def test_gap_leaves_one_value_per_channel() -> None:
    assert parse("autosnn-snn2:SCB_k3").plan(Dimensions()).features == 64


@pytest.mark.parametrize("name", MACROS)
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 9, 13), (2, 128, 131), (3, 65, 65)])
def test_every_step_takes_what_the_one_before_gives(name: str, image: tuple[int, int, int]) -> None:
    plan = parse(f"{name}:SIBD_k3_e2").plan(Dimensions(image=image, channels=3))
    assert plan.steps[0].input == image
    for before, step in zip(plan.steps, plan.steps[1:], strict=False):
        assert step.input == before.output
    assert plan.features == plan.steps[-1].output.size
    for step in plan.steps:
        layers = step.block.layers(step.input, step.channels, step.stride)
        assert layers[0].input == step.input
        assert layers[-1].output == step.output


def test_the_number_of_blocks_must_fit() -> None:
    with pytest.raises(UserError, match="autosnn has 5 slots, got 4 blocks"):
        plan_macro(MACROS["autosnn"], [SCB(3)] * 4, Dimensions())


def test_an_own_block_must_give_the_shape_asked_for() -> None:
    class Shrinking(Block):
        def output(self, shape: Shape, channels: int, stride: int) -> Shape:
            return Shape(channels, shape.height - 2, shape.width - 2)

    with pytest.raises(
        UserError, match="block Shrinking in tbd1 makes 16x30x30 of 16x32x32; a block there must give 16x32x32"
    ):
        plan_macro(MACROS["autosnn"], [Shrinking()] * 5, Dimensions())


def test_a_supernet_holds_every_candidate_where_the_child_has_one() -> None:
    dimensions = Dimensions()
    plan = plan_super(MACROS["autosnn"], [(SCB(3), SRB(5))] * 5, dimensions)
    child = plan_macro(MACROS["autosnn"], [SRB(5)] * 5, dimensions)
    assert [step.name for step in plan.slot_steps] == list(MACROS["autosnn"].slot_names)
    chosen = tuple(step.at(1) if isinstance(step, SlotStep) else step for step in plan.steps)
    assert chosen == child.steps
    assert (plan.features, plan.outputs) == (child.features, child.outputs) == (1024, 100)
    assert plan.steps[2] == Step(
        name="ds1", block=MaxPool(), input=Shape(16, 32, 32), output=Shape(16, 16, 16), channels=16, stride=2
    )
