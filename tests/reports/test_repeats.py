"""Several trainings of a network on the page: means, and deviations beside them."""

import statistics
from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.reports import repeats
from spikesearch.reports.data import Network, ReportData, Training
from spikesearch.reports.page import render_page
from spikesearch.reports.series import all_series
from spikesearch.reports.tables import network_rows
from spikesearch.reports.tradeoff import tradeoff_caption
from spikesearch.strategies.evaluator import Measurement

SIZE = Dimensions(channels=8, timesteps=4, classes=10, image=(1, 16, 16))


@pytest.fixture
def several(network: Callable[..., Network]) -> Network:
    """A network with 350, 346 and 351 of 360 test images right."""
    made = [network("autosnn:SRB_k3", SIZE, correct=correct, rate=rate) for correct, rate in RUNS]
    tests = tuple(one.test for one in made if one.test)
    return replace(made[0], trained=Training(test=repeats.mean_of(tests), repeats=tests))


RUNS = ((350, 0.1), (346, 0.12), (351, 0.11))


def test_the_mean_of_measurements_is_that_of_every_figure(network: Callable[..., Network]) -> None:
    tests = [network("autosnn:SRB_k3", SIZE, correct=correct, rate=rate).test for correct, rate in RUNS]
    measured = [one for one in tests if isinstance(one, Measurement)]
    mean = repeats.mean_of(measured)
    assert mean.accuracy == pytest.approx(1047 / 1080)
    assert mean.spikes_per_image == pytest.approx(measured[0].spikes_per_image * 1.1)
    assert [layer.name for layer in mean.layers] == [layer.name for layer in measured[0].layers]
    assert mean.layers[3].firing_rate == pytest.approx(measured[0].layers[3].firing_rate * 1.1)
    assert mean.layers[3].positions == measured[0].layers[3].positions
    assert mean.images == 360
    assert repeats.mean_of(measured[:1]) is measured[0]


def test_deviations_stand_beside_means(several: Network, network: Callable[..., Network]) -> None:
    # 97.222, 96.111 and 97.500%: mean 96.944, deviation 0.735.
    assert repeats.accuracy(several) == "96.94 ± 0.73%"
    assert repeats.accuracy_deviation(several) == pytest.approx(statistics.stdev([350 / 360, 346 / 360, 351 / 360]))
    mean, _, deviation = repeats.spikes(several).partition(" ± ")
    assert float(mean.replace(",", "")) == pytest.approx(1.1 * float(deviation.replace(",", "")) / 0.1, rel=0.01)
    once = network("autosnn:SRB_k3", SIZE, correct=350)
    assert repeats.accuracy(once) == "97.2%"
    assert repeats.spikes_deviation(once) is None
    assert repeats.accuracy(replace(once, trained=None)) == "–"


def test_a_column_has_the_same_decimals_everywhere(several: Network, network: Callable[..., Network]) -> None:
    once = network("autosnn:SRB_k3", SIZE, correct=350)
    rare = network("autosnn:skip", SIZE, correct=350, rate=0.001)
    column = [several, once, rare]
    assert [repeats.accuracy(one, column) for one in column] == ["96.94 ± 0.73%", "97.22%", "97.22%"]
    found = [repeats.spikes(one, column) for one in column]
    decimals = {len(figure.partition(".")[2]) for text in found for figure in text.split(" ± ")}
    assert len(decimals) == 1
    assert " ± " in found[0]


def test_the_page_shows_them(report: Callable[..., ReportData], several: Network) -> None:
    data = report()
    plain = tradeoff_caption(data, all_series(data))
    assert "the lines are one standard error of the accuracy up and down" in plain
    data = replace(data, comparisons=(several, *data.comparisons[1:]))
    series = all_series(data)
    assert network_rows(series)[1].test_accuracy == "96.94 ± 0.73%"
    assert "one standard deviation over the trainings" in tradeoff_caption(data, series)
    assert "or one standard error of the accuracy up and down where it was trained once" in tradeoff_caption(
        data, series
    )
    page = render_page(data, {})
    assert "96.94 ± 0.73%" in page


def test_budgets_have_a_column_where_there_are_any(report: Callable[..., ReportData]) -> None:
    data = report()
    assert "<th>constraints</th>" not in render_page(data, {})
    checks = (
        {"constraint": "spikes<=4000", "value": 5012.4, "kept": False},
        {"constraint": "parameters<=1000000", "value": 500_000, "kept": True},
    )
    winner = replace(data.winners[0], network=replace(data.winners[0].network, checks=checks))
    page = render_page(replace(data, winners=(winner,)), {})
    assert "<th>constraints</th>" in page
    assert '<td class="budgets">spikes&lt;=4000 broken: 5,012</td>' in page
    assert "Constraints: spikes&lt;=4000 broken: 5,012, parameters&lt;=1000000 kept: 500,000." in page


def test_the_rank_correlation_stands_below_the_comparison(report: Callable[..., ReportData]) -> None:
    assert "Kendall" in render_page(report(ranks="agrees with Kendall's τ-b 0.50"), {})
