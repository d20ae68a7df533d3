"""Tables 9 and 10 and Figure 9 from given figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.blocks import BLOCKS, figure9, table9, table10

PLAIN = {"SCB_k3": (60.0, 1000.0), "SRB_k3": (63.0, 900.0), "SIB_k3_e1": (55.0, 1500.0), "SIB_k3_e3": (62.0, 2000.0)}


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    """A penalty costs 20 points and half of the spikes for each 1 of λ_reg."""
    penalty = settings["train"]["spike_penalty"]
    accuracy, spikes = PLAIN[text.split()[-1]]
    return [(accuracy - 20 * penalty, spikes * (1 - penalty / 2))]


@pytest.fixture
def known(lab: Callable[..., GivenLab], given: Given) -> GivenLab:
    given.networks = figures
    given.layers = lambda text: [("stem.neuron", 100, 20.0, 0.1)]
    return lab(given)


def test_table9(known: GivenLab) -> None:
    found = table9(known)
    rows = found.tables[0].rows
    assert [row["network"] for row in rows] == list(BLOCKS)
    assert [row["paper's spikes"] for row in rows] == ["154,000", "146,000", "243,000", "374,000"]
    assert rows[0]["firing rate"] == "0.100"
    assert rows[0]["difference in firing rate"] == "−0.080"
    # SIB costs 500 and 1,000 spikes; SIB_e3 is 2 points better than SCB, SRB 3, and SCB 5 than SIB_e1
    assert [one.difference for one in found.claims] == pytest.approx([500, 1000, 2, 3, 5])
    assert [one.own for one in found.claims] == [False, False, False, True, True]


def test_figure9(known: GivenLab) -> None:
    found = figure9(known)
    assert [one.difference for one in found.claims] == pytest.approx([500, 1000])
    spikes, _ = found.pictures["layers"]().axes
    assert [group.get_label() for group in spikes.containers] == list(BLOCKS)


def test_table10(known: GivenLab) -> None:
    found = table10(known)
    asked = [(changes["train"]["spike_penalty"], repeats) for _, changes, repeats, _ in known.given.asked]
    assert asked == [(0.0, 2), (0.01, 1), (0.1, 1), (1.0, 1)]
    rows = found.tables[0].rows
    assert [(row["block"], row["λ_reg"]) for row in rows[:5]] == [
        *(("SCB_k3", "1"), ("SCB_k3", "0.1"), ("SCB_k3", "0.01"), ("SCB_k3", "0")),
        ("SRB_k3", "1"),
    ]
    assert (rows[0]["accuracy, %"], rows[0]["paper's accuracy, %"], rows[0]["spikes"]) == ("40.00", "64.36", "500")
    half = [spikes / 2 for _, spikes in PLAIN.values()]
    expected = [value for saved in half for value in (saved, 20)]
    asked, concluded = ([one.difference for one in found.claims if one.own == own] for own in (True, False))
    assert asked == pytest.approx(expected)
    # λ_reg = 0.1 takes 5 % of the spikes: 0.95 · (1,500 − 1,000), …; the points between SIB and SCB, SRB stay
    assert concluded == pytest.approx([475, 5, 570, 8, 950, -2, 1045, 1])


def test_table10_says_which_penalties_it_leaves_out(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    found = table10(lab(given, penalties=(1.0, 0.1, 0.0), blocks_settings={"train": {"epochs": 7}}))
    assert [row["paper's spikes"] for row in found.tables[0].rows[:3]] == ["83,000", "84,000", "154,000"]
    assert given.asked[0][1]["train"] == {"epochs": 7, "spike_penalty": 0.0}
    assert "Networks are trained here with `train.epochs = 7`." in found.notes
    assert "λ_reg = 0.01 is in the paper and is not measured here." in found.notes
