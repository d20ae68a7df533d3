import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.architectures.cell_edges import PAIRS
from spikesearch.architectures.cells import CellArchitecture
from spikesearch.architectures.spaces.cells import CELL_SPACES, CellSpace
from spikesearch.architectures.spaces.four_nodes import SAMPLINGS
from spikesearch.architectures.spaces.spikenas_bench import BenchSpace
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

FORWARD, FEEDBACK = CELL_SPACES["snasnet-forward"], CELL_SPACES["snasnet-feedback"]
spaces = pytest.mark.parametrize("space", [FORWARD, FEEDBACK], ids=lambda space: space.name)


def alive(links: set[tuple[int, int]]) -> bool:
    """Whether every inner node that is connected at all lies between input and output, by walking the graph."""

    def walk(start: int, forward: bool) -> set[int]:
        found, waiting = set(), [start]
        while waiting:
            here = waiting.pop()
            for a, b in links:
                a, b = (a, b) if forward else (b, a)
                if a == here and b not in found:
                    found.add(b)
                    waiting.append(b)
        return found

    after, before = walk(0, True), walk(3, False)
    return all(node in after and node in before for link in links for node in link if node in (1, 2))


def brute_force(kinds: int) -> int:
    """Members of a space whose pairs are connected in one of `kinds` directions: graphs · operations on their links."""
    total = 0
    for directions in itertools.product(range(kinds + 1), repeat=5):
        others = [pair for pair in PAIRS if pair != (0, 3)]
        links = {(0, 3)} | {
            pair if way == 1 else pair[::-1] for pair, way in zip(others, directions, strict=True) if way
        }
        total += 4 ** len(links) * alive(links)
    return total


def test_sizes() -> None:
    assert (FORWARD.matrices, FEEDBACK.matrices) == (4 * 5**5, 4 * 9**5) == (12_500, 236_196)
    assert FORWARD.size == brute_force(1) == 7_556
    assert FEEDBACK.size == brute_force(2) == 104_708
    # By hand, forward: no inner node 1, one of them 2·4², both apart 4⁴, both connected 4·(4·4·5·5); the direct one 4.
    assert FORWARD.size == 4 * (1 + 2 * 16 + 4**4 + 4 * 400)


def test_sizes_up_to_exchange_of_the_inner_nodes() -> None:
    def exchanged(cell: CellArchitecture) -> CellArchitecture:
        order = [0, 2, 1, 3]
        return CellArchitecture(tuple(tuple(cell.matrix[i][j] for j in order) for i in order))

    classes = {frozenset({cell, exchanged(cell)} if cell.matrix[1][2] == 0 else {cell}) for cell in FORWARD}
    assert len(classes) == FORWARD.size_up_to_exchange == 7_012
    assert FEEDBACK.size_up_to_exchange == 102_596


def test_every_forward_cell_once() -> None:
    cells = list(FORWARD)
    assert len(set(cells)) == len(cells) == FORWARD.size
    assert all(cell in FORWARD and cell in FEEDBACK and cell.canonical_cell() == cell for cell in cells[::37])
    assert [FORWARD.encode(cell) for cell in cells] == sorted(FORWARD.encode(cell) for cell in cells)


def test_feedback_cells_come_in_the_order_of_the_codes() -> None:
    codes = [FEEDBACK.encode(cell) for cell in itertools.islice(FEEDBACK, 200)]
    assert len(set(codes)) == 200
    assert codes == sorted(codes)
    assert codes[0] == (0, 0, 0, 0, 0, 0)  # skip from input to output, nothing else


@spaces
def test_members_are_exactly_what_membership_says(space: CellSpace) -> None:
    rng = np.random.default_rng(0)
    listed = set(space) if space is FORWARD else None
    for _ in range(300):
        cell = space.decode([int(rng.integers(n)) for n in space.choices])
        assert (cell in space) == (cell.canonical_cell() == cell)
        if listed is not None:
            assert (cell in space) == (cell in listed)
        if cell in space:
            assert space.decode(space.encode(cell)) == cell
        else:
            with pytest.raises(
                UserError, match=r"has connections of dead nodes; without them it is 'snasnet: .*', which is"
            ):
                space.encode(cell)
            assert cell.canonical_cell() in space


