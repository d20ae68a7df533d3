"""Hand-made networks: the authors' parameters to the last one, and what they refuse."""

import pickle
from itertools import pairwise
from typing import Any

import pytest

from spikesearch.architectures.describe import describe
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.hand_made import HAND_MADE, HandMadeArchitecture
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

DVS: dict[str, Any] = {"image": (2, 128, 128), "timesteps": 20, "events": True}


@pytest.mark.parametrize(
    ("name", "keywords", "parameters"),
    [
        *(
            ("cifarnet-wu", {"channels": c}, p)
            for c, p in zip((16, 32, 64, 128), (710426, 2826794, 11277386, 45049994), strict=True)
        ),
        *(
            ("cifarnet-fang", {"channels": c}, p)
            for c, p in zip((16, 32, 64, 128, 256), (156024, 597224, 2335176, 9233288, 36718344), strict=True)
        ),
        *(
            ("resnet11-lee", {"channels": c}, p)
            for c, p in zip((16, 32, 64), (1164828, 4602924, 18298956), strict=True)
        ),
        *(
            ("resnet19-zheng", {"channels": c}, p)
            for c, p in zip((16, 32, 64, 128), (233828, 925364, 3681620, 14686868), strict=True)
        ),
        ("dvs-cifarnet-fang", {"channels": 128, **DVS}, 4691206),
        ("dvs-cifarnet-fang-5", {"channels": 128, "classes": 11, **DVS}, 1698311),
        ("dvs-resnet17-zheng", {"channels": 64, **DVS}, 1930771),
        ("dvs-resnet17-zheng", {"channels": 64, "classes": 11, **DVS}, 1933331),
    ],
)
def test_parameters_of_the_authors_networks(name: str, keywords: dict[str, Any], parameters: int) -> None:
    assert describe(name, **keywords).parameters == parameters


def test_parameters_of_vgg9_with_batch_norm_through_time() -> None:
    # The authors' class with 64 channels, T = 25 and one output per class; their neurons have no parameters.
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
    weights = sum(9 * inputs * outputs for inputs, outputs in convolutions)
    gammas = 25 * (sum(outputs for _, outputs in convolutions) + 1024)
    expected = weights + gammas + 4 * 4 * 256 * 1024 + 1024 * 10
    found = describe("vgg9-bntt", channels=64, timesteps=25, votes=1, neuron="lif")
    assert found.parameters == expected == 5993280


def test_parameters_of_vgg16_with_one_batch_norm() -> None:
    widths = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    weights = sum(9 * inputs * outputs for inputs, outputs in pairwise(widths))
    expected = weights + 512 * 4096 + 2 * 4096 + 4096 * 10
    found = describe("vgg16-sbn", channels=64, timesteps=40, votes=1, neuron="lif")
    assert found.parameters == expected
    last = found.layers[-2:]
    assert [(layer.name, layer.parameters, layer.applications) for layer in last] == [
        ("fc.bn", 2 * 4096, 1),
        ("fc.linear", 4096 * 10, 1),
    ]


def test_layers_of_cifarnet_fang() -> None:
    layers = {layer.name: layer for layer in describe("cifarnet-fang", timesteps=5).layers}
    assert [name for name in layers if not name.endswith("neuron")] == [
        *("stem.conv", "conv2.conv", "conv3.conv", "pool1.pool"),
        *("conv4.conv", "conv5.conv", "conv6.conv", "pool2.pool"),
        *("fc1.linear", "fc.linear"),
    ]
    assert layers["pool2.pool"].output == (16, 8, 8)
    assert layers["fc1.linear"].input == (16 * 8 * 8,)
    assert layers["fc1.linear"].output == layers["fc.linear"].input == (128,)
    assert (layers["stem.conv"].applications, layers["conv2.conv"].applications) == (1, 5)
    assert layers["fc1.neuron"].readout
    assert layers["fc.neuron"].readout


def test_macs_and_positions_by_hand() -> None:
    # cifarnet-fang, c = 2, T = 3, on 1×4×4: 16 pixels, then 4, then 1; FC 16 and 2·10.
    found = describe("cifarnet-fang", channels=2, timesteps=3, classes=2, image=(1, 4, 4))
    macs = 9 * 2 * 16 + 3 * (2 * 36 * 16 + 3 * 36 * 4 + 2 * 16 + 16 * 20)
    positions = 3 * 32 + 8 + 3 * 8 + 2  # convolutions and max pooling; FC neurons are left out
    assert (found.macs, found.spiking_positions) == (macs, positions)


