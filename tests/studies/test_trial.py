"""The winner among trials."""

from dataclasses import replace

import pytest

from spikesearch.studies.trial import TrialRecord, best_trial
from strategies.tabular import measure

MEASURED = measure(["skip", "SCB_k3", "SCB_k3", "SCB_k3", "SCB_k3"])
TRIAL = TrialRecord(
    number=0,
    architecture="autosnn: b",
    digest="0" * 16,
    lam=-0.08,
    generation=0,
    fitness=0.5,
    accuracy=MEASURED.accuracy,
    spikes_per_image=MEASURED.spikes_per_image,
    firing_rate=MEASURED.firing_rate,
    layers=MEASURED.layers,
    images=MEASURED.images,
    correct=MEASURED.correct,
    source="shared-weights",
)


def test_measurement_is_what_was_measured() -> None:
    assert TRIAL.measurement == MEASURED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"fitness": 0.6}, {"fitness": 0.5, "spikes_per_image": 1.0}),
        ({"spikes_per_image": 100.0}, {"spikes_per_image": 200.0, "architecture": "autosnn: a"}),
        ({"architecture": "autosnn: a", "number": 7}, {"architecture": "autosnn: b", "number": 3}),
        ({"fitness": -0.2}, {"fitness": 0.0, "spikes_per_image": 0.0}),  # linear fitness can fall below a silent one's
    ],
)
def test_the_winner_does_not_depend_on_the_order(first: dict[str, float], second: dict[str, float]) -> None:
    winner, other = replace(TRIAL, **first), replace(TRIAL, **second)
    assert best_trial([winner, other]) == best_trial([other, winner]) == winner


def test_a_silent_network_wins_among_its_like() -> None:
    silent = replace(TRIAL, fitness=0.0, spikes_per_image=0.0)
    assert best_trial([silent]) == silent


def test_no_trials_no_winner() -> None:
    with pytest.raises(ValueError, match="empty"):
        best_trial([])
