"""Tables 1 and 8, Figures 2 and 3, from given figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.design_choices import figure2, figure3, table1, table8

SPACES = {
    "autosnn": (60.0, 1000.0),
    "autosnn-snn2": (58.0, 1100.0),
    "autosnn-snn3": (61.0, 1500.0),
    "autosnn-snn4": (62.0, 900.0),
}
STEPS = ("tbd1", "ds1", "tbd3", "ds2", "tbd5", "ds3")


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    accuracy, spikes = SPACES[text.partition(":")[0]]
    return [(accuracy - 1, spikes), (accuracy + 1, spikes)]


def layers(text: str) -> list[tuple[str, int, float, float]]:
    """SNN_1 fires with 0.1, SNN_2 with 0.3 and its GAP with 0.25, SNN_3 with 0.2; 100 positions and T = 2 each."""
    space = text.partition(":")[0]
    rate = {"autosnn": 0.1, "autosnn-snn2": 0.3, "autosnn-snn3": 0.2, "autosnn-snn4": 0.1}[space]
    found = [(f"{step}.neuron", 100, 200 * rate, rate) for step in STEPS]
    return [*found, ("gap.neuron", 10, 5.0, 0.25)] if space == "autosnn-snn2" else found


@pytest.fixture
def known(lab: Callable[..., GivenLab], given: Given) -> GivenLab:
    given.networks, given.layers = figures, layers
    return lab(given)


@pytest.mark.parametrize(
    ("measure", "block", "paper"),
    [
        (table1, "SCB_k3", ("86.93", "85.05", "87.94", "79.59")),
        (table8, "SRB_k3", ("87.54", "85.82", "89.18", "83.79")),
    ],
)
def test_tables(measure: Callable[..., Any], block: str, paper: tuple[str, ...], known: GivenLab) -> None:
    found = measure(known)
    (asked,) = known.given.asked
    assert [text.partition(":")[0] for text in asked[0]] == list(SPACES)
    assert all(set(text.partition(": ")[2].split()) == {block} for text in asked[0])
    rows = found.tables[0].rows
    assert tuple(row["paper's accuracy, %"] for row in rows) == paper
    assert [row["accuracy, %"] for row in rows] == ["60.00 ± 1.41", "58.00 ± 1.41", "61.00 ± 1.41", "62.00 ± 1.41"]
    # GAP costs 2 points and 100 spikes; stride 2 gives 1 and costs 500; average pooling does neither here
    assert [one.difference for one in found.claims][:6] == pytest.approx([2, 100, 1, 500, -2, -100])
    assert found.claims[0].error == pytest.approx(2**0.5)
    assert found.tables[0].caption.endswith("each trained 2 times, mean ± standard deviation.")


def test_table_1_asks_whether_average_pooling_is_unstable(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = lambda text, settings: [(50.0, 1.0), (60.0 if "snn4" in text else 52.0, 1.0)]
    *_, last = table1(lab(given)).claims
    assert last.difference == pytest.approx(8 / 2**0.5)  # deviations 10/√2 and 2/√2
    assert not [one for one in table8(lab(given)).claims if "vary" in one.says]


def test_figure2(known: GivenLab) -> None:
    found = figure2(known)
    assert [one.difference for one in found.claims] == pytest.approx([0.2, 0.2, 0.05])
    assert found.tables[0].rows[-1] == {
        "step": "gap",
        "SNN_1: spikes": "–",
        "SNN_2: spikes": "5 ± 0",
        "SNN_1: rate": "–",
        "SNN_2: rate": "0.250 ± 0.000",
    }
    assert len(found.pictures["layers"]().axes) == 2


def test_figure3(known: GivenLab) -> None:
    found = figure3(known)
    assert [one.difference for one in found.claims] == pytest.approx([20] * 6)  # 200 · (0.2 − 0.1)
    assert list(found.tables[0].rows[0])[1:3] == ["SNN_1: spikes", "SNN_3: spikes"]
