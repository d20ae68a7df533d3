"""Figure 5 from given figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.timesteps import figure5

ALL = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3"


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    """T more points and 100 T spikes; the others have 1 to 4 points less, or from T = 8 on 1 to 4 more."""
    timesteps = settings["network"]["timesteps"]
    names = ["autosnn", "cifarnet-wu", "cifarnet-fang", "resnet11-lee", "resnet19-zheng"]
    rank = names.index(text.partition(":")[0])
    return [(50.0 + timesteps + rank * (1 if timesteps >= 8 else -1), 100.0 * timesteps + 10 * rank)]


def test_figure5(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    found = figure5(lab(given, timesteps=(4, 8)))
    texts = [ALL, "cifarnet-wu", "cifarnet-fang", "resnet11-lee", "resnet19-zheng"]
    assert [(asked, repeats) for asked, _, repeats, _ in given.asked] == [(texts, 1)] * 2
    rows = found.tables[0].rows
    assert [row["T"] for row in rows] == ["4"] * 5 + ["8"] * 5
    assert {row["paper's spikes"] for row in rows[:5]} == {"–"}  # printed for T = 8 alone
    assert [row["paper's spikes"] for row in rows[5:]] == ["108,000", "361,000", "104,000", "140,000", "341,000"]
    # T = 4: Wu is the best of the others, 1 point below; T = 8: Zheng, 4 points above
    assert [one.difference for one in found.claims] == pytest.approx([1, 10, -4, 40])
    assert "CIFARNet-Wu" in found.claims[0].says
    assert "ResNet19-Zheng" in found.claims[2].says


def test_trainings_of_its_own(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    settings = {"train": {"epochs": 5, "batch_size": 32}}
    found = figure5(lab(given, timesteps=(2,), timesteps_settings=settings))
    assert given.asked[0][1] == {**settings, "network": {"timesteps": 2}}
    assert "Networks are trained here with `train.epochs = 5`, `train.batch_size = 32`." in found.notes


def test_the_picture_has_a_line_for_each_network(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    found = figure5(lab(given, timesteps=(4, 8)))
    (axes,) = found.pictures["timesteps"]().axes
    assert [line.get_label() for line in axes.lines] == [
        "AutoSNN",
        "CIFARNet-Wu",
        "CIFARNet-Fang",
        "ResNet11-Lee",
        "ResNet19-Zheng",
    ]
    assert list(axes.lines[0].get_xdata()) == [400, 800]
    assert list(axes.lines[0].get_ydata()) == pytest.approx([54, 58])
