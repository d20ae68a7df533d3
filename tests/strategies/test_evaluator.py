"""Measurements: plain values that come back from JSON."""

import dataclasses
import json

import pytest

from spikesearch.strategies.evaluator import LayerActivity, Measurement

LAYER = LayerActivity(name="tbd1.neuron1", positions=64, spikes_per_image=12.5, firing_rate=0.1)
MEASUREMENT = Measurement(
    accuracy=0.75, spikes_per_image=12.5, firing_rate=0.1, layers=(LAYER, LAYER), images=8, correct=6
)


def test_a_measurement_comes_back_from_json() -> None:
    assert Measurement.from_dict(json.loads(json.dumps(MEASUREMENT.as_dict()))) == MEASUREMENT


def test_every_field_is_stored() -> None:
    assert list(MEASUREMENT.as_dict()) == [field.name for field in dataclasses.fields(Measurement)]
    assert list(LAYER.as_dict()) == [field.name for field in dataclasses.fields(LayerActivity)]


def test_it_is_immutable_and_hashable() -> None:
    assert len({MEASUREMENT, dataclasses.replace(MEASUREMENT, correct=5)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        MEASUREMENT.accuracy = 1.0  # type: ignore[misc]
