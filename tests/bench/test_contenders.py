"""What scores are compared with, and which networks count as trained."""

from pathlib import Path

import numpy as np
import pytest

from spikesearch.architectures.describe import describe
from spikesearch.bench.contenders import ARITHMETIC, arithmetic, columns, known_columns, parsed, sets
from spikesearch.errors import UserError
from spikesearch.strategies.table import Table
from spikesearch.strategies.table_file import read_table

# 50 = 200 to base 5, edge 0→3 alone; 2 has the edge 0→1 alone: no way; 12617 and 15624 have many.
ROWS = [(50, 60, 61), (2, 10, 10), (12617, 87, 86), (15624, 88, 87)]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    path = tmp_path / "table.csv"
    lines = [f"{entry},{validation},{test},{test - 20}" for entry, validation, test in ROWS]
    path.write_text("\n".join(["id,val_acc_final,test_acc,val_acc_epoch10", *lines]), encoding="utf-8")
    return read_table(path)


def test_arithmetic_is_that_of_describe_at_the_trained_size(table: Table) -> None:
    found = {one.name: one for one in arithmetic(parsed(table), ARITHMETIC)}
    described = [describe(text) for text in table.texts]
    assert found["parameters"].values.tolist() == [one.parameters for one in described]
    # SpikeNAS-Bench publishes 17,179,620 parameters and 738,048 for each convolution, of which there are two cells.
    assert found["parameters"].values[:2].tolist() == [17_179_620 + 738_048] * 2
    assert found["macs"].values.tolist() == [one.macs for one in described]
    # Two cells with one neuron each, one in the reduction, one at the end, one behind the first FC.
    assert found["depth"].values[:2].tolist() == [5, 5]
    assert all(one.kind == "baseline" and one.seconds for one in found.values())


def test_columns_that_are_known_and_the_ceiling(table: Table) -> None:
    assert known_columns(table) == ("cell_convolutions", "cell_depth", "val_acc_epoch10")
    found = columns(table, known_columns(table))
    assert [(one.name, one.kind) for one in found] == [
        ("cell_convolutions", "baseline"), ("cell_depth", "baseline"),
        ("val_acc_epoch10", "column"), ("val_acc_final", "ceiling"),
    ]  # fmt: skip
    assert found[1].values.tolist() == [1, 0, 2, 3]
    assert [one.name for one in columns(table, ["val_acc_final"])] == ["val_acc_final"]
    with pytest.raises(UserError, match="baseline 'test_acc': it is the test accuracy, which is what scores predict"):
        columns(table, ["test_acc"])
    with pytest.raises(UserError, match=r"has no column 'val_acc_epoch1' \(did you mean 'val_acc_epoch10'\?\)"):
        columns(table, ["val_acc_epoch1"])


def test_networks_without_a_way_did_not_train(table: Table) -> None:
    found = sets(table, parsed(table), None)
    assert {name: rows.tolist() for name, rows in found.items()} == {"all": [0, 1, 2, 3], "trained": [0, 2, 3]}
    connected = table.part([0, 2, 3])
    assert list(sets(connected, parsed(connected), None)) == ["all"]
    assert sets(connected, parsed(connected), 0.1)["all"].tolist() == [0, 1, 2]


def test_equal_accuracies_have_no_order(table: Table) -> None:
    equal = table.part([2, 2, 2])
    with pytest.raises(UserError, match=r"column 'test_acc': all 3 networks have the test accuracy \d+%; equals have"):
        sets(equal, parsed(equal), None)


def test_a_limit_of_accuracy_leaves_out_more(table: Table, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2 of 4 networks count as trained: at least 3 are needed"):
        sets(table, parsed(table), 0.6)
    path = tmp_path / "slots.csv"
    given = {"SCB_k3": 0.1, "SCB_k5": 0.5, "SRB_k3": 0.6, "skip": 0.7}
    lines = [f"autosnn:{block},{accuracy},{accuracy}" for block, accuracy in given.items()]
    path.write_text("\n".join(["architecture,val_acc,test_acc", *lines]), encoding="utf-8")
    slots = read_table(path)
    assert {name: rows.tolist() for name, rows in sets(slots, parsed(slots), 0.1).items()} == {
        "all": [0, 1, 2, 3],
        "trained": [1, 2, 3],
    }
    assert known_columns(slots) == ()


def test_networks_that_cannot_be_built_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("architecture,val_acc,test_acc\nmine: a b,1,2\nmine: b a,1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"own.csv, line 2: scores need architectures .* unknown space 'mine'"):
        parsed(read_table(path))


def test_values_stand_in_the_order_of_the_table(table: Table) -> None:
    whole = arithmetic(parsed(table), ["parameters"])[0].values
    part = table.part([3, 0])
    assert np.array_equal(arithmetic(parsed(part), ["parameters"])[0].values, whole[[3, 0]])
