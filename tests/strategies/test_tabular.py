"""A table as a space and as an evaluator."""

from pathlib import Path

import numpy as np
import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.errors import UserError
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.predictor import Predictor
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Strategy
from spikesearch.strategies.table import Columns
from spikesearch.strategies.table_file import read_table
from spikesearch.strategies.tabular import TableEntry, TableEvaluator, TableSpace


def space_of(folder: Path, rows: list[str], header: str = "architecture,val_acc,test_acc,spikes") -> TableSpace:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return TableSpace(read_table(path))


@pytest.fixture
def half(tmp_path: Path) -> TableSpace:
    """The 32 of 64 fillings of three slots with four blocks whose sum is even; accuracy grows with the sum."""
    codes = [(a, b, c) for a in range(4) for b in range(4) for c in range(4) if (a + b + c) % 2 == 0]
    return space_of(tmp_path, [f"own: {a} {b} {c},0.{50 + a + b + c},0.{40 + a + b + c},{7 * a}" for a, b, c in codes])


def test_members_are_the_entries_of_the_table(half: TableSpace) -> None:
    assert (half.size, half.choices, half.slot_names) == (32, (4, 4, 4), ("slot1", "slot2", "slot3"))
    entries = list(half)
    assert len(set(entries)) == 32
    assert all(entry in half and half.decode(half.encode(entry)) == entry for entry in entries)
    assert half.decode((0, 0, 1)) not in half
    assert str(half.decode((1, 2, 3))) == "own: 1 2 3"
    assert entries[0].space == "own"
    assert "own: 0 0 0" not in half


def test_samples_are_uniform(half: TableSpace) -> None:
    rng = np.random.default_rng(0)
    rows = [half.row(half.sample(rng)) for _ in range(6400)]
    # 200 of each of 32 are expected, with a standard deviation of 14.
    assert np.bincount(rows, minlength=32).min() > 130


def test_the_evaluator_answers_with_validation_accuracy(half: TableSpace) -> None:
    entries = [half.decode((3, 3, 2)), half.decode((0, 0, 0))]
    found = list(TableEvaluator(half).evaluate(entries))
    assert [one.accuracy for one in found] == [0.58, 0.5]
    assert [one.spikes_per_image for one in found] == [21, 0]
    assert all(one.layers == () and one.images == 0 for one in found)


def test_an_entry_is_no_plan(half: TableSpace) -> None:
    with pytest.raises(UserError, match="'own: 0 0 0' is an entry of a table, which tells nothing of how it is built"):
        half.decode((0, 0, 0)).plan(Dimensions())


def test_entries_of_one_code_are_all_members(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("name,op,val_acc,test_acc\nfirst,a,0.1,0.1\nsecond,a,0.2,0.2\n", encoding="utf-8")
    space = TableSpace(read_table(path, Columns(architecture="name", encoding=("op",))))
    assert [str(entry) for entry in space] == ["first", "second"]
    assert str(space.decode((0,))) == "first"
    assert all(entry in space for entry in space)
    assert [one.accuracy for one in TableEvaluator(space).evaluate(list(space))] == [0.1, 0.2]
    assert next(iter(space)).space == "table"


@pytest.mark.parametrize(
    "strategy",
    [
        RandomSearch(rounds=5, population=8),
        Evolution(rounds=5, population=8, parents=4, mutations=4, crossovers=4),
        Predictor(rounds=5, population=8, initial=8),
    ],
    ids=lambda strategy: type(strategy).__name__,
)
def test_strategies_empty_a_table_with_holes(half: TableSpace, strategy: Strategy) -> None:
    history: list[Scored] = []
    for generation in range(strategy.rounds):
        proposed = strategy.propose(half, history, generation, 3)
        assert all(isinstance(entry, TableEntry) and entry in half for entry in proposed)
        found = TableEvaluator(half).evaluate(proposed)  # type: ignore[arg-type]
        history += [Scored(entry, one.accuracy) for entry, one in zip(proposed, found, strict=True)]
    assert len({scored.architecture for scored in history}) == len(history) == 32
