"""Figure 4: orders by score and by accuracy."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.agreement import figure4, jackknife, points_of, tau

POINTS = [
    ({"sahd": 1.0, "hamming": 4.0}, 10.0),
    ({"sahd": 2.0, "hamming": 3.0}, 20.0),
    ({"sahd": 4.0, "hamming": 2.0}, 30.0),
    ({"sahd": 3.0, "hamming": 1.0}, 40.0),
]


def test_tau_counts_pairs() -> None:
    assert tau(POINTS, "sahd") == pytest.approx(4 / 6)  # one of six pairs is the other way round
    assert tau(POINTS, "hamming") == pytest.approx(-1)
    assert tau(POINTS[:2], "sahd") is None
    assert tau([(scores, 1.0) for scores, _ in POINTS], "sahd") is None


def test_the_jackknife_leaves_each_cell_out_once() -> None:
    # Without a cell of the pair that is wrong τ is 1, without another one 1/3: √(3/4 · 4 · (1/3)²).
    assert jackknife(POINTS, lambda some: tau(some, "sahd")) == pytest.approx(3**0.5 / 3)
    assert jackknife(POINTS[:3], lambda some: tau(some, "sahd")) is None  # of two cells there is no τ


def test_random_cells_alone_and_with_the_winners(lab: Callable[..., Any], given: Any) -> None:
    # Seed 1 draws other cells, so that there are four random ones, and SAHD is right about all of them.
    given.scores |= {
        (score, direction, 1): {cell: factor * value for cell, value in cells.items()}
        for score, factor in (("hamming", -1), ("sahd", 1), ("spike-paths", 1))
        for direction, cells in (
            ("forward", {"0004 0000 0000 0000": 3.5, "0303 0003 0000 0000": 4.5}),
            ("feedback", {"0001 0000 0000 0000": 0.5, "0302 0030 3003 0000": 9.0}),
        )
    }
    values = {"0003": 1.0, "0303": 4.2, "0002": 5.0, "0302": 7.5, "0004": 3.5, "0001": 0.5}
    given.accuracy = lambda seed, cell, settings: values[cell[:4]]
    found = figure4(lab(given))
    shown = {(row["cells"], row["score"]): row["Kendall τ"] for row in found.tables[0].rows}
    assert shown["4 random cells", "sahd"] == "1.000"
    assert shown["4 random cells", "hamming"] == "−1.000"
    assert [row["paper's τ, 50 random cells"] for row in found.tables[0].rows][:3] == ["0.519", "0.646", "–"]
    assert found.claims[0].difference == pytest.approx(2.0)
    assert found.claims[0].error == pytest.approx(0.0)
    assert [axes.get_xlabel() for axes in found.pictures["scores"]().axes] == ["score"] * 3


def test_a_cell_that_two_groups_have_counts_once(lab: Callable[..., Any], given: Any) -> None:
    from spikesearch.reproduction.scales import DataSet
    from spikesearch.reproduction.snasnet.trainings import train

    cell = "snasnet: 0003 0000 0000 0000"
    (one,) = train(lab(given), [(0, cell)], DataSet(name="cifar10")).values()
    scores = {0: {score: {cell: 2.5} for score in ("hamming", "sahd", "spike-paths")}}
    assert points_of([one, one], scores) == [({"hamming": 2.5, "sahd": 2.5, "spike-paths": 2.5}, pytest.approx(10))]
