"""Table 4 from given accuracies."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.distances import table4

ACCURACY = {
    "0003 0000 0000 0000": (40.0, 44.0),  # the lowest score: found by the Hamming distance
    "0303 0003 0000 0000": (50.0, 52.0),
    "0302 0030 3003 0000": (61.0, 61.0),
    "0302 0030 1002 0000": (60.0, 64.0),
}


def test_each_score_finds_its_own_cells(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    found = table4(lab(given))
    shown = [(row["cells"], row["accuracy, %"], row["paper's, CIFAR-100"]) for row in found.tables[0].rows]
    assert shown == [
        ("SNASNet-Fw, hamming", "42.00 ± 2.83", "64.16 ± 2.02"),
        ("SNASNet-Fw, sahd", "51.00 ± 1.41", "70.06 ± 0.45"),
        ("SNASNet-Bw, hamming", "61.00 ± 0.00", "66.80 ± 1.73"),
        ("SNASNet-Bw, sahd", "62.00 ± 2.83", "73.04 ± 0.36"),
    ]
    # Seed by seed 10 and 8, and −1 and 3 points. Deviations 2√2 − √2, error √(8/2 + 2/2); 0 − 2√2, error √(8/2).
    expected = ((9.0, 1.0), (2**0.5, 5**0.5), (1.0, 2.0), (-(8**0.5), 2.0))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    assert [one.verdict for one in found.claims] == [
        "holds",
        "holds, within the noise",
        "holds, within the noise",
        "does not hold, within the noise",
    ]


def test_one_seed_has_no_deviation_to_compare(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    found = table4(lab(given, seeds=1))
    assert [(one.difference, one.error) for one in found.claims] == [
        (pytest.approx(10), None),
        (pytest.approx(-1), None),
    ]
