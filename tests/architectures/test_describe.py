import json
from collections.abc import Callable

import pytest

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.describe import describe, describe_plan
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError


def test_counts_by_hand() -> None:
    """SNN_1 with SCB_k3, C = 1, T = 2, two classes with one vote, 1×8×8: small enough to count on paper.

    | step | parameters | MACs per application | times | positions |
    | stem | 9+2 +1 | 9·64 | 1 | 64 |
    | tbd1 (1→1, 8×8) | 2·(9+2+1) | 2·9·64 | 2 | 2·64 |
    | ds1 | | | | 16 |
    | tbd2 (1→2, 4×4) | (18+4+1) + (36+4+1) | (18+36)·16 | 2 | 2·32 |
    | tbd3 (2→2) | 2·(36+4+1) | 2·36·16 | 2 | 2·32 |
    | ds2 | | | | 8 |
    | tbd4 (2→4, 2×2) | (72+8+1) + (144+8+1) | (72+144)·4 | 2 | 2·16 |
    | tbd5 (4→4) | 2·(144+8+1) | 2·144·4 | 2 | 2·16 |
    | ds3 | | | | 4 |
    | fc (4→2) | 8+1 | 8 | 2 | not counted |
    """
    counts = describe("autosnn:SCB_k3", channels=1, timesteps=2, classes=2, votes=1, image=(1, 8, 8))
    assert counts.parameters == 12 + 24 + 64 + 82 + 234 + 306 + 9 == 731
    assert counts.macs == 576 + 2 * (1152 + 864 + 1152 + 864 + 1152 + 8) == 10_960
    assert counts.spiking_positions == 64 + 128 + 16 + 64 + 64 + 8 + 32 + 32 + 4 == 412


def test_macs_of_the_stem_count_once_for_images_and_every_time_for_events() -> None:
    image, events = describe("autosnn", timesteps=4), describe("autosnn", timesteps=4, events=True)
    # 16 filters of 3·3·3 at 32·32 places, three more times.
    assert events.macs - image.macs == 3 * 16 * 27 * 1024


def test_shortcuts_cost_and_identities_do_not() -> None:
    # SRB adds 1×1 shortcuts at tbd2 (16→32, 16×16) and tbd4 (32→64, 8×8) to what SCB costs.
    more = describe("autosnn:SRB_k3").macs - describe("autosnn:SCB_k3").macs
    assert more == 8 * (16 * 32 * 256 + 32 * 64 * 64)
    # A skip in tbd3 is the identity: nothing at all.
    assert not [layer for layer in describe("autosnn").layers if layer.name.startswith("tbd3")]


def test_as_dict_has_the_keys_of_the_command() -> None:
    description = describe("autosnn")
    values = json.loads(json.dumps(description.as_dict()))
    assert list(values) == ["architecture", "parameters", "macs", "spiking_positions", "layers"]
    assert values["architecture"] == "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
    assert values["layers"][0]["name"] == "stem.conv"
    assert values["layers"][-1] == description.layers[-1].as_dict()
    assert values["parameters"] == sum(layer["parameters"] for layer in values["layers"])


def test_text_architecture_and_plan_give_the_same() -> None:
    architecture = parse("autosnn-0.24")
    assert describe("autosnn-0.24", channels=8) == describe(architecture, channels=8)
    assert describe(architecture, channels=8) == describe_plan(architecture.plan(Dimensions(channels=8)))


def test_own_blocks_are_counted(single: Callable[[int], Block]) -> None:
    blocks = {"Mine": single(3)}
    own = describe("autosnn: Mine SCB3 SCB3 SCB3 SCB3", blocks=blocks)
    # One of the two convolutions of 16·16·9 + 32 and its neurons are gone.
    assert describe("autosnn:SCB3").parameters - own.parameters == 16 * 16 * 9 + 32 + 1
    assert own.architecture == "autosnn: Single_k3 SCB_k3 SCB_k3 SCB_k3 SCB_k3"
    assert [layer.name for layer in own.layers[2:4]] == ["tbd1.conv", "tbd1.neuron"]


def test_errors_of_keywords_reach_the_user() -> None:
    with pytest.raises(UserError, match=r"unknown keyword 'chanels' \(did you mean 'channels'\?\)"):
        describe("autosnn", chanels=16)
    with pytest.raises(UserError, match="timesteps=0"):
        describe("autosnn", timesteps=0)
    with pytest.raises(UserError, match="image 3x4x4 is too small for autosnn"):
        describe("autosnn", image=(3, 4, 4))
