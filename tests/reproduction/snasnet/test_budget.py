"""Figure 9 from given searches."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import SNASNET
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
    # seed by seed 10 and 6, 30 and 32; gains 23 ± √(1² + 2²); deviations √2 and 0; 60 s
    expected = ((8.0, 2.0), (31.0, 1.0), (23.0, 5**0.5), (2**0.5, 1.0), (60.0, 0.0))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    assert len(found.pictures["samples"]().axes) == 2


def test_hours_are_asked_for_where_searches_are_as_large_as_the_papers(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    *_, forward, feedback = figure9(lab(given, hours=8.0)).claims
    assert forward.difference == pytest.approx(8 - 100 / 3600)
    assert feedback.difference == pytest.approx(8 - 160 / 3600)
    assert [scale.hours for scale in SNASNET.values()] == [None, None, 8.0]
