"""One table or figure of a paper: what it measures, what the paper says, and whether both agree."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spikesearch.reproduction.sample import Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spikesearch.reports.style import Picture
    from spikesearch.reproduction.lab import Lab

CLEAR = 2.0
"""Standard errors from which on a difference is more than noise."""


@dataclass(frozen=True)
class Table:
    """Rows of one table as it is shown; every row has the same columns."""

    caption: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that the paper concludes, as a difference that should be above 0.

    Attributes:
        says: the conclusion, a sentence.
        difference: what was measured; above 0 if the conclusion holds here.
        error: its standard error; None where nothing was repeated.
        unit: of the difference.
        digits: behind the point.
    """

    says: str
    difference: float
    error: float | None = None
    unit: str = ""
    digits: int = 2

    @property
    def verdict(self) -> str:
        """`holds`, `does not hold`, or in which direction a difference within the noise points."""
        if self.error is not None and abs(self.difference) < CLEAR * self.error:
            return "holds, within the noise" if self.difference > 0 else "does not hold, within the noise"
        return "holds" if self.difference > 0 else "does not hold"


@dataclass(frozen=True)
class Result:
    """What an item found.

    Attributes:
        tables: shown one below the other.
        claims: the paper's conclusions, against these numbers.
        pictures: by file name without ending; drawn when the page is written.
        notes: what a reader must know beside the scale's deviations.
    """

    tables: Sequence[Table]
    claims: Sequence[Claim] = ()
    pictures: Mapping[str, "Callable[[], Figure | Picture]"] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def agreement(self) -> str:
        """One sentence on all claims."""
        holding = sum(claim.difference > 0 for claim in self.claims)
        clear = sum(claim.verdict == "holds" for claim in self.claims)
        count = len(self.claims)
        if not count:
            return "The paper concludes nothing that these numbers could tell."
        noise = f", {holding - clear} of them within the noise" if holding > clear else ""
        if count == 1:
            word = "holds here" if holding else "does not hold here"
            return f"The paper's conclusion {word}{', within the noise' if 'noise' in self.claims[0].verdict else ''}."
        if holding == count:
            return f"All {count} conclusions of the paper hold here{noise}."
        return f"{holding} of {count} conclusions of the paper hold here{noise}."


@dataclass(frozen=True, kw_only=True)
class Item:
    """A table or figure.

    Attributes:
        paper: `autosnn` or `snasnet`.
        name: `table2`, `figure4`, …
        title: what it is about.
        cost: by scale, in words: what it takes alone, with nothing measured before.
        measure: makes the result.
        data: data sets it needs beyond smoke.
        paper_data: at the paper's scale, where these are others.
    """

    paper: str
    name: str
    title: str
    cost: Mapping[str, str]
    measure: "Callable[[Lab], Result]"
    data: Sequence[str] = ("cifar10",)
    paper_data: Sequence[str] = ()

    @property
    def path(self) -> str:
        """`autosnn/table2`."""
        return f"{self.paper}/{self.name}"

    def needs(self, scale: str) -> Sequence[str]:
        """Data sets whose folders must be given at that scale."""
        if scale == "smoke":
            return ()
        return (self.paper_data or self.data) if scale == "paper" else self.data


def costs(small: str, paper: str = "a GPU; not measured") -> Mapping[str, str]:
    """What an item takes by scale, in words; of `small` what it does there, alone and with nothing measured before."""
    return {"smoke": "under a minute", "small": small, "paper": paper}


def above(says: str, larger: Sample, smaller: Sample, *, unit: str = "", digits: int = 2) -> Claim:
    """The claim that one mean is above another; independent measurements.

    What was measured once is taken to scatter as the other does.
    """
    known = [one.deviation for one in (larger, smaller) if one.deviation is not None]
    error = None
    if known:
        scatter = [known[0] if one.deviation is None else one.deviation for one in (larger, smaller)]
        error = math.hypot(*(s / math.sqrt(len(o.values)) for s, o in zip(scatter, (larger, smaller), strict=True)))
    return Claim(says=says, difference=larger.mean - smaller.mean, error=error, unit=unit, digits=digits)
