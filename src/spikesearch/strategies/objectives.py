"""What a search maximises: accuracy weighed against spikes, and the front of those that no other beats."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from spikesearch.errors import UserError


class Fitness(Protocol):
    """A figure of merit, larger is better: computed from stored numbers, so another λ needs no new measurement."""

    def __call__(self, accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
        """The fitness of one architecture."""
        ...


def exponential_fitness(accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
    """`accuracy · (N / N_avg)^λ`: AutoSNN, section 4.2.

    Args:
        accuracy: share of validation images classified rightly, 0…1.
        spikes: N, spikes per image.
        average_spikes: N_avg, mean spikes per image of the architectures sampled in the supernet's last epoch.
        lam: λ ≤ 0. The paper uses 0 (accuracy alone), -0.04, -0.08 (its default), -0.16 and -0.24.

    A network that emits no spike has fitness 0 for every λ: the formula would call it infinitely good.

    Raises:
        UserError: λ > 0, N_avg ≤ 0, an accuracy outside 0…1, negative spikes, or a λ so strong that the result is no
            finite number.
    """
    _check(accuracy, spikes, average_spikes, lam)
    if spikes == 0 or accuracy == 0:
        return 0.0
    try:
        fitness = float(accuracy * (spikes / average_spikes) ** lam)
    except (OverflowError, ZeroDivisionError):
        fitness = math.inf
    if not math.isfinite(fitness):
        raise UserError(
            f"λ = {lam} makes the fitness of N/N_avg = {spikes / average_spikes:.3g} infinite: use a λ near -0.08"
        )
    return fitness


def linear_fitness(accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
    """`accuracy − λ'·N / N_avg` with λ' = −λ: AutoSNN, section 4.2, which gives no value for λ'.

    Arguments, errors and the fitness 0 of a network without spikes are those of `exponential_fitness`; λ ≤ 0 here
    too, so that one setting reads the same under both.
    """
    _check(accuracy, spikes, average_spikes, lam)
    if spikes == 0:
        return 0.0
    return accuracy + lam * spikes / average_spikes


ACCURACY = "accuracy"
"""What the fitness of networks that do not spike is called."""


def accuracy_alone(accuracy: float, spikes: float, average_spikes: float, lam: float) -> float:
    """The accuracy: the fitness in a space of ordinary networks (AutoSNN §5.5), which have no spikes and no N_avg."""
    return accuracy


FITNESS: Mapping[str, Fitness] = {"exponential": exponential_fitness, "linear": linear_fitness}


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of the points (accuracy, spikes) that no other point dominates, fewest spikes first.

    A point dominates another that has no more accuracy and no fewer spikes, and differs in at least one of them. Equal
    points are all kept, as in Optuna's `study.best_trials`.

    Raises:
        UserError: a coordinate is not a number (nan); it could be ordered nowhere.
    """
    if any(math.isnan(value) for point in points for value in point):
        raise UserError("a point of the Pareto front has the coordinate nan: leave failed measurements out")
    order = sorted(range(len(points)), key=lambda index: (points[index][1], -points[index][0], index))
    front: list[int] = []
    for index in order:
        # Sorted like this, only the newest point of the front can dominate the next.
        if not front or points[index][0] > points[front[-1]][0] or points[index] == points[front[-1]]:
            front.append(index)
    return front


def hypervolume(points: Sequence[tuple[float, float]], reference: tuple[float, float]) -> float:
    """The area that the points (accuracy, spikes) dominate, bounded by a reference point worse than them.

    Points that are no better than the reference in both accuracy and spikes add nothing (Zitzler & Thiele 1999).

    Args:
        points: any, in any order.
        reference: the accuracy and the spikes of the corner.

    Raises:
        UserError: a coordinate is not a number (nan).
    """
    floor, ceiling = reference
    area, height = 0.0, floor
    # Along the front spikes and accuracy rise together: each point adds the strip above all those before it.
    for index in pareto_front(points):
        accuracy, spikes = points[index]
        if spikes < ceiling and accuracy > height:
            area += (accuracy - height) * (ceiling - spikes)
            height = accuracy
    return area


def _check(accuracy: float, spikes: float, average_spikes: float, lam: float) -> None:
    if not (math.isfinite(lam) and lam <= 0):
        raise UserError(f"λ = {lam}: must be a finite number ≤ 0 (0 ignores spikes; the paper's default is -0.08)")
    if not (math.isfinite(average_spikes) and average_spikes > 0):
        raise UserError(
            f"N_avg = {average_spikes}: the average spikes per image must be a number > 0; if the supernet never "
            "spikes, train it longer or lower v_threshold"
        )
    if not 0 <= accuracy <= 1:
        raise UserError(f"accuracy = {accuracy}: must lie in 0…1 (a share, not a percentage)")
    if not (math.isfinite(spikes) and spikes >= 0):
        raise UserError(f"spikes per image = {spikes}: must be a finite number ≥ 0")
