"""One search on a small table, and what is told of it, by hand."""

from pathlib import Path

import numpy as np
import pytest

from spikesearch.bench.contest import Course, chosen_test, front_area, front_rows, reference_point, run_course
from spikesearch.bench.contestants import make_contestants
from spikesearch.bench.summary import ACCURACY, HYPERVOLUME, SMOOTHED, VALIDATION, curves_of, table_area
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Strategy
from spikesearch.strategies.table import Table
from spikesearch.strategies.table_file import read_table
from spikesearch.strategies.tabular import TableSpace

# Validation, test, spikes. Network 2 looks best and is not; 3 is beaten by 1 in both; 4 is silent.
ROWS = [(0.50, 0.52, 10), (0.70, 0.66, 20), (0.80, 0.64, 40), (0.60, 0.90, 30), (0.10, 0.10, 0)]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    path = tmp_path / "table.csv"
    lines = [f"own: {row},{v},{t},{s}" for row, (v, t, s) in enumerate(ROWS)]
    path.write_text("\n".join(["architecture,val_acc,test_acc,spikes", *lines]), encoding="utf-8")
    return read_table(path)


@pytest.fixture
def big(tmp_path: Path) -> Table:
    """81 networks whose accuracy is a sum over the slots."""
    path = tmp_path / "big.csv"
    codes = [(a, b, c, d) for a in range(3) for b in range(3) for c in range(3) for d in range(3)]
    lines = [
        f"own: {a} {b} {c} {d},{0.5 + 0.05 * (a + b) - 0.01 * c},{0.5 + 0.05 * (a + b)},{10 + a + d}"
        for a, b, c, d in codes
    ]
    path.write_text("\n".join(["architecture,val_acc,test_acc,spikes", *lines]), encoding="utf-8")
    return read_table(path)


def course(*rows: int) -> Course:
    return Course(strategy="mine", seed=0, evaluated=rows, smoothed={len(rows): rows[0]})


def test_validation_chooses_and_test_is_told(table: Table) -> None:
    assert chosen_test(table, course(4, 0, 3, 2, 1)).tolist() == [0.10, 0.52, 0.90, 0.64, 0.64]


def test_the_front_is_chosen_by_validation_and_measured_in_test_accuracy(table: Table) -> None:
    assert front_rows(table, range(5)) == [4, 0, 1, 2]
    # Corner (0.4, 35). After network 3 alone: 0.5·5 = 2.5. With 1, which beats it: 0.26·15 = 3.9. With 0 also: 0.12·25
    # + 0.14·15 = 5.1. Network 2 has more spikes than the corner and less test accuracy than 1.
    areas = front_area(table, course(3, 1, 0, 2), (0.4, 35.0))
    assert areas == pytest.approx([2.5, 3.9, 5.1, 5.1])
    assert table_area(table, (0.4, 35.0)) == pytest.approx(5.1)


def test_the_corner_is_what_nine_of_ten_exceed(table: Table) -> None:
    accuracy, spikes = reference_point(table)
    assert (accuracy, spikes) == (pytest.approx(0.26), pytest.approx(36))  # between the two worst, at 0.4 and 0.6


def test_curves_are_quartiles_over_the_seeds(table: Table) -> None:
    courses = [course(*rows) for rows in ([0, 1], [1, 0], [2, 1], [3, 1], [4, 1])]
    curves = {curve.quantity: curve for curve in curves_of(table, {"mine": courses}, (0.4, 35.0))}
    assert list(curves) == [VALIDATION, ACCURACY, SMOOTHED, HYPERVOLUME]
    assert curves[VALIDATION].values.tolist() == [[0.5, 0.7], [0.7, 0.7], [0.8, 0.8], [0.6, 0.7], [0.1, 0.7]]
    assert curves[ACCURACY].evaluations == (1, 2)
    # After one: 0.52 0.66 0.64 0.90 0.10; after two, by validation: 0.66 0.66 0.64 0.66 0.66.
    assert curves[ACCURACY].quartiles == pytest.approx(np.array([[0.52, 0.66], [0.64, 0.66], [0.66, 0.66]]))
    assert curves[SMOOTHED].evaluations == (2,)
    assert curves[SMOOTHED].quartiles[:, 0] == pytest.approx([0.52, 0.64, 0.66])
    assert curves[HYPERVOLUME].values[0, 1] == pytest.approx(1.0)  # networks 0 and 1 have the whole table's area
    assert len(curves_of(table, {"mine": courses}, None)) == 3


@pytest.mark.parametrize("name", list(make_contestants()))
@pytest.mark.parametrize("budget", [1, 7, 30])
def test_every_contestant_spends_its_budget_exactly(big: Table, name: str, budget: int) -> None:
    space = TableSpace(big)
    found = run_course(name, make_contestants()[name](budget), space, seed=1, budget=budget, lam=0.0)
    assert len(set(found.evaluated)) == len(found.evaluated) == budget
    assert max(found.smoothed) == budget
    assert set(found.smoothed.values()) <= set(found.evaluated)
    assert Course.from_dict(found.as_dict()) == found


class Spy(RandomSearch):
    """Keeps what it was told."""

    def propose(self, space: object, history: object, generation: int, seed: int) -> list:  # type: ignore[override]
        self.told = history
        return super().propose(space, history, generation, seed)  # type: ignore[arg-type]


def test_strategies_are_told_validation_accuracy_and_spikes_alone(big: Table) -> None:
    space = TableSpace(big)
    spy = Spy(rounds=3, population=4)
    found = run_course("spy", spy, space, seed=2, budget=12, lam=0.0)
    told: list[Scored] = spy.told
    assert [one.fitness for one in told] == [big.validation[row] for row in found.evaluated[:8]]
    assert big.spikes is not None
    spy = Spy(rounds=3, population=4)
    found = run_course("spy", spy, space, seed=2, budget=12, lam=-0.5)
    expected = [big.validation[row] * (big.spikes[row] / big.spikes.mean()) ** -0.5 for row in found.evaluated[:8]]
    assert [one.fitness for one in spy.told] == pytest.approx(expected)


def test_test_accuracies_change_nothing_of_a_search(big: Table) -> None:
    import dataclasses

    other = dataclasses.replace(big, test=1 - big.test)
    for name, make in make_contestants().items():
        strategy: Strategy = make(20)
        first, second = (
            run_course(name, strategy, TableSpace(one), seed=3, budget=20, lam=0.0) for one in (big, other)
        )
        assert first == second
