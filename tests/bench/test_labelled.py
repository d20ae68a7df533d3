"""Prediction from some trained networks: what the model may see, and that more of it helps."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spikesearch.bench.contenders import Contender
from spikesearch.bench.labelled import DRAWS, Prediction, check_labelled, predictions
from spikesearch.errors import UserError
from spikesearch.strategies.table import Table
from spikesearch.strategies.table_file import read_table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """81 networks; the first slot tells a little of their accuracy, `hint` all of it."""
    rng = np.random.default_rng(3)
    lines = ["architecture,val_acc,test_acc,hint"]
    for code in np.ndindex(3, 3, 3, 3):
        accuracy = 0.5 + 0.03 * code[0] + 0.1 * rng.random()
        validation = accuracy + 0.005 * rng.normal()
        lines.append(f"own: {' '.join(map(str, code))},{validation:.4f},{accuracy:.4f},{accuracy:.4f}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_table(path)


def found(table: Table, rows: np.ndarray | None = None) -> dict[str, Prediction]:
    hint = Contender(name="hint", kind="score", values=np.exp(20 * table.numbers("hint")))
    rows = np.arange(len(table)) if rows is None else rows
    known = {"code": [], "code and hint": [hint]}
    return {one.inputs: one for one in predictions(table, rows, "all", [20], known, seed=4)}


def test_a_score_that_knows_the_accuracy_helps(table: Table) -> None:
    models = found(table)
    assert all(len(one.kendall) == DRAWS and one.labelled == 20 for one in models.values())
    assert 0 < models["code"].quartiles[1] < 0.6
    assert models["code and hint"].quartiles[1] > 0.8
    low, middle, high = models["code"].quartiles
    assert low <= middle <= high
    assert models["code"].as_dict()["median"] == middle
    assert found(table)["code"] == models["code"]


def test_test_accuracy_judges_and_validation_accuracy_teaches(table: Table) -> None:
    before = found(table)["code and hint"].kendall
    reversed_test = dataclasses.replace(table, test=1 - table.test)
    assert found(reversed_test)["code and hint"].kendall == pytest.approx([-value for value in before])
    silent = dataclasses.replace(table, validation=np.full(len(table), 0.5))
    assert found(silent)["code and hint"].kendall == (0.0,) * DRAWS


def test_what_orders_alike_is_seen_once(table: Table) -> None:
    hint = table.numbers("hint")
    ways = [
        Contender(name=str(place), kind="score", values=values) for place, values in enumerate((hint, 5 * hint - 1))
    ]
    flat = Contender(name="flat", kind="score", values=np.ones(len(table)))
    known = {"one": ways[:1], "all": [*ways, flat]}
    one, every = predictions(table, np.arange(len(table)), "all", [20], known, seed=4)
    assert one.kendall == every.kendall


def test_only_networks_of_the_set_take_part(table: Table) -> None:
    broken = dataclasses.replace(table, test=np.where(np.arange(81) < 40, np.nan, table.test))
    assert found(broken, np.arange(40, 81))["code and hint"].quartiles[1] > 0.8


def test_too_few_and_too_many_labels_are_refused() -> None:
    check_labelled([5, 71], 81)
    for number in (4, 72):
        with pytest.raises(UserError, match=f"labelled = {number} of 81 networks: give a number from 5 to 71"):
            check_labelled([number], 81)
