"""Table 3 from given accuracies."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import SNASNET, DataSet
from spikesearch.reproduction.snasnet.transfer import TABLE3, table3

ON_CIFAR10 = {"0303": (50.0, 52.0), "0103": (49.0, 50.5)}
ON_DIGITS = {"0303": (91.0, 92.0), "0103": (90.0, 91.0)}
DIGITS = DataSet(name="digits", settings={"data": {"name": "digits", "size": 32}})


def test_cells_of_one_data_set_on_the_other(lab: Callable[..., Any], given: Any) -> None:
    for seed in (0, 1):
        given.scores["sahd", "forward", seed, "digits"] = {"0103 0003 0000 0000": 1.0}

    def accuracy(seed: int, cell: str, settings: Any) -> float:
        by_cell = ON_DIGITS if settings.get("data", {}).get("name") == "digits" else ON_CIFAR10
        return by_cell[cell[:4]][seed] if cell[:4] in by_cell else 30.0

    given.accuracy = accuracy
    found = table3(lab(given, transfer=(DataSet(name="cifar10"), DIGITS)))
    assert [list(row.values())[:5] for row in found.tables[0].rows] == [
        ["SNASNet-Fw", "cifar10", "digits", "91.50 ± 0.71", "+1.00 ± 0.00"],
        ["SNASNet-Fw", "digits", "cifar10", "49.75 ± 1.06", "−1.25 ± 0.35"],
        ["SNASNet-Bw", "cifar10", "digits", "30.00 ± 0.00", "+0.00 ± 0.00"],
        ["SNASNet-Bw", "digits", "cifar10", "30.00 ± 0.00", "+0.00 ± 0.00"],
    ]
    # less than one point is lost: 1 + Δ; cells with feedback are the same ones on both
    expected = ((2.0, 0.0), (-0.25, 0.25), (None, None), (None, None))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    assert found.claims[2].verdict == "cannot be told: every seed found the same cell on both"
    # all cells of a data set and seed side by side, one that both found once
    assert [(seed, len(cells)) for seed, cells in given.trained] == [(0, 3), (1, 3), (0, 3), (1, 3)]


def test_the_papers_numbers_stand_beside_the_same_data_sets(lab: Callable[..., Any], given: Any) -> None:
    found = table3(lab(given, transfer=SNASNET["paper"].transfer))
    assert len(found.tables[0].rows) == len(TABLE3) == 12
    row = next(
        row for row in found.tables[0].rows if (row["searched on"], row["trained on"]) == ("cifar100", "cifar10")
    )
    assert (row["paper's accuracy"], row["paper's Δ"]) == ("92.02", "−0.14")
