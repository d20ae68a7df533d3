"""Definitions with the run's own numbers."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.reports.data import ReportData, SearchFacts
from spikesearch.reports.meaning import block_words, definitions
from spikesearch.strategies.objectives import linear_fitness


def test_the_example_of_the_fitness_can_be_checked_by_hand(report: Callable[..., ReportData]) -> None:
    text = dict(definitions(report()))["Fitness"]
    found = re.search(r"For the winner: ([\d.]+) · \(([\d,]+) / ([\d,]+)\)\^−([\d.]+) = ([\d.]+)\.$", text)
    assert found is not None
    accuracy, spikes, average, lam, result = (float(group.replace(",", "")) for group in found.groups())
    assert accuracy * (spikes / average) ** -lam == pytest.approx(result, abs=2e-4)
    assert average == 5200


def test_the_linear_fitness_has_its_own_formula(report: Callable[..., ReportData]) -> None:
    data = report(search=SearchFacts(fitness="linear"))
    shared = data.winners[0].network.shared
    assert shared is not None
    fitness = linear_fitness(shared.accuracy, shared.spikes_per_image, 5200.0, -0.08)
    data = replace(data, winners=(replace(data.winners[0], fitness=fitness),))
    text = dict(definitions(data))["Fitness"]
    assert text.startswith("accuracy + λ · N / N_avg")
    found = re.search(r"For the winner: ([\d.]+) − ([\d.]+) · ([\d,]+) / ([\d,]+) = ([\d.]+)\.$", text)
    assert found is not None
    accuracy, lam, spikes, average, result = (float(group.replace(",", "")) for group in found.groups())
    assert accuracy - lam * spikes / average == pytest.approx(result, abs=2e-4)


def test_without_numbers_there_is_no_example(report: Callable[..., ReportData]) -> None:
    assert "For the winner" not in dict(definitions(report(winners=())))["Fitness"]
    assert "For the winner" not in dict(definitions(report(average_spikes=None)))["Fitness"]


def test_a_run_that_only_trains_explains_no_search(report: Callable[..., ReportData]) -> None:
    terms = dict(definitions(report(space="", winners=(), trials=())))
    assert "Fitness" not in terms
    assert "the search" not in terms["Training, validation and test images"]


def test_the_exactness_is_that_of_the_test_images(report: Callable[..., ReportData]) -> None:
    text = dict(definitions(report()))["How exact the accuracies are"]
    assert "One of 360 test images is 0.28 points" in text
    assert "is 0.9 points" in text


def test_each_kind_of_box_is_explained_once(report: Callable[..., ReportData]) -> None:
    steps = report().winners[0].network.steps
    assert [title for title, _ in block_words(steps)] == ["SRB_k5", "skip", "SRB_k3", "conv 3×3", "max pool", "FC"]
    assert "runs once" in dict(block_words(steps))["conv 3×3"]
    assert "runs once" not in dict(block_words(steps, events=True))["conv 3×3"]
