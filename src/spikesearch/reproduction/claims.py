"""What a paper concludes, as a difference that was measured here, and how sure it is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

from spikesearch.reproduction.sample import Sample, joined

CONFIDENCE = 0.95
"""Of the interval, with the same share left out on both sides, beyond which a difference is more than noise."""

HOLDS = "holds"
NOT = "does not hold"
NOISE = "within the noise"
TIE = "no difference"
FOR = "for it, no error known"
AGAINST = "against it, no error known"
UNKNOWN = "cannot be told"

_ONE_AND_MANY = {  # in the order in which a page counts them
    HOLDS: ("holds here", "hold here"),
    NOT: ("does not hold here", "do not hold here"),
    NOISE: ("is within the noise", "are within the noise"),
    TIE: ("is undecided, without any difference", "are undecided, without any difference"),
    FOR: ("points that way, no error known", "point that way, no error known"),
    AGAINST: ("points the other way, no error known", "point the other way, no error known"),
    UNKNOWN: ("cannot be told", "cannot be told"),
}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that the paper concludes, as a difference that should be above 0.

    Attributes:
        says: the conclusion, a sentence.
        difference: what was measured; above 0 if the conclusion holds here; None if that could not be.
        error: its standard error; None where nothing was repeated.
        freedom: degrees of freedom of the error (Student's t); infinite: the error is known exactly.
        n: measurements on both sides, or pairs, or points of a line; empty where it is not a matter of repeats.
        unit: of the difference.
        digits: behind the point.
        own: asked here; the paper concludes nothing of the kind. Shown apart and not counted.
        why: there is no difference.
    """

    says: str
    difference: float | None
    error: float | None = None
    freedom: float = math.inf
    n: tuple[int, ...] = ()
    unit: str = ""
    digits: int = 2
    own: bool = False
    why: str = ""

    @property
    def limit(self) -> float | None:
        """Half of the interval of 95 % about the difference; None without an error."""
        return None if self.error is None else quantile(self.freedom) * self.error

    @property
    def kind(self) -> str:
        """The verdict in the words that pages count."""
        if self.difference is None:
            return UNKNOWN
        if self.difference == 0 and not self.error:
            return TIE
        if self.limit is None:
            return FOR if self.difference > 0 else AGAINST
        if abs(self.difference) <= self.limit:
            return NOISE
        return HOLDS if self.difference > 0 else NOT

    @property
    def verdict(self) -> str:
        """The same, with the reason where there is one."""
        return f"{self.kind}: {self.why}" if self.why else self.kind


def quantile(freedom: float) -> float:
    """Student's t that is exceeded on either side in 5 % of cases: 12.7 of 1 degree of freedom, 1.96 of many."""
    if math.isinf(freedom):
        return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def agreement(claims: Sequence[Claim]) -> str:
    """One sentence on the paper's conclusions; those asked here do not count."""
    kinds = [one.kind for one in claims if not one.own]
    count = len(kinds)
    if not count:
        return "The paper concludes nothing that these numbers could tell."
    found = [(kind, kinds.count(kind)) for kind in _ONE_AND_MANY if kind in kinds]
    if count == 1:
        return f"The paper's conclusion {_ONE_AND_MANY[found[0][0]][0]}."
    if len(found) == 1:
        return f"{'Both' if count == 2 else f'All {count}'} conclusions of the paper {_ONE_AND_MANY[found[0][0]][1]}."
    parts = [f"{number} {_ONE_AND_MANY[kind][number > 1]}" for kind, number in found]
    return f"Of {count} conclusions of the paper {joined(parts)}."


def above(says: str, larger: Sample, smaller: Sample, *, unit: str = "", digits: int = 2, own: bool = False) -> Claim:
    """The claim that one mean is above another; independent measurements, whose scatter may differ (Welch, 1947).

    What was measured once is taken to scatter as the other does. The same values on both sides are of the same network
    (or of two that learned nothing), and no noise.
    """
    difference, n = larger.mean - smaller.mean, (len(larger.values), len(smaller.values))
    known = [one for one in (larger, smaller) if one.deviation is not None]
    error, freedom = None, math.inf
    if larger.values == smaller.values:
        error = 0.0
    elif known:
        sides = [one if one.deviation is not None else known[0] for one in (larger, smaller)]
        variances = [(side.deviation or 0.0) ** 2 / count for side, count in zip(sides, n, strict=True)]
        error = math.hypot(*(math.sqrt(one) for one in variances))
        alone = len(known) == 1
        freedom = len(known[0].values) - 1 if alone else _welch(variances, [count - 1 for count in n])
    return Claim(says=says, difference=difference, error=error, freedom=freedom, n=n, unit=unit, digits=digits, own=own)


def paired(says: str, differences: Sample, *, unit: str = "", digits: int = 2, own: bool = False) -> Claim:
    """The claim that a difference, measured pair by pair (or something else, once for each seed), is above 0."""
    n = len(differences.values)
    return Claim(
        says=says,
        difference=differences.mean,
        error=differences.error,
        freedom=n - 1 if n > 1 else math.inf,
        n=(n,),
        unit=unit,
        digits=digits,
        own=own,
    )


def scatters_more(says: str, larger: Sample, smaller: Sample, *, unit: str = "", digits: int = 2) -> Claim:
    """The claim that one deviation is above another; independent measurements.

    The error of a deviation of n values is s / √(2 (n − 1)), for normal ones.
    """
    n = (len(larger.values), len(smaller.values))
    if larger.deviation is None or smaller.deviation is None:
        return Claim(says=says, difference=None, n=n, unit=unit, digits=digits, why="not repeated")
    freedoms = [count - 1 for count in n]
    pairs = zip((larger.deviation, smaller.deviation), freedoms, strict=True)
    variances = [one**2 / (2 * freedom) for one, freedom in pairs]
    return Claim(
        says=says,
        difference=larger.deviation - smaller.deviation,
        error=math.sqrt(sum(variances)),
        freedom=_welch(variances, freedoms),
        n=n,
        unit=unit,
        digits=digits,
    )


def _welch(variances: Sequence[float], freedoms: Sequence[int]) -> float:
    """Degrees of freedom of a sum of variances (Satterthwaite, 1946)."""
    below = sum(one**2 / freedom for one, freedom in zip(variances, freedoms, strict=True))
    return sum(variances) ** 2 / below if below else float(min(freedoms))


def jackknife(things: Sequence[T], quantity: Callable[[Sequence[T]], float | None]) -> float | None:
    """Standard error: √((n − 1)/n · Σ (θ_i − mean)²), θ_i without thing i (Quenouille and Tukey); None if unknown."""
    found = [quantity([*things[:index], *things[index + 1 :]]) for index in range(len(things))]
    known = [value for value in found if value is not None]
    if len(known) < len(found) or not found:
        return None
    mean = sum(known) / len(known)
    return float(((len(known) - 1) / len(known) * sum((value - mean) ** 2 for value in known)) ** 0.5)
