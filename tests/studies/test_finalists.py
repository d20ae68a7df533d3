"""Who is a finalist, and who of them wins."""

import json
from dataclasses import replace

import pytest

from spikesearch import RunError
from spikesearch.strategies.constraints import UNCONSTRAINED, Constraints
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.studies.finalists import decided, finalists_of, nominated
from spikesearch.studies.trial import TrialRecord


def trial(number: int, accuracy: float, spikes: float, **changes: object) -> TrialRecord:
    made = TrialRecord(
        number=number,
        architecture=f"autosnn: {number}",
        digest="",
        lam=-0.08,
        generation=0,
        fitness=accuracy,
        accuracy=accuracy,
        spikes_per_image=spikes,
        firing_rate=0.1,
        layers=(),
        images=10,
        correct=round(10 * accuracy),
        source="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def figures(correct: int, spikes: float) -> Measurement:
    layer = LayerActivity(name="stem.neuron", positions=4, spikes_per_image=spikes, firing_rate=0.2)
    return Measurement(
        accuracy=correct / 100, spikes_per_image=spikes, firing_rate=0.2, layers=(layer,), images=100, correct=correct
    )


def score(accuracy: float, spikes: float, lam: float) -> float:
    return accuracy + lam * spikes


TRIALS = [
    trial(0, 0.5, 100),
    trial(1, 0.7, 100),
    trial(2, 0.9, 100, stopped_early=True),
    trial(3, 0.95, 0),
    trial(4, 0.8, 100, violation=0.5),
]


def numbers(trials: list[TrialRecord]) -> list[int]:
    return [one.number for one in trials]


def test_they_are_the_best_in_the_order_in_which_a_winner_is_chosen() -> None:
    assert numbers(nominated(TRIALS, 2)) == [1, 0]
    assert numbers(nominated(TRIALS, 9)) == [1, 0, 4, 3, 2]


def test_the_new_figures_decide() -> None:
    measured = {"autosnn: 0": figures(60, 2.0), "autosnn: 1": figures(70, 5.0), "autosnn: 2": figures(62, 1.0)}
    # 0.60 − 0.08·2 = 0.44, 0.70 − 0.08·5 = 0.30, 0.62 − 0.08·1 = 0.54: the loser of a race has seen all images now
    found = decided(TRIALS[:3], measured, -0.08, score, UNCONSTRAINED)
    assert numbers([one.again for one in found]) == [2, 0, 1]
    assert [one.again.fitness for one in found] == pytest.approx([0.54, 0.44, 0.30])
    winner = found[0]
    assert winner.again.measurement == measured["autosnn: 2"]
    assert not winner.again.stopped_early
    assert winner.trial is TRIALS[2]


def test_budgets_hold_for_the_new_figures() -> None:
    measured = {"autosnn: 0": figures(60, 2.0), "autosnn: 1": figures(90, 2.5)}
    found = decided(TRIALS[:2], measured, 0.0, score, Constraints.parse(["spikes<=2", "parameters<=9"]))
    assert [(one.again.number, one.again.violation) for one in found] == [(0, 0.0), (1, 0.25)]


def test_silent_ones_come_last() -> None:
    measured = {"autosnn: 0": figures(60, 0.0), "autosnn: 1": figures(10, 1.0)}
    assert [one.again.number for one in decided(TRIALS[:2], measured, 0.0, score, UNCONSTRAINED)] == [1, 0]


def test_a_fitness_that_is_no_number_is_an_error() -> None:
    with pytest.raises(RunError, match="the fitness of autosnn: 0 is nan"):
        decided(TRIALS[:1], {"autosnn: 0": figures(1, 1.0)}, 0.0, lambda *_: float("nan"), UNCONSTRAINED)


def test_what_is_stored_is_read_back() -> None:
    measured = {one.architecture: figures(60 + one.number, 1.0) for one in TRIALS}
    found = decided(TRIALS, measured, -0.08, score, Constraints.parse(["accuracy>=0.62"]))
    entry = {"lam": -0.08, "finalists": json.loads(json.dumps([one.as_dict() for one in found]))}
    # All were measured once, under another λ, as by a search that does not look at fitness.
    stored = [replace(one, lam=0.0, fitness=0.0) for one in TRIALS]
    assert finalists_of(entry, stored) == found
    assert finalists_of({"lam": -0.08}, stored) == ()
