"""Table 5 and Figure 1 from given accuracies."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import SNASNET, DataSet
from spikesearch.reproduction.snasnet.timesteps import figure1, table5


def _accuracy(seed: int, cell: str, settings: Any) -> float:
    steps = settings["network"]["timesteps"]
    # forward: 40 at T = 3, 42 and 43 at T = 5; feedback: 50, and 56 and 59
    return 40.0 + (steps - 3) * (1 + seed / 2) if cell[:4] == "0303" else 50.0 + (steps - 3) * (3 + 1.5 * seed)


def test_gains_by_timesteps(lab: Callable[..., Any], given: Any, cifar100: DataSet) -> None:
    given.accuracy = _accuracy
    found = table5(lab(given, ablation=cifar100))
    shown = [
        (row["cells"], row["T"], row["accuracy, %"], row["paper's accuracy"], row["difference"])
        for row in found.tables[0].rows
    ]
    assert shown == [
        ("SNASNet-Fw", "3", "40.00 ± 0.00", "–", "–"),
        ("SNASNet-Fw", "5", "42.50 ± 0.71", "70.06", "−27.56"),
        ("SNASNet-Bw", "3", "50.00 ± 0.00", "–", "–"),
        ("SNASNet-Bw", "5", "57.50 ± 2.12", "73.04", "−15.54"),
    ]
    # gains 2 and 3, and 6 and 9; their difference with √(0.5² + 1.5²)
    expected = ((2.5, 0.5), (7.5, 1.5), (5.0, 2.5**0.5))
    assert [(one.difference, one.error) for one in found.claims] == [pytest.approx(pair) for pair in expected]
    # both directions of a seed side by side
    assert [len(cells) for _, cells in given.trained] == [2, 2, 2, 2]


def test_the_papers_numbers_of_another_data_set_are_told_in_words(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = _accuracy
    found = table5(lab(given))
    assert {row["paper's accuracy"] for row in found.tables[0].rows} == {"–"}
    assert any("SNASNet-Bw 73.04 at T = 5" in note for note in found.notes)


def test_feedback_against_forward_at_every_t(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = _accuracy
    found = figure1(lab(given))
    assert [row["paper's accuracy"] for row in found.tables[0].rows] == ["–", "93.12 ± 0.42", "–", "93.73 ± 0.32"]
    # 10 and 10 points; 14 and 16
    assert [(one.difference, one.error) for one in found.claims] == [
        pytest.approx((10.0, 0.0)),
        pytest.approx((15.0, 1.0)),
    ]
    axes = found.pictures["timesteps"]().axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"SNASNet-Fw, here", "SNASNet-Bw, paper", "others, as published"} <= set(labels)


def test_figure1_has_the_papers_timesteps_at_its_scale(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = _accuracy
    found = figure1(lab(given, figure1_timesteps=SNASNET["paper"].figure1_timesteps))
    assert [row["paper's accuracy"] for row in found.tables[0].rows] == [
        *("93.12 ± 0.42", "93.64 ± 0.35"),
        *("93.73 ± 0.32", "94.12 ± 0.25"),
    ]


def test_ticks_are_whole_timesteps(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = _accuracy
    data = DataSet(name="digits", settings={"data": {"name": "digits"}})
    (axes,) = figure1(lab(given, data_sets=(data,))).pictures["timesteps"]().axes
    assert list(axes.get_xticks()) == [3, 5]
