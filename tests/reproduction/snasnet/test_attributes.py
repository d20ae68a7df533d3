"""Figure 8: counts of connections and straight lines."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.attributes import ROWS, count, figure8, slope


@pytest.mark.parametrize(
    ("row", "kind", "expected"),
    [
        ("SNASNet-Bw, forward connections", "connections", 4),
        ("SNASNet-Bw, feedback", "connections", 1),
        ("SNASNet-Bw, both", "connections", 5),
        ("SNASNet-Bw, forward connections", "conv 3×3", 2),
        ("SNASNet-Bw, forward connections", "convolutions", 4),
        ("SNASNet-Bw, feedback", "skip", 1),
        ("SNASNet-Bw, both", "average pooling", 0),
    ],
)
def test_connections_are_counted_by_kind_and_direction(row: str, kind: str, expected: int) -> None:
    assert count("snasnet: 0302 0030 1002 0000", kind, ROWS[row][1]) == expected


def test_the_line_through_points() -> None:
    # Σ(x − 1)(y − 2) / Σ(x − 1)² = 2/2; residuals 1/3, −2/3, 1/3 about the line 4/3 + x... of y = 1, 1, 3 + 1/3·0
    found = slope([0, 1, 2], [1.0, 1.0, 3.0])
    assert found is not None
    assert found[0] == pytest.approx(1.0)
    # residuals 1/3, −2/3, 1/3: 6/9 over one degree of freedom and Σ(x − 1)² = 2
    assert found[1] == pytest.approx((6 / 9 / 1 / 2) ** 0.5)
    assert slope([1, 2], [3.0, 5.0]) == (pytest.approx(2.0), None)
    assert slope([2, 2, 2], [1.0, 2.0, 3.0]) is None


def test_what_the_paper_sees_is_a_sign(lab: Callable[..., Any], given: Any) -> None:
    # one point for each connection of any kind
    given.accuracy = lambda seed, cell, settings: 50.0 + sum(digit not in " 0" for digit in cell)
    found = figure8(lab(given))
    claims = {one.says: one.difference for one in found.claims}
    assert claims["forward cells: more connections are better"] == pytest.approx(1.0)
    # winners have one feedback connection of four or five, random cells none of one
    assert claims["feedback cells: few feedback connections are preferred"] < 0
    assert len(found.tables[0].rows) == 24
    assert list(found.tables[0].rows[0].values()) == ["SNASNet-Fw", "connections", "4", "1 to 3", "+1.00 ± 0.00"]
    # two cells of each seed, six of one kind have none of another
    pooling = next(one for one in found.claims if "average pooling" in one.says)
    assert pooling.verdict == "cannot be told: none of the 4 cells has any"
    assert len(found.pictures["attributes"]().axes) == 20
