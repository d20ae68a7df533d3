"""Scores of candidates on the page: the figure, the table, and what is said of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.reports.data import ReportData, ScoredFigures, ScoreFacts
from spikesearch.reports.headline import headline
from spikesearch.reports.meaning import definitions
from spikesearch.reports.page import draw, render_page
from spikesearch.reports.scores import best_of, kept_of, score_text, scores, scores_caption
from spikesearch.reports.series import all_series
from spikesearch.reports.tables import fact_lists, network_rows, score_rows

FACTS = ScoreFacts(name="sahd", description="how differently neurons code images", network={"channels": 4})


def figures(values: list[float]) -> tuple[ScoredFigures, ...]:
    return tuple(
        ScoredFigures(
            number=i, generation=0, architecture=f"snasnet: 000{i}", score=value, parameters=1000 - i, macs=50
        )
        for i, value in enumerate(values)
    )


@pytest.fixture
def by_score(report: Callable[..., ReportData]) -> ReportData:
    data = report(trials=(), lambdas=(0.0,))
    winner = replace(data.winners[0], network=replace(data.winners[0].network, shared=None, score=5.5))
    beside = tuple(replace(network, shared=None, score=1.0) for network in data.comparisons)
    return replace(
        data,
        winners=(winner,),
        comparisons=beside,
        score=FACTS,
        scored=figures([1.0, 3.0, 5.5, 2.0]),
        average_spikes=None,
        supernet=(),
    )


def test_the_figure_shows_every_candidate_and_the_networks(by_score: ReportData) -> None:
    picture = scores(by_score, all_series(by_score))
    assert picture is not None
    for text in ("Score and size", "sahd", "winner", "best 5.5", "candidates scored"):
        assert f">{text}<" in picture.svg, text
    assert "of 4 candidates" in picture.alt
    assert scores(replace(by_score, scored=()), []) is None
    assert scores(replace(by_score, score=None), []) is None


def test_a_network_that_cannot_learn_does_not_flatten_the_others(by_score: ReportData) -> None:
    low = replace(by_score, scored=figures([1.0, 3.0, 5.5, 2.0, -1e9]))
    assert "1 of them lie below the figure." in scores_caption(low)
    assert "below the figure" not in scores_caption(by_score)
    picture = scores(low, all_series(low))
    assert picture is not None
    assert "1e9" not in picture.svg


def test_the_first_stage_is_told_before_what_it_kept(report: Callable[..., ReportData]) -> None:
    data = replace(report(), score=replace(FACTS, kept=2), scored=figures([1.0, 3.0, 5.5, 2.0]))
    assert headline(data).facts[-2:] == (("4", "of 3,125 scored"), ("200", "evaluated"))


def test_kept_ones_are_the_best(by_score: ReportData) -> None:
    assert [one.score for one in best_of(by_score)] == [5.5, 3.0, 2.0, 1.0]
    assert kept_of(by_score) == []
    staged = replace(by_score, score=replace(FACTS, kept=2))
    assert [one.score for one in kept_of(staged)] == [5.5, 3.0]
    assert "The dark ones were kept" in scores_caption(staged)
    picture = scores(staged, all_series(staged))
    assert picture is not None
    assert ">kept<" in picture.svg


def test_tables_and_sentences_speak_of_scores_alone(by_score: ReportData) -> None:
    assert [row.score for row in score_rows(by_score)] == ["5.5", "3", "2", "1"]
    assert network_rows(all_series(by_score))[0].score == "5.5"
    head = headline(by_score)
    assert "It is the best of 4 candidates scored by sahd; none of them was trained to choose it." in head.sentences
    terms = [term for term, _ in definitions(by_score)]
    assert "The score sahd" in terms
    assert not {"Fitness", "Pareto front"} & set(terms)
    facts = dict(dict(fact_lists(by_score))["Search"])
    assert facts["score"] == "sahd"
    assert facts["scored network, channels"] == "4"
    assert "λ" not in facts
    page = render_page(by_score, draw(by_score))
    assert "The search, by score" in page
    assert "The highest scores" in page
    assert "validation images" not in page[page.index("Comparison") : page.index('id="details"')]


def test_a_run_that_has_only_begun(by_score: ReportData) -> None:
    begun = replace(by_score, winners=(), comparisons=())
    head = headline(begun)
    assert head.before == "The search has not ended: 4 candidates scored by sahd so far."
    assert "5.5 (snasnet: 0002)" in head.sentences[0]
    winner = replace(by_score.winners[0], network=replace(by_score.winners[0].network, trained=None))
    head = headline(replace(by_score, winners=(winner,), comparisons=()))
    assert head.after == ": the highest sahd, 5.5. It has not been trained yet."


@pytest.mark.parametrize(
    ("value", "text"), [(1.23456789, "1.2346"), (-12345.6, "−12,346"), (-0.5, "−0.5"), (None, "–"), (3e5, "300,000")]
)
def test_numbers(value: float | None, text: str) -> None:
    assert score_text(value) == text
