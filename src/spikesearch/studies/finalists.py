"""Finalists: the best candidates of a λ, measured once more and more exactly, before one of them wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spikesearch.strategies.constraints import Constraints, violation
from spikesearch.strategies.evaluator import Measurement
from spikesearch.studies.log import Score, finite
from spikesearch.studies.trial import TrialRecord, ranking


@dataclass(frozen=True)
class Finalist:
    """One of them.

    Attributes:
        trial: as the search measured it, and as its λ scored it.
        again: the same with the new figures, their fitness and what they break.
    """

    trial: TrialRecord
    again: TrialRecord

    def as_dict(self) -> dict[str, Any]:
        """Old and new figures as plain JSON values; `from_dict` reads them back."""
        trial, again = self.trial, self.again
        return {
            "architecture": trial.architecture,
            "number": trial.number,
            "fitness": trial.fitness,
            "accuracy": trial.accuracy,
            "spikes_per_image": trial.spikes_per_image,
            "images": trial.images,
            "again": {"fitness": again.fitness, "violation": again.violation, **again.measurement.as_dict()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], trial: TrialRecord) -> "Finalist":
        """The finalist that `as_dict` wrote.

        Args:
            values: what it wrote.
            trial: the stored trial of that number, under any λ.
        """
        trial, again = replace(trial, fitness=values["fitness"]), values["again"]
        return cls(trial, _with(trial, Measurement.from_dict(again), again["fitness"], again["violation"]))


def nominated(trials: Iterable[TrialRecord], count: int) -> list[TrialRecord]:
    """The `count` best of one λ by what the search measured, in the order in which a winner is chosen.

    So those that lost a race, emit no spike or break a measured constraint come last, and only where others are few.
    """
    return ranking(trials)[:count]


def decided(
    nominees: Iterable[TrialRecord], measured: Mapping[str, Measurement], lam: float, score: Score, budgets: Constraints
) -> tuple[Finalist, ...]:
    """The finalists of one λ, the winner first: the order is that of a search, by the new figures.

    Args:
        nominees: of `nominated`.
        measured: architecture → its new figures.
        lam: λ.
        score: fitness of (accuracy, spikes per image, λ).
        budgets: the constraints of the search; the measured ones hold for the new figures.

    Raises:
        RunError: a fitness is no finite number.
    """
    found: dict[str, Finalist] = {}
    for trial in nominees:
        figures = measured[trial.architecture]
        fitness = finite(score(figures.accuracy, figures.spikes_per_image, lam), trial.architecture)
        again = _with(trial, figures, fitness, violation(budgets.excesses(figures)))
        found[trial.architecture] = Finalist(trial, again)
    return tuple(found[again.architecture] for again in ranking(one.again for one in found.values()))


def finalists_of(entry: Mapping[str, Any], trials: Sequence[TrialRecord]) -> tuple[Finalist, ...]:
    """Those of a winner of `winners.json`, the winner first; none where the search had none.

    Args:
        entry: of one λ.
        trials: all of the study.
    """
    by_number = {trial.number: trial for trial in trials}
    lam = entry["lam"]
    return tuple(
        Finalist.from_dict(values, replace(by_number[values["number"]], lam=lam))
        for values in entry.get("finalists", ())
    )


def _with(trial: TrialRecord, figures: Measurement, fitness: float, broken: float) -> TrialRecord:
    return replace(
        trial,
        accuracy=figures.accuracy,
        spikes_per_image=figures.spikes_per_image,
        firing_rate=figures.firing_rate,
        layers=figures.layers,
        images=figures.images,
        correct=figures.correct,
        fitness=fitness,
        violation=broken,
        stopped_early=False,  # it has seen all images now
    )
