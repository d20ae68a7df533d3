import numpy as np
import pytest

from spikesearch.architectures.spaces.spikenas_bench import BenchSpace
from spikesearch.architectures.spikenas_bench import BenchArchitecture
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

SPACE = BenchSpace()


def test_every_entry_once() -> None:
    entries = list(SPACE)
    assert len(entries) == len(set(entries)) == SPACE.size == 5**6 == 15_625
    assert [entry.entry for entry in entries] == list(range(15_625))


def test_entries_without_a_way_to_the_output() -> None:
    """The table's authors have 341 networks that learned nothing."""

    def reaches(entry: BenchArchitecture) -> bool:
        found = {0}
        for edge in sorted(entry.edges, key=lambda edge: edge.source):
            if edge.source in found:
                found.add(edge.target)
        return 3 in found

    assert sum(not reaches(entry) for entry in SPACE) == 341


def test_codes_are_the_digits_of_the_id() -> None:
    entry = parse("spikenas-bench:12617")
    assert SPACE.encode(entry) == (2, 3, 4, 0, 0, 4)
    assert SPACE.decode((2, 3, 4, 0, 0, 4)) == entry
    assert entry in SPACE
    assert "spikenas-bench:12617" not in SPACE
    drawn = [SPACE.sample(np.random.default_rng(seed)) for seed in range(50)]
    assert len(set(drawn)) > 45
    assert all(SPACE.decode(SPACE.encode(one)) == one for one in drawn)


def test_twins_are_entries_of_their_own() -> None:
    assert SPACE.matrices == SPACE.size
    # 5⁵ entries without 1→2; exchanging 1 and 2 leaves those as they are that have 0→1 = 0→2 and 1→3 = 2→3, of 5³.
    assert SPACE.size_up_to_exchange == 15_625 - (5**5 - 5**3) // 2
    found = [entry.canonical_cell() for entry in SPACE]
    cut = {*found}
    assert all(entry.canonical_cell() == entry for entry in cut)
    assert sum(entry.digits[2] > 0 for entry in cut) == 7_556  # with 0→3 as many as SNASNet's forward cells
    assert sum(entry.entry == 0 for entry in found) == 341  # those without a way to the output


def test_draws_by_name_are_the_same_here() -> None:
    drawn = [SPACE.sample(np.random.default_rng(3), sampling) for sampling in (None, "uniform", "authors")]  # type: ignore[arg-type]
    assert drawn[0] == drawn[1] == drawn[2]


def test_what_is_no_member_or_code_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"'autosnn: .*' is not in the space spikenas-bench: its architectures are spikenas"
    ):
        SPACE.encode(parse("autosnn"))
    with pytest.raises(UserError, match="is no code of spikenas-bench: give 6 whole numbers from 0 to 4"):
        SPACE.decode((5, 0, 0, 0, 0, 0))
