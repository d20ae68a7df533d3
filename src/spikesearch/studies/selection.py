"""Which of a search's candidates are worth training: the best under a λ, or the Pareto front.

Shared weights rank roughly, so one winner is a gamble. Those that lost a race, emit no spike, or break a measured
constraint are left out as long as there are others.
"""

import itertools
from collections.abc import Iterable, Sequence

from spikesearch.strategies.objectives import pareto_front
from spikesearch.studies.finalists import Finalist
from spikesearch.studies.trial import TrialRecord, ranking


def best_of(trials: Iterable[TrialRecord], count: int, finalists: Sequence[Finalist] = ()) -> list[TrialRecord]:
    """The `count` best of one λ, the winner first, as the search measured them.

    Args:
        trials: of that λ.
        count: how many.
        finalists: those of them that were measured again: they come first, in the order of their new figures.
    """
    again = {one.trial.number: one.again for one in finalists}
    searched = {trial.number: trial for trial in trials}
    found = ranking(_eligible(again.get(number, trial) for number, trial in searched.items()))
    return [searched[trial.number] for trial in sorted(found, key=lambda one: one.number not in again)][:count]


def front_of(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """The Pareto front over all λ, fewest spikes first; each architecture once, equal figures in order of evaluation.

    Where every candidate breaks a measured constraint it is the one that breaks them least, which alone no other
    dominates (Deb et al. 2002, definition 1).
    """
    first: dict[str, TrialRecord] = {}
    for trial in _eligible(trials):
        first.setdefault(trial.architecture, trial)
    found = list(first.values())
    if any(trial.violation for trial in found):
        least = min(trial.violation for trial in found)
        found = [trial for trial in found if trial.violation == least]
    return [found[index] for index in pareto_front([(one.accuracy, one.spikes_per_image) for one in found])]


def one_of_each(front: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Of candidates of a front with equal figures one: that whose text sorts first, as a winner is chosen.

    A small supernet that has learned little gives many candidates the same figures; to train them all would tell
    nothing of accuracy against spikes.
    """
    sets = itertools.groupby(front, key=lambda trial: (trial.accuracy, trial.spikes_per_image))
    return [min(equal, key=lambda trial: trial.architecture) for _, equal in sets]


def spread(front: Sequence[TrialRecord], limit: int) -> list[TrialRecord]:
    """At most `limit` of the front, in its order: both ends, and what lies nearest to even steps of spikes between."""
    if limit <= 0 or len(front) <= limit:
        return list(front)
    if limit == 1:
        return [front[-1]]  # the most accurate one
    least, most = front[0].spikes_per_image, front[-1].spikes_per_image
    chosen = {0, len(front) - 1}
    for step in range(1, limit - 1):
        wanted = least + step * (most - least) / (limit - 1)
        left = [index for index in range(len(front)) if index not in chosen]
        chosen.add(min(left, key=lambda index: (abs(front[index].spikes_per_image - wanted), index)))
    return [front[index] for index in sorted(chosen)]


def _eligible(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    found = list(trials)
    for good in (
        lambda trial: not trial.stopped_early,
        lambda trial: trial.spikes_per_image > 0,
        lambda trial: not trial.violation,
    ):
        found = list(filter(good, found)) or found
    return found
