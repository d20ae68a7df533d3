"""Table 4 from given accuracies."""

from collections.abc import Callable
from statistics import stdev
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
    # Seed by seed 10 and 8, and −1 and 3 points. Deviations 2√2 − √2 and 0 − 2√2; one seed has none.
    expected = ((9.0, 1.0), (2**0.5, None), (1.0, 2.0), (-(8**0.5), None))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    assert [one.verdict for one in found.claims] == [
        "within the noise",  # 9 ± 12.7
        "for it, no error known",
        "within the noise",
        "against it, no error known",
    ]


def test_what_both_scores_found_has_no_part_in_their_difference(lab: Callable[..., Any], given: Any) -> None:
    # of three seeds both scores find one cell in the last, whose accuracy is far from all others
    values = {"0003": (40.0, 44.0, 0.0), "0303": (50.0, 52.0, 90.0)}
    given.scores["hamming", "forward", 2] = {"0303 0003 0000 0000": 1.0}
    given.accuracy = lambda seed, cell, settings: values.get(cell[:4], (10.0, 10.0, 10.0))[seed]
    better, steadier, *_ = table4(lab(given, seeds=3)).claims
    assert better.difference == pytest.approx(6.0)  # 10, 8 and 0
    rest = (([44, 90], [52, 90]), ([40, 90], [50, 90]), ([40, 44], [50, 52]))  # a seed left out of both scores
    left_out = [stdev(plain) - stdev(aware) for plain, aware in rest]
    middle = sum(left_out) / 3
    assert steadier.error == pytest.approx((2 / 3 * sum((one - middle) ** 2 for one in left_out)) ** 0.5)


def test_one_seed_has_no_deviation_to_compare(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    found = table4(lab(given, seeds=1))
    assert [one.difference for one in found.claims] == [pytest.approx(10), None, pytest.approx(-1), None]
    assert found.claims[1].verdict == "cannot be told: one seed"
