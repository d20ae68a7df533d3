"""Distinct candidates and their Pareto front."""

import math

from spikesearch.reports.candidates import distinct, front
from spikesearch.reports.data import TrialFigures


def trial(architecture: str, accuracy: float, spikes: float, lam: float = -0.08) -> TrialFigures:
    return TrialFigures(
        number=0,
        generation=0,
        architecture=architecture,
        lam=lam,
        accuracy=accuracy,
        spikes_per_image=spikes,
        fitness=accuracy,
    )


def test_an_architecture_of_several_searches_is_one_candidate() -> None:
    trials = [trial("a", 0.5, 10), trial("b", 0.6, 20), trial("a", 0.5, 10, lam=0.0)]
    assert [one.architecture for one in distinct(trials)] == ["a", "b"]


def test_figures_that_are_no_numbers_are_left_out() -> None:
    assert distinct([trial("a", math.nan, 10), trial("b", 0.5, math.inf)]) == []


def test_the_front_leaves_out_the_beaten_and_the_silent() -> None:
    trials = [trial("silent", 0.1, 0), trial("few", 0.5, 10), trial("beaten", 0.4, 15), trial("many", 0.6, 20)]
    assert [one.architecture for one in front(trials)] == ["few", "many"]
    assert front([]) == []