def test_averages_are_no_spikes() -> None:
    found = describe("vgg9-bntt", channels=2, image=(1, 8, 8), timesteps=3)
    # convolutions: 2·2 at 8×8, 2·4 at 4×4, 3·8 at 2×2; the poolings give averages, fc1 is an FC
    assert found.spiking_positions == 2 * 2 * 64 + 2 * 4 * 16 + 3 * 8 * 4


def test_the_stem_for_events_brings_128_pixels_to_32() -> None:
    plan = parse("dvs-resnet17-zheng").plan(Dimensions(**DVS))
    names = [step.name for step in plan.steps]
    assert names[:5] == ["stem", "stem_pool1", "stem2", "stem_pool2", "block1"]
    assert plan.steps[4].input == (16, 32, 32)
    assert plan.steps[-2].output == (32, 4, 4)
    assert [layer.applications for layer in plan.layers() if layer.name == "stem.conv"] == [20]


@pytest.mark.parametrize("name", HAND_MADE)
def test_the_text_is_the_name(name: str) -> None:
    architecture = parse(f" {name.upper()} ")
    assert architecture == parse(name) == HandMadeArchitecture(name)
    assert str(architecture) == architecture.space == name
    assert len({architecture, parse(name)}) == 1
    assert pickle.loads(pickle.dumps(architecture)) == architecture
    assert architecture.digest == HandMadeArchitecture(name).digest
    assert architecture.defaults == Dimensions(channels=16, timesteps=8, classes=10, image=(3, 32, 32))


def test_two_networks_are_not_equal() -> None:
    assert len({parse(name).digest for name in HAND_MADE}) == len(HAND_MADE)
    assert parse("cifarnet-wu") != parse("cifarnet-fang")


@pytest.mark.parametrize("name", HAND_MADE)
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 37, 45), (2, 64, 70), (2, 128, 128)])
def test_every_step_takes_what_the_one_before_gives(name: str, image: tuple[int, int, int]) -> None:
    plan = parse(name).plan(Dimensions(image=image, channels=3))
    assert plan.steps[0].input == image
    for before, after in pairwise(plan.steps):
        assert before.output == after.input
    assert plan.features == plan.steps[-1].output.size
    assert len({step.name for step in plan.steps}) == len(plan.steps)
    for step in plan.steps:
        spiking = [layer for layer in step.block.layers(step.input, step.channels, step.stride) if layer.positions]
        assert not spiking or spiking[-1].positions == step.output.size


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        *(("cifarnet-wu", 4), ("cifarnet-fang", 4), ("resnet11-lee", 2), ("resnet19-zheng", 5)),
        *(("dvs-cifarnet-fang", 16), ("dvs-cifarnet-fang-5", 32), ("dvs-resnet17-zheng", 5)),
        *(("vgg9-bntt", 8), ("vgg16-sbn", 32)),
    ],
)
def test_the_smallest_image(name: str, smallest: int) -> None:
    describe(name, image=(1, smallest, smallest))
    with pytest.raises(UserError) as error:
        describe(name, image=(1, 99, smallest - 1))
    assert f"image 1x99x{smallest - 1} is too small for {name}" in str(error.value)
    assert f"give at least {smallest}x{smallest} pixels" in str(error.value)


def test_what_only_cells_have_is_refused() -> None:
    with pytest.raises(UserError, match="hidden=64: cifarnet-wu has no such layer, only networks of cells do"):
        describe("cifarnet-wu", hidden=64)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown hand-made network 'cifarnet-fan' \(did you mean 'cifarnet-fang'\?\)"):
        HandMadeArchitecture("cifarnet-fan")
    with pytest.raises(UserError, match=r"unknown architecture 'resnet19-zeng' \(did you mean 'resnet19-zheng'\?\)"):
        parse("resnet19-zeng")
    with pytest.raises(UserError, match="'cifarnet-wu' names a whole network, so no blocks follow it"):
        parse("cifarnet-wu: SRB5")
