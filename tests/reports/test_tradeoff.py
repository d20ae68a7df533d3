"""The trade-off plot."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

from spikesearch.reports.data import ReportData
from spikesearch.reports.series import all_series
from spikesearch.reports.style import Picture
from spikesearch.reports.tradeoff import tradeoff, tradeoff_caption

ESTIMATES = "Estimates: shared weights, validation images"
TRAINED = "Trained from scratch: test images"


def texts(picture: Picture | None) -> list[str]:
    assert picture is not None
    return [element.text or "" for element in ET.fromstring(picture.svg).iter() if element.tag.endswith("text")]


def test_estimates_and_trained_networks_have_panels_of_their_own(report: Callable[..., ReportData]) -> None:
    data = report()
    found = texts(tradeoff(data, all_series(data)))
    assert {ESTIMATES, TRAINED, "validation accuracy (estimate)", "test accuracy"} <= set(found)
    assert {"candidate", "Pareto front"} <= set(found)
    # In the legend, and beside the point of the trained network.
    assert found.count("winner, λ = −0.08") == 2
    assert found.count("all SRB_k3") == 2
    assert "must not be compared" in tradeoff_caption(data, all_series(data))


def test_there_is_no_panel_without_points(report: Callable[..., ReportData]) -> None:
    data = report(trained=False)
    assert TRAINED not in texts(tradeoff(data, all_series(data)))
    assert "one standard error" not in tradeoff_caption(data, all_series(data))
    data = report(winners=(), comparisons=(), trials=())
    assert tradeoff(data, all_series(data)) is None


def test_a_large_cloud_does_not_blow_up_the_page(report: Callable[..., ReportData]) -> None:
    data = report(trial_count=3000)
    picture = tradeoff(data, all_series(data))
    assert picture is not None
    assert "<image" in picture.svg
    assert len(picture.svg) < 400_000
