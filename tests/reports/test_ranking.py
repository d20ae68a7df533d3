"""The tables and figures of a bench of scores."""

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikesearch.bench.agreement import Estimate
from spikesearch.bench.contenders import Contender
from spikesearch.bench.labelled import Prediction
from spikesearch.bench.ranking import Ranked, rank
from spikesearch.reports.ranking import markdown, number, ordered, rows, seconds, span, write_ranking, write_values
from spikesearch.reports.ranking_figures import draw
from spikesearch.strategies.score_file import read_scores

TEST = np.linspace(0.5, 0.9, 40)
SETS = {"all": np.arange(40), "trained": np.arange(4, 40)}
CONTENDERS = [
    Contender(name="a|b <i> $x$", kind="score", values=np.where(np.arange(40) == 3, -1e9, -TEST), seconds=0.25),
    Contender(name="good", kind="score", values=TEST, seconds=0.0001),
    Contender(name="flat", kind="score", values=np.ones(40)),
    Contender(name="parameters", kind="baseline", values=np.round(TEST, 1)),
    Contender(name="val", kind="ceiling", values=TEST),
]
SETTINGS: Mapping[str, Any] = {
    "table": {"path": "/x/table.csv", "part": "develop", "sample": {"networks": 40, "seed": 0},
              "columns": {"test": "test_acc", "validation": "val"}},
    "scores_from": None, "data": {"name": "digits"}, "seed": 0, "resamples": 1000, "trained_above": 0.2,
    "proxy": {"channels": 2, "timesteps": 5, "batch_size": None, "repeats": 3},
}  # fmt: skip
MODEL = Prediction(inputs="code", networks="all", labelled=10, kendall=(0.1, 0.2, 0.3, 0.4, 0.5))


@pytest.fixture(scope="module")
def ranked() -> list[Ranked]:
    return [one for name, chosen in SETS.items() for one in rank(CONTENDERS, TEST, chosen, name, seed=1)]


def test_lines_are_ordered_within_their_kind(ranked: list[Ranked]) -> None:
    first = [one for one in ranked if one.networks == "all"]
    assert [one.name for one in ordered(first)] == ["good", "a|b <i> $x$", "flat", "parameters", "val"]
    lines = rows(first)
    assert lines[2].startswith("| `good` | score | 1.000 (1.000…1.000) | 1.000 (1.000…1.000) | +0.")
    assert lines[2].endswith(" | <0.001 |")
    assert lines[3].startswith("| `a/b <i> $x$` | score | −0.9")
    assert lines[4].startswith("| `flat` | score | – | – | – |")
    assert lines[5].endswith(" | – | – |")
    assert len({line.count(" | ") for line in lines[2:]}) == 1


def test_the_text_says_what_was_done(ranked: list[Ranked]) -> None:
    text = markdown(ranked, [MODEL], SETTINGS)
    assert "table.csv, 40 networks (part: develop, a sample of 40)" in text
    assert "C = 2, T = 5, batches of each score's own training images of digits, repeats: 3, seed 0" in text
    assert "## Without networks that did not train: 36" in text
    assert "or whose validation accuracy is not above 20%" in text
    assert "| 10 | code | all | 0.300 (0.200–0.400) |" in text


def test_recall_is_told_where_one_percent_are_some_networks(ranked: list[Ranked]) -> None:
    few = markdown(ranked, [], SETTINGS)
    assert "best 1%" not in few.replace("best 1% of them are one or two", "")
    many = markdown([replace(one, count=300) for one in ranked], [], SETTINGS)
    assert "| best 1% among its best 1% | best 1% among its best 10% |" in many
    assert "Recall is the share of the best 1%" in many


def test_an_interval_that_is_not_defined_is_one_dash() -> None:
    assert span(Estimate(0.5, float("nan"), float("nan"))) == "–"
    assert span(Estimate(0.5, -0.25, 0.75), signed=True) == "−0.250…+0.750"


def test_panels_stand_in_the_order_of_the_table_in_one_size(ranked: list[Ranked]) -> None:
    picture = draw(ordered(ranked), CONTENDERS[::-1], TEST, SETS)[1]
    titles = re.findall(r"<text[^>]*font-size: ([\d.]+)px[^>]*>([^<]+?)(?:   τ [^<]+)?</text>", picture.svg)
    named = [
        (size, text) for size, text in titles if text in {"good", "a|b &lt;i&gt; $x$", "flat", "parameters", "val"}
    ]
    assert [text for _, text in named] == ["good", "a|b &lt;i&gt; $x$", "flat", "parameters", "val"]
    assert len({size for size, _ in named}) == 1


def test_files(ranked: list[Ranked], tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    write_ranking(tmp_path, ranked, [MODEL], CONTENDERS, TEST, SETS, SETTINGS)
    with open(tmp_path / "scores.csv", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * 5 * 5
    good = next(one for one in ranked if one.name == "good")
    assert float(lines[9]["value"]) == pytest.approx(good.gain.value, abs=1e-6)
    assert lines[9]["quantity"] == "kendall_less_parameters"
    assert lines[10]["value"] == ""  # nothing is known of a flat score
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {f"{name}.{suffix}" for name in ("kendall", "scatter") for suffix in ("svg", "png")}
    svg = (tmp_path / "figures" / "scatter.svg").read_text(encoding="utf-8")
    assert "a|b &lt;i&gt; $x$   τ −1.00" in svg
    assert "−1e+09" not in svg  # one network that scores −10⁹ does not set the axis
    before = {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    write_ranking(tmp_path, ranked, [MODEL], CONTENDERS, TEST, SETS, SETTINGS)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}


def test_values_are_read_back_as_they_were(tmp_path: Path) -> None:
    values = {"a": np.array([1 / 3, -1e9]), "b": np.array([np.float64(1e-300), 7.0])}
    write_values(tmp_path, ["x: 1", "x: 2"], values)
    found = read_scores(tmp_path / "values.csv", ["x: 1", "x: 2"])
    assert {name: column.tolist() for name, column in found.items()} == {
        name: column.tolist() for name, column in values.items()
    }


def test_numbers() -> None:
    assert [number(value) for value in (0.1234, -0.5, -0.0001, float("nan"))] == ["0.123", "−0.500", "0.000", "–"]
    assert number(0.25, signed=True) == "+0.250"
    assert [seconds(value) for value in (None, 0.00001, 0.123, 1.26, 61.2)] == ["–", "<0.001", "0.12", "1.3", "61"]
