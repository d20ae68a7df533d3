"""The evaluated candidates, each once, and those of them that no other beats in both accuracy and spikes."""

import itertools
import math
from collections.abc import Iterable

from spikesearch.reports.data import TrialFigures
from spikesearch.strategies.objectives import pareto_front


def distinct(trials: Iterable[TrialFigures]) -> list[TrialFigures]:
    """One trial for each architecture, in order of first evaluation; trials without finite figures are left out.

    Searches for several λ evaluate the same architecture more than once, with the same measurement.
    """
    first: dict[str, TrialFigures] = {}
    for trial in trials:
        if math.isfinite(trial.accuracy) and math.isfinite(trial.spikes_per_image):
            first.setdefault(trial.architecture, trial)
    return list(first.values())


def front(trials: Iterable[TrialFigures]) -> list[TrialFigures]:
    """The Pareto-optimal candidates that emit any spike, fewest spikes first.

    A silent network guesses one class for every image: nobody beats its spikes, and nobody wants it. Nor one that
    breaks a constraint, if there are others.
    """
    spiking = [trial for trial in distinct(trials) if trial.spikes_per_image > 0]
    spiking = [trial for trial in spiking if trial.kept] or spiking
    return [spiking[i] for i in pareto_front([(trial.accuracy, trial.spikes_per_image) for trial in spiking])]


def front_sets(trials: Iterable[TrialFigures]) -> list[list[TrialFigures]]:
    """The front with candidates of equal figures together, as one point of it."""
    return [
        list(equal) for _, equal in itertools.groupby(front(trials), lambda one: (one.accuracy, one.spikes_per_image))
    ]
