"""Table 1 from given accuracies."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.search_spaces import table1

ACCURACY = {
    "0303 0003 0000 0000": (50.0, 52.0),  # found forward
    "0302 0030 1002 0000": (60.0, 64.0),  # found with feedback
    "0302 0030 0002 0000": (55.0, 60.0),  # the same without
    "0003 0000 0000 0000": (40.0, 40.0),  # drawn first
    "0002 0000 0000 0000": (30.0, 34.0),
}


def test_searched_cells_beside_random_ones(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: ACCURACY[cell][seed]
    found = table1(lab(given))
    groups, each = found.tables
    shown = {row["cells"]: (row["accuracy, %"], row["paper's accuracy"], row["difference"]) for row in groups.rows}
    assert shown == {
        "SNASNet-Fw, searched by SAHD": ("51.00 ± 1.41", "93.12 ± 0.42", "−42.12"),
        "SNASNet-Bw, searched by SAHD": ("62.00 ± 2.83", "93.73 ± 0.32", "−31.73"),
        "SNASNet-Fw, searched by spike-paths": ("51.00 ± 1.41", "–", "–"),
        "SNASNet-Bw, searched by spike-paths": ("62.00 ± 2.83", "–", "–"),
        "SNASNet-Fw, random": ("40.00 ± 0.00", "–", "–"),
        "SNASNet-Bw, random": ("32.00 ± 2.83", "–", "–"),
        "feedback winners without their feedback": ("57.50 ± 3.54", "–", "–"),
    }
    claims = [(one.difference, one.error) for one in found.claims]
    # √(2² + 1²), √(1² + 0²), √(2² + 2²), and seed by seed 5 and 4 points: 4.5 ± 0.5
    assert claims == [pytest.approx(pair) for pair in ((11.0, 5**0.5), (11.0, 1.0), (30.0, 8**0.5), (4.5, 0.5))]
    # both scores found the same cells, which are trained once for each seed
    assert [(seed, sorted(cells)) for seed, cells in given.trained] == [(0, sorted(ACCURACY)), (1, sorted(ACCURACY))]
    assert len(each.rows) == 14
    assert list(found.notes) == ["Of each search the first 1 it draws stand for random cells."]


def test_a_winner_without_feedback_is_not_cut(lab: Callable[..., Any], given: Any) -> None:
    given.scores["sahd", "feedback", 0] = {"0003 0000 0000 0000": 1.0}
    found = table1(lab(given))
    assert found.tables[0].rows[-1]["networks"] == "0"
    assert len(found.claims) == 3
    assert found.notes[-1].endswith("without it: 2 of the feedback winners.")


def test_other_data_sets_have_the_papers_rows_only(lab: Callable[..., Any], given: Any, cifar100: DataSet) -> None:
    found = table1(lab(given, data_sets=(DataSet(name="cifar10"), cifar100)))
    first, second, _ = found.tables
    assert [row["paper's accuracy"] for row in second.rows] == ["70.06 ± 0.45", "73.04 ± 0.36"]
    assert second.rows[0]["difference"] == "−60.06"
    assert len(first.rows) == 7
    assert [claim.says for claim in found.claims if claim.says.endswith("without on cifar100")]
