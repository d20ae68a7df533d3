"""Figure 9 from given searches."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.budget import figure9, lengths

ACCURACY = {
    "0003 0000 0000 0000": (40.0, 44.0),
    "0303 0003 0000 0000": (50.0, 50.0),
    "0002 0000 0000 0000": (30.0, 30.0),
    "0302 0030 1002 0000": (60.0, 62.0),
}


def test_lengths_begin_with_one_random_cell(lab: Callable[..., Any], given: Any) -> None:
    assert lengths(lab(given, draws=5000)) == [1, 250, 1000, 5000]
    assert lengths(lab(given, draws=100)) == [1, 5, 20, 100]
    assert lengths(lab(given)) == [1, 4]


def test_winners_of_beginnings(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    found = figure9(lab(given))
    assert [list(row.values()) for row in found.tables[0].rows] == [
        ["SNASNet-Fw", "1", "42.00 ± 2.83", "25.0 ± 0.0"],
        ["SNASNet-Fw", "4", "50.00 ± 0.00", "100.0 ± 0.0"],
        ["SNASNet-Bw", "1", "30.00 ± 0.00", "40.0 ± 0.0"],
        ["SNASNet-Bw", "4", "61.00 ± 1.41", "160.0 ± 0.0"],
    ]
    # 8 ± √(2² + 0²); 31 ± 1; gains 30 and 32 less 10 and 6: 23 ± √(1² + 2²); 60 s; less than 8 hours
    expected = ((8.0, 2.0), (31.0, 1.0), (23.0, 5**0.5), (60.0, 0.0), (8 - 100 / 3600, 0.0), (8 - 160 / 3600, 0.0))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    assert len(found.pictures["samples"]().axes) == 2
