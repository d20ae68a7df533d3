"""Table 3 and Figure 1 from given figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.hand_made import figure1, table3

ALL = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3"
ORDER = ["cifarnet-wu", "cifarnet-fang", "resnet11-lee", "resnet19-zheng", ALL]


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    """AutoSNN has 64 % with C = 16 and 72 % with C = 32; Fang 62 and 73; spikes 20 C and 15 C."""
    channels = settings["network"]["channels"]
    if text == ALL:
        return [(64.0 if channels == 16 else 72.0, 20.0 * channels)]
    if text == "cifarnet-fang":
        return [(62.0 if channels == 16 else 73.0, 15.0 * channels)]
    return [(40.0, 99.0 * channels)]


@pytest.fixture
def wide(lab: Callable[..., GivenLab], given: Given) -> GivenLab:
    given.networks = figures
    given.parameters = lambda text: 12_345
    return lab(given, widths=(32, 16))


def test_table3(wide: GivenLab) -> None:
    found = table3(wide)
    assert [asked[0] for asked in wide.given.asked] == [ORDER, ORDER]
    assert [asked[1]["network"]["channels"] for asked in wide.given.asked] == [16, 32]
    ours, theirs = found.tables
    assert [(row["network"], row["C"]) for row in ours.rows][2:4] == [("CIFARNet-Fang", "16"), ("CIFARNet-Fang", "32")]
    fang = ours.rows[3]
    assert (fang["accuracy, %"], fang["paper's accuracy, %"], fang["difference in accuracy"]) == (
        "73.00",
        "86.05",
        "−13.05",
    )
    assert (fang["spikes"], fang["paper's spikes"], fang["parameters"]) == ("480", "160,000", "12,345")
    assert len(theirs.rows) == 20  # the rows of the paper's table
    assert theirs.rows[3]["spikes"] == "–"  # Wu at C = 128: quoted without
    # C = 16: 2 points above Fang, which has 80 spikes less; C = 32: one below, 160 less
    assert [one.difference for one in found.claims] == pytest.approx([2, -80, -1, -160])


def test_widths_that_the_paper_lacks_stand_alone(lab: Callable[..., GivenLab], given: Given) -> None:
    found = table3(lab(given, widths=(4,)))
    assert {row["paper's accuracy, %"] for row in found.tables[0].rows} == {"–"}


def test_figure1(wide: GivenLab) -> None:
    found = figure1(wide)
    (axes,) = found.pictures["tradeoff"]().axes
    lines = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert lines["AutoSNN"] == [320, 640]
    assert lines["CIFARNet-Fang"] == [240, 480]
    assert [text.get_text() for text in axes.texts] == ["16", "32"] * 5
    assert len(found.tables[0].rows) == 10
