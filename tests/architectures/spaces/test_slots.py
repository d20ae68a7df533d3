from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.architectures.blocks import SCB, SRB, Block, Skip
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import AUTOSNN_BLOCKS, SPACES
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

TWO = SlotSpace("two", "autosnn", {"skip": Skip(), "SCB_k3": SCB(3)})


@given(name=st.sampled_from(list(SPACES)), data=st.data())
def test_codes_and_architectures_are_one_to_one(name: str, data: st.DataObject) -> None:
    space = SPACES[name]
    code = tuple(data.draw(st.integers(0, choices - 1)) for choices in space.choices)
    architecture = space.decode(code)
    assert space.encode(architecture) == code
    assert architecture in space
    assert parse(str(architecture), space.blocks) == architecture


def test_a_small_space_lists_itself_in_the_order_of_its_codes() -> None:
    listed = list(TWO)
    assert len(listed) == len(set(listed)) == TWO.size == 32
    assert [str(a) for a in listed[:3]] == [
        "autosnn: skip skip skip skip skip",
        "autosnn: skip skip skip skip SCB_k3",
        "autosnn: skip skip skip SCB_k3 skip",
    ]
    assert [TWO.encode(a) for a in listed] == sorted(TWO.encode(a) for a in listed)


def test_membership() -> None:
    assert parse("autosnn:SCB3") in TWO
    assert parse("autosnn:SRB3") not in TWO
    assert parse("autosnn-snn2:SCB3") not in TWO
    assert "autosnn: skip skip skip skip skip" not in TWO


def test_samples_are_uniform_and_depend_on_the_generator_only() -> None:
    space = SPACES["autosnn"]
    first, second = (
        [space.sample(np.random.default_rng(7)) for _ in range(3)],
        [space.sample(np.random.default_rng(7)) for _ in range(3)],
    )
    assert first == second
    rng = np.random.default_rng(0)
    drawn = [space.sample(rng) for _ in range(2000)]
    for slot in range(5):
        counts = Counter(a.slots[slot] for a in drawn)
        # Binomial(2000, 1/5): mean 400, standard deviation 18; six of them either way.
        assert set(counts) == set(space.candidates)
        assert all(290 < count < 510 for count in counts.values())


def test_own_candidates(single: Callable[[int], Block]) -> None:
    space = SlotSpace("mine", "autosnn-snn3", {**AUTOSNN_BLOCKS, "Mine": single(3)})
    assert space.size == 6**8
    assert space.candidates[5] == single(3)
    architecture = space.decode((5,) * 8)
    assert str(architecture) == "autosnn-snn3:" + " Single_k3" * 8
    assert parse("autosnn-snn3:mine", space.blocks) == architecture
    assert architecture not in SPACES["autosnn-snn3"]


def test_the_supernet_has_every_candidate_in_every_slot() -> None:
    plan = TWO.super_plan(Dimensions(channels=4))
    assert [step.candidates for step in plan.slot_steps] == [TWO.candidates] * 5
    assert [step.channels for step in plan.slot_steps] == [4, 8, 8, 16, 16]
    with pytest.raises(UserError, match="image 3x4x4 is too small"):
        TWO.super_plan(Dimensions(image=(3, 4, 4)))


@pytest.mark.parametrize("code", [(0, 0, 0, 0), (0,) * 6, (0, 0, 0, 0, 2), (0, 0, 0, 0, -1)])
def test_codes_that_cannot_be(code: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="is no code of two: give 5 whole numbers, each from 0 to 1"):
        TWO.decode(code)


def test_encoding_strangers() -> None:
    with pytest.raises(
        UserError, match="not in the space two: SRB_k3 in tbd1 is not among its candidates, skip SCB_k3"
    ):
        TWO.encode(parse("autosnn:SRB3"))
    with pytest.raises(UserError, match="not in the space two: its architectures begin autosnn:"):
        TWO.encode(parse("autosnn-snn2:SCB3"))


def test_spaces_that_cannot_be(single: Callable[[int], Block]) -> None:
    with pytest.raises(UserError, match=r"unknown macro architecture 'autosn' \(did you mean 'autosnn'\?\)"):
        SlotSpace("x", "autosn", AUTOSNN_BLOCKS)
    with pytest.raises(UserError, match="space x has no candidate blocks"):
        SlotSpace("x", "autosnn", {})
    with pytest.raises(UserError, match="space x has the same block under two names"):
        SlotSpace("x", "autosnn", {"SRB_k3": SRB(3), "residual": SRB(3)})
    with pytest.raises(UserError, match="the name 'SCB_k3' already means"):
        SlotSpace("x", "autosnn", {"SCB_k3": single(3)})


def test_a_space_is_not_changed_by_what_it_was_made_of() -> None:
    blocks: dict[str, Block] = {"skip": Skip()}
    space = SlotSpace("x", "autosnn", blocks)
    blocks["SCB_k3"] = SCB(3)
    assert list(space.blocks) == ["skip"]
    with pytest.raises(FrozenInstanceError):
        space.name = "y"  # type: ignore[misc]
