"""Figure 4 from given figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.found import sampled
from spikesearch.reproduction.autosnn.spaces import figure4
from spikesearch.reproduction.scales import AUTOSNN

SPACES = ["autosnn", "autosnn-snn2", "autosnn-snn3", "autosnn-snn4"]
MEANS = {"autosnn": (60, 500), "autosnn-snn2": (58, 600), "autosnn-snn3": (61, 700), "autosnn-snn4": (50, 450)}


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    """The first architecture of a space lies below its mean and the second above: 1 point, 20 spikes."""
    space = text.partition(":")[0]
    sign = -1 if text == sampled(space, 1)[0] else 1
    accuracy, spikes = MEANS[space]
    return [(accuracy + sign, spikes + 20 * sign)]


def test_figure4(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    found = figure4(lab(given, cloud=2, cloud_settings={"train": {"epochs": 4}}))
    assert given.asked == [(sampled(space, 2), {"train": {"epochs": 4}}, 1, "digits") for space in SPACES]
    rows = found.tables[0].rows
    assert [row["accuracy, %"] for row in rows] == ["60.00 ± 1.41", "58.00 ± 1.41", "61.00 ± 1.41", "50.00 ± 1.41"]
    assert [row["spikes against SNN_1"] for row in rows] == ["1.00", "1.20", "1.40", "0.90"]
    assert [one.difference for one in found.claims] == pytest.approx([2, 100, 10, -50, 200])
    # deviation √2 of two values: error 1 of each mean
    assert found.claims[0].error == pytest.approx(2**0.5)


def test_the_picture_has_a_panel_for_each_other_space(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    panels = figure4(lab(given)).pictures["spaces"]().axes
    assert [panel.get_legend_handles_labels()[1] for panel in panels] == [
        ["SNN_1", "SNN_2"],
        ["SNN_1", "SNN_3"],
        ["SNN_1", "SNN_4"],
    ]
    means = panels[1].lines[3]
    assert (means.get_xdata()[0], means.get_ydata()[0]) == (700, 61)


def test_the_papers_scale_draws_as_many_as_the_paper() -> None:
    assert AUTOSNN["paper"].cloud == 100
    assert AUTOSNN["paper"].cloud_settings == {"train": {"epochs": 120}}
