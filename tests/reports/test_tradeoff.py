"""The trade-off plot."""

import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.reports import style
from spikesearch.reports import tradeoff as module
from spikesearch.reports.data import Network, ReportData, Training
from spikesearch.reports.repeats import mean_of
from spikesearch.reports.series import all_series
from spikesearch.reports.style import Picture
from spikesearch.reports.tradeoff import tradeoff, tradeoff_caption

SIZE = Dimensions(channels=8, timesteps=4, classes=10, image=(1, 16, 16))
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


def front_of_ten(network: Callable[..., Network], report: Callable[..., ReportData]) -> ReportData:
    """A run of ten networks of a front, each trained three times, whose lines cross the room of their names."""
    rng = random.Random(3)
    networks = []
    for place in range(10):
        made = [
            network(
                "autosnn:SRB_k3", SIZE, correct=300 + 5 * place + rng.randint(-4, 4), rate=rate * rng.uniform(0.9, 1.1)
            )
            for rate in 3 * [0.05 + 0.01 * place]
        ]
        tests = tuple(one.test for one in made if one.test)
        trained = Training(test=mean_of(tests), repeats=tests)
        networks.append(replace(made[0], label=f"front {place + 1}", trained=trained))
    return replace(report(space="", winners=(), trials=(), supernet=()), comparisons=tuple(networks))


def test_names_of_many_networks_stand_beside_all_lines(
    report: Callable[..., ReportData], network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = front_of_ten(network, report)
    figures: list[Figure] = []
    drawn = style.render
    monkeypatch.setattr(module, "render", lambda figure, *words: (figures.append(figure), drawn(figure, *words))[1])
    found = texts(tradeoff(data, all_series(data)))
    assert "Pareto front" in found
    assert "The line through them is their Pareto front" in tradeoff_caption(data, all_series(data))
    axes = figures[0].axes[-1]
    bars = [path.get_extents() for lines in axes.collections for path in lines.get_paths() if len(path) == 2]
    on_page = [axes.transData.transform_bbox(bar) for bar in bars]
    assert len(on_page) >= 20
    assert axes.texts
    assert not any(text.get_window_extent().overlaps(bar) for text in axes.texts for bar in on_page)
