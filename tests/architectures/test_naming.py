from collections.abc import Callable
from dataclasses import dataclass

import pytest

from spikesearch.architectures.blocks import SCB, SIB, SIBD, SRB, Block, Skip
from spikesearch.architectures.naming import check_block, find_block, own_names, parse_block
from spikesearch.errors import UserError


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("skip", Skip()),
        (" SKIP ", Skip()),
        ("SRB_k5", SRB(5)),
        ("SRB5", SRB(5)),
        ("srbk5", SRB(5)),
        ("Srb_5", SRB(5)),
        ("SCB_k1", SCB(1)),
        ("scb11", SCB(11)),
        ("SIB_k3_e1", SIB(3, 1)),
        ("sib3e1", SIB(3, 1)),
        ("SIBD_k5_e3", SIBD(5, 3)),
        ("sibd5_e3", SIBD(5, 3)),
    ],
)
def test_built_in_blocks(text: str, block: Block) -> None:
    assert parse_block(text) == find_block(text) == block
    assert parse_block(str(block)) == block


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("SBR_k5", "SRB_k5"), ("skp", "skip"), ("SRB", "SRB_k7"), ("SCB_k", "SCB_k7"), ("sid_k3_e1", "SIBD_k3_e1")],
)
def test_a_mistyped_block_is_answered_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(
        UserError, match=rf"unknown block '{text}' \(did you mean '{nearest}'\?\); blocks: skip, SCB_kK"
    ):
        parse_block(text)
    assert find_block(text) is None


@pytest.mark.parametrize("text", ["", "conv", "SRB_k٣", "SIB_k3", "SRB_k5_e2", "0302", "SRB_k-3"])
def test_what_is_no_block(text: str) -> None:
    with pytest.raises(UserError, match="unknown block"):
        parse_block(text)


@pytest.mark.parametrize("text", ["SRB4", "scb_k0", "SIB_k2_e1", "SRB_k1001", "SRB123456789"])
def test_kernels_that_cannot_be(text: str) -> None:
    with pytest.raises(UserError, match="give an odd whole number from 1 to 999"):
        parse_block(text)


def test_an_own_block_answers_to_both_names(single: Callable[[int], Block]) -> None:
    blocks = {"Mine": single(3)}
    assert parse_block("mine", blocks) == parse_block("SINGLE_K3", blocks) == single(3)
    assert parse_block("SRB5", blocks) == SRB(5)
    with pytest.raises(UserError, match=r"unknown block 'Mien' \(did you mean 'Mine'\?\).*your own Mine"):
        parse_block("Mien", blocks)


def test_built_in_blocks_may_stand_in_the_table() -> None:
    assert set(own_names({"SRB_k5": SRB(5), "residual": SRB(3)})) == {"srb_k5", "residual", "srb_k3"}


def test_one_name_for_two_blocks(single: Callable[[int], Block]) -> None:
    with pytest.raises(UserError, match=r"blocks\['SCB3'\]: the name 'SCB3' already means SCB\(kernel=3\)"):
        own_names({"SCB3": single(3)})
    with pytest.raises(UserError, match=r"blocks\['MINE'\]: the name 'MINE' already means Single\(kernel=3\)"):
        own_names({"Mine": single(3), "MINE": single(5)})


@pytest.mark.parametrize("name", ["", "a b", "a-b", "a:b", "a,b", "3x", "a.b", "größe", 3])
def test_names_that_a_text_could_not_hold(name: str, single: Callable[[int], Block]) -> None:
    with pytest.raises(UserError, match=f"the name {name!r} must be letters, digits and underscores"):
        own_names({name: single(3)})


def test_things_that_are_no_blocks(single: Callable[[int], Block]) -> None:
    with pytest.raises(UserError, match=r"blocks\['X'\] is .*Single.*, not a block; give an instance"):
        own_names({"X": single})  # type: ignore[dict-item]


def test_own_blocks_must_be_hashable() -> None:
    @dataclass
    class Mutable(Block):
        kernel: int = 3

    with pytest.raises(UserError, match="make Mutable a frozen dataclass"):
        check_block(Mutable())


def test_own_text_must_be_one_word() -> None:
    class Spaced(Block):
        def __str__(self) -> str:
            return "two words"

    with pytest.raises(UserError, match="block Spaced: the name 'two words' must be letters"):
        check_block(Spaced())