@spaces
@pytest.mark.parametrize("sampling", SAMPLINGS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_drawn_cells_are_members(space: CellSpace, sampling: str, seed: int) -> None:
    cell = space.sample(np.random.default_rng(seed), sampling)  # type: ignore[arg-type]
    assert cell in space
    assert parse(str(cell)) == cell
    assert space.sample(np.random.default_rng(seed), sampling) == cell  # type: ignore[arg-type]


def test_uniform_draws_are_uniform_and_the_authors_are_not() -> None:
    # Of forward cells 4 of 7,556 have no inner node; as the authors draw, all whose inner nodes both are cut.
    def bare(sampling: str, draws: int) -> int:
        rng = np.random.default_rng(1)
        kept = (FORWARD.sample(rng, sampling) for _ in range(draws))  # type: ignore[arg-type]
        return sum(sum(digit > 0 for row in cell.matrix for digit in row) == 1 for cell in kept)

    # By hand: the other five connections as drawn, dead for both nodes.
    dead = sum(
        0.2 ** directions.count(0) * 0.8 ** directions.count(1)
        for directions in itertools.product(range(2), repeat=5)
        if cut_away(directions)
    )
    assert bare("uniform", 3000) <= 12
    assert bare("authors", 3000) == pytest.approx(3000 * dead, rel=0.25)


def cut_away(directions: tuple[int, ...]) -> bool:
    """Whether a forward cell with those of the connections 0→1, 0→2, 1→2, 1→3, 2→3 has no living inner node."""
    e01, e02, e12, e13, e23 = directions
    first = e01 and (e13 or (e12 and e23))
    second = (e02 or (e01 and e12)) and e23
    return not (first or second)


def test_the_authors_draw_of_each_connection() -> None:
    rng = np.random.default_rng(2)
    drawn = [FEEDBACK.sample(rng, "authors") for _ in range(2000)]
    direct = Counter(cell.matrix[0][3] for cell in drawn)
    assert set(direct) == {1, 2, 3, 4}
    assert all(abs(count - 500) < 100 for count in direct.values())
    assert not any(cell.matrix[3][0] for cell in drawn)
    # How often feedback is left: each of the other pairs is empty in 1 of 5, forward in 2 and backward in 2.
    expected = 0.0
    for ways in itertools.product((0, 1, -1), repeat=5):
        matrix = [[0, 0, 0, 1], [0] * 4, [0] * 4, [0] * 4]
        for (i, j), way in zip([pair for pair in PAIRS if pair != (0, 3)], ways, strict=True):
            matrix[i if way > 0 else j][j if way > 0 else i] = abs(way)
        left = CellArchitecture(matrix).canonical_cell()  # type: ignore[arg-type]
        expected += 0.2 ** ways.count(0) * 0.4 ** (5 - ways.count(0)) * left.has_feedback
    assert np.mean([cell.has_feedback for cell in drawn]) == pytest.approx(expected, abs=0.045)


def test_membership_and_its_reasons() -> None:
    cases = [
        (FORWARD, "0302 0030 3003 0000", "it has feedback, so it belongs to snasnet-feedback"),
        (FEEDBACK, "0300 0030 0003 0000", r"input and output must be connected directly, \[0\]\[3\] is 0"),
        (FEEDBACK, "0302 0000 0000 0000", "dead nodes; without them it is 'snasnet: 0002 0000 0000 0000', which is"),
        (FEEDBACK, "autosnn", "its architectures begin snasnet:"),
    ]
    for space, text, reason in cases:
        assert parse(text) not in space
        with pytest.raises(UserError, match=f"is not in the space {space.name}: .*{reason}"):
            space.encode(parse(text))
    assert parse("0302 0030 3003 0000") in FEEDBACK
    assert "0302 0030 3003 0000" not in FEEDBACK


def test_codes_by_hand() -> None:
    # Pairs 01 02 03 12 13 23; feedback is 4 + operation; the direct connection counts from 0.
    assert FEEDBACK.encode(parse("0302 0030 3003 0000")) == (3, 7, 1, 3, 0, 3)
    assert FEEDBACK.choices == (9, 9, 4, 9, 9, 9)
    assert FORWARD.choices == (5, 5, 4, 5, 5, 5)
    assert FORWARD.slot_names == ("pair01", "pair02", "pair03", "pair12", "pair13", "pair23")
    for code in ((0,) * 5, (0, 0, 4, 0, 0, 0), (-1, 0, 0, 0, 0, 0)):
        with pytest.raises(
            UserError, match="is no code of snasnet-forward: give 6 whole numbers, each below 5, 5, 4, 5"
        ):
            FORWARD.decode(code)


def test_an_unknown_sampling_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"unknown sampling 'unifrom' \(did you mean 'uniform'\?\); give one of uniform, a"
    ):
        CellSpace("mine", feedback=True, sampling="unifrom")  # type: ignore[arg-type]
    for space in (FORWARD, BenchSpace()):
        with pytest.raises(UserError, match="unknown sampling 'foo'; give one of uniform, authors"):
            space.sample(np.random.default_rng(0), "foo")  # type: ignore[arg-type]
