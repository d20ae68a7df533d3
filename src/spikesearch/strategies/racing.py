"""Racing: candidates that are out of the best k, with a stated confidence, stop before they have seen all images.

Hoeffding races (Maron & Moore, NIPS 6, 1994). The candidates of a generation see
the images in rounds, in one random order. After each round the fitness of each is bounded from both sides; who cannot
come up to what k others reach at least is out.

- Accuracy is a mean of values in 0…1 of images drawn without replacement: Hoeffding's bound with Serfling's correction
  (Annals of Statistics 2, 1974, corollary 1.1), which holds for every network and data set.
- Spikes per image have no known limit: Student's t interval over the means of the batches seen, corrected for the
  finite number of images. It takes these means to be normal, which means of hundreds of images nearly are.
- Fitness grows with accuracy and falls with spikes, so its bounds are those of the corners.

All bounds of all candidates at all looks hold together with the confidence: each is given an equal share of the risk
(union bound). So in a generation, with that confidence, none of the true best k stops early.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.strategies.evaluator import Evaluator, Measurement

_BOUNDS = 4  # of one candidate at one look: accuracy and spikes, from below and from above


@dataclass(frozen=True)
class Racing:
    """How candidates race.

    Args:
        keep: k; the best k of all trials of a search are to be the true ones.
        confidence: with which, in each generation.

    Raises:
        UserError: a number out of its range.
    """

    keep: int
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise UserError(f"racing for the best {self.keep}: must be at least 1")
        if not 0 < self.confidence < 1:
            raise UserError(f"confidence = {self.confidence}: must lie between 0 and 1; 0.95 is usual")


@dataclass(frozen=True)
class Partial:
    """What a candidate did on the images that it has seen.

    Attributes:
        images: how many.
        correct: how many of them were classified rightly.
        batch_spikes: spikes per image, for each batch; batches of equal size.
    """

    images: int
    correct: int
    batch_spikes: tuple[float, ...]


Stops = Callable[[Mapping[int, Partial]], set[int]]
"""Who stops, of those still in the race; called after each round but the last one."""


@runtime_checkable
class RacingEvaluator(Evaluator, Protocol):
    """An evaluator that can stop in the middle.

    It takes the images in a fixed random order: bounds for samples drawn without replacement hold for no other.
    """

    @property
    def images(self) -> int:
        """All images."""
        ...

    @property
    def looks(self) -> int:
        """How often `race` asks who stops, at most."""
        ...

    def race(self, architectures: Sequence[Architecture], stops: Stops) -> list[Measurement]:
        """One measurement for each, in the order given, over the images that it saw before it was stopped."""
        ...


@dataclass(frozen=True, kw_only=True)
class Race:
    """The race of one generation.

    Args:
        racing: k and confidence.
        images: all images.
        looks: how often `out` is asked, at most.
        candidates: how many race.
        score: fitness of (accuracy, spikes per image); grows with the former, falls with the latter.
        incumbents: fitness of the other candidates of this search that saw all images.
    """

    racing: Racing
    images: int
    looks: int
    candidates: int
    score: Callable[[float, float], float]
    incumbents: Sequence[float] = ()

    @property
    def risk(self) -> float:
        """With which one bound may fail."""
        return (1 - self.racing.confidence) / (_BOUNDS * max(1, self.candidates * self.looks))

    def out(self, partial: Mapping[int, Partial]) -> set[int]:
        """Those of the candidates still in the race that are not among the best k."""
        bounds = {number: self._fitness_bounds(found) for number, found in partial.items()}
        reached = sorted([*self.incumbents, *(low for low, _ in bounds.values())], reverse=True)
        if len(reached) < self.racing.keep:
            return set()
        needed = reached[self.racing.keep - 1]
        return {number for number, (_, high) in bounds.items() if high < needed}

    def _fitness_bounds(self, found: Partial) -> tuple[float, float]:
        worst, best = accuracy_bounds(found.correct, found.images, self.images, self.risk)
        fewest, most = spikes_bounds(found.batch_spikes, found.images, self.images, self.risk)
        low = self.score(worst, most) if math.isfinite(most) else -math.inf
        if fewest <= 0:
            # It may be silent on all other images too: the fitness of a silent network is 0 and not infinite, but one
            # that is nearly silent comes near to that.
            return min(low, 0.0), math.inf
        try:
            return low, self.score(best, fewest)
        except UserError:  # too good for a number
            return low, math.inf


def accuracy_bounds(correct: int, images: int, total: int, risk: float) -> tuple[float, float]:
    """The accuracy over all `total` images, from `images` of them drawn without replacement.

    P(accuracy > rate + ε) ≤ exp(−2 n ε² / (1 − (n − 1) / N)) with n = `images`, N = `total`, and likewise below; each
    bound fails with a probability of at most `risk`.
    """
    rate = correct / images
    width = math.sqrt((1 - (images - 1) / total) * math.log(1 / risk) / (2 * images))
    return max(0.0, rate - width), min(1.0, rate + width)


def spikes_bounds(batch_spikes: Sequence[float], images: int, total: int, risk: float) -> tuple[float, float]:
    """The spikes per image over all `total` images, from the means of equal batches; infinitely wide for one batch.

    mean ± t · s / √B · √(1 − n / N) with B batches of n images together, s the standard deviation of their means and t
    the quantile 1 − `risk` of Student's distribution with B − 1 degrees of freedom.
    """
    # Imported here: it takes as long as the rest of the package, and few searches race.
    from scipy.special import stdtrit

    count = len(batch_spikes)
    if count < 2:
        return 0.0, math.inf
    mean = math.fsum(batch_spikes) / count
    variance = math.fsum((value - mean) ** 2 for value in batch_spikes) / (count - 1)
    width = -float(stdtrit(count - 1, risk)) * math.sqrt(variance / count * (1 - images / total))
    return max(0.0, mean - width), mean + width
