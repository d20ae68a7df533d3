"""Spikes and firing rates of steps, from layers whose sums can be done by hand."""

import pytest

from spikesearch.reproduction.autosnn.layers import draw_layers, layer_table, steps_of
from spikesearch.reproduction.lab import Trained


def network(*repeats: list[tuple[str, int, float, float]]) -> Trained:
    return Trained("autosnn: skip", 1, 1, [{"layers": layers} for layers in repeats])


# T = 4: spikes = positions · T · rate
ONE = [("stem.neuron", 100, 40.0, 0.1), ("tbd1.neuron1", 100, 80.0, 0.2), ("tbd1.neuron2", 300, 600.0, 0.5)]
TWO = [("stem.neuron", 100, 80.0, 0.2), ("tbd1.neuron1", 100, 40.0, 0.1), ("tbd1.neuron2", 300, 240.0, 0.2)]
WITH_GAP = [("stem.neuron", 100, 40.0, 0.1), ("gap.neuron", 10, 8.0, 0.2), ("ds3", 40, 16.0, 0.1)]


def test_layers_of_a_step_are_added() -> None:
    steps = steps_of(network(ONE, TWO))
    assert list(steps) == ["stem", "tbd1"]
    assert steps["tbd1"].spikes.values == (680.0, 280.0)
    # (100 · 0.2 + 300 · 0.5) / 400, and (10 + 60) / 400
    assert steps["tbd1"].firing_rate.values == pytest.approx((0.425, 0.175))


def test_the_table_is_in_network_order_and_says_what_a_network_lacks() -> None:
    table = layer_table({"A": network(ONE), "B": network(WITH_GAP)})
    assert [row["step"] for row in table.rows] == ["stem", "tbd1", "ds3", "gap"]
    assert table.rows[1] == {"step": "tbd1", "A: spikes": "680", "B: spikes": "–", "A: rate": "0.425", "B: rate": "–"}


def test_bars_are_as_high_as_the_numbers() -> None:
    spikes, rates = draw_layers({"A": network(ONE), "B": network(WITH_GAP)}).axes
    assert [[bar.get_height() for bar in group] for group in spikes.containers] == [[40, 680, 0, 0], [40, 0, 16, 8]]
    assert [bar.get_height() for bar in rates.containers[0]] == pytest.approx([0.1, 0.425, 0, 0])
    assert [label.get_text() for label in rates.get_xticklabels()] == ["stem", "TBD1", "DS3", "GAP"]


def test_whiskers_are_the_deviation_over_trainings() -> None:
    spikes, _ = draw_layers({"A": network(ONE, TWO)}).axes
    (segments,) = (one.get_segments() for one in spikes.collections)
    # stem: 40 and 80
    assert [y for _, y in segments[0]] == pytest.approx([60 - 800**0.5, 60 + 800**0.5])
