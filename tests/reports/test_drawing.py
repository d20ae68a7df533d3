"""The winner drawn."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.reports.data import Network, ReportData
from spikesearch.reports.drawing import drawing, side_by_side
from spikesearch.reports.style import Picture


def texts(picture: Picture | None) -> list[str]:
    assert picture is not None
    return [element.text or "" for element in ET.fromstring(picture.svg).iter() if element.tag.endswith("text")]


def test_every_step_has_its_box_shape_spikes_and_rate(report: Callable[..., ReportData]) -> None:
    data = report()
    network = data.winners[0].network
    found = texts(drawing(network, data))
    assert [text for text in found if text in {"stem", "TBD1", "TBD2", "TBD3", "TBD4", "TBD5", "FC"}].count("FC") == 2
    assert found.count("SRB_k5") == 3
    assert found.count("max pool") == 3
    assert found.count("no neurons") == 1  # the identity skip
    assert "8 × 16 × 16" in found
    assert "32 × 2 × 2" in found
    # The stem's 8·16·16 neurons fire at 0.1 over 4 timesteps.
    assert f"{8 * 16 * 16 * 4 * 0.1:.0f}" in found
    assert "0.100" in found
    assert "91,810" in found


def test_without_measurement_the_network_is_drawn_alone(report: Callable[..., ReportData]) -> None:
    data = report()
    found = texts(drawing(replace(data.winners[0].network, shared=None, trained=None), data))
    assert "SRB_k5" in found
    assert "spikes per image" not in found


def test_without_steps_there_is_no_drawing(report: Callable[..., ReportData]) -> None:
    data = report()
    assert drawing(replace(data.winners[0].network, steps=()), data) is None


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("autosnn-extra:SRB_k3", (2, 128, 128)),
        ("autosnn-snn3:skip", (3, 64, 64)),
        ("autosnn-snn2:SIB_k3_e3", (1, 8, 8)),
        ("autosnn-snn4:SIBD_k7_e6", (3, 32, 48)),
    ],
)
def test_every_macro_and_size_can_be_drawn(
    report: Callable[..., ReportData], network: Callable[..., Network], text: str, image: tuple[int, int, int]
) -> None:
    data = report()
    drawn = network(text, Dimensions(channels=16, image=image))
    found = texts(drawing(drawn, data))
    assert len([step for step in drawn.steps if " × ".join(map(str, step.output)) in found]) == len(drawn.steps) - 1
    assert str(math.prod(drawn.steps[-1].output)) in found


def test_winners_stand_side_by_side(report: Callable[..., ReportData]) -> None:
    found = texts(side_by_side(report(lambdas=(-0.08, 0.0, -0.16, -0.24))))
    assert [text for text in found if text.startswith("λ")] == ["λ = −0.08", "λ = 0", "λ = −0.16", "λ = −0.24"]
    assert found.count("skip") == 4
    assert "97.2% accuracy" in found
    assert "77.1% (estimate)" in texts(side_by_side(report(lambdas=(-0.08, 0.0), trained=False)))
    assert side_by_side(report()) is None
