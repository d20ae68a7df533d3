"""Labels, colours and markers of networks."""

from collections.abc import Callable
from dataclasses import replace

from spikesearch.reports.data import ReportData
from spikesearch.reports.series import all_series, comparison_labels, focus


def test_winners_come_first_and_are_named_by_lambda(report: Callable[..., ReportData]) -> None:
    series = all_series(report(lambdas=(-0.08, 0.0)))
    assert [one.label for one in series] == ["λ = −0.08", "λ = 0", "all SRB_k3", "all SCB_k3", "random"]
    assert [one.winner for one in series] == [True, True, False, False, False]
    assert all_series(report())[0].label == "winner, λ = −0.08"


def test_no_two_networks_look_alike(report: Callable[..., ReportData]) -> None:
    data = report()
    data = replace(
        data,
        winners=tuple(replace(data.winners[0], lam=-0.01 * i) for i in range(8)),
        comparisons=tuple(replace(data.comparisons[0], label=f"random {i}") for i in range(8)),
    )
    looks = {(one.colour, one.marker) for one in all_series(data)}
    assert len(looks) == 16


def test_labels_of_comparisons_are_distinct_and_never_empty(report: Callable[..., ReportData]) -> None:
    data = report()
    same = tuple(replace(network, label="random") for network in data.comparisons)
    assert comparison_labels(replace(data, comparisons=same)) == ["random (1)", "random (2)", "random (3)"]
    unnamed = replace(data, comparisons=(replace(data.comparisons[0], label=""),))
    assert comparison_labels(unnamed) == ["autosnn: SRB_k3 SRB_k3 SRB_k3…"]


def test_focus_is_the_headline_winner_and_three_others(report: Callable[..., ReportData]) -> None:
    data = report(lambdas=(-0.08, 0.0))
    assert [one.label for one in focus(data, all_series(data))] == ["λ = −0.08", "all SRB_k3", "all SCB_k3", "random"]
    data = report(winners=())
    assert [one.label for one in focus(data, all_series(data))] == ["all SRB_k3", "all SCB_k3", "random"]
