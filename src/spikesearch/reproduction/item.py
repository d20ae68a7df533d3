"""One table or figure of a paper: what it measures, what the paper says, and whether both agree."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spikesearch.reproduction.claims import Claim, agreement
from spikesearch.reproduction.scale import PARTS, Part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spikesearch.reports.style import Picture
    from spikesearch.reproduction.lab import Lab


@dataclass(frozen=True)
class Table:
    """Rows of one table as it is shown; every row has the same columns."""

    caption: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Result:
    """What an item found.

    Attributes:
        tables: shown one below the other.
        claims: the paper's conclusions, against these numbers, and what is asked beyond.
        pictures: by file name without ending; drawn when the page is written.
        notes: what a reader must know beside the scale's deviations.
    """

    tables: Sequence[Table]
    claims: Sequence[Claim] = ()
    pictures: Mapping[str, "Callable[[], Figure | Picture]"] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def agreement(self) -> str:
        """One sentence on the paper's conclusions."""
        return agreement(self.claims)


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
        uses: the parts of the work that it does in the scale's own setting: whose deviations its page lists.
    """

    paper: str
    name: str
    title: str
    cost: Mapping[str, str]
    measure: "Callable[[Lab], Result]"
    data: Sequence[str] = ("cifar10",)
    paper_data: Sequence[str] = ()
    uses: Sequence[Part] = PARTS

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


def data_options(names: Sequence[str]) -> str:
    """What to write on the command line to give these data sets.

    >>> data_options(["cifar10", "n-mnist"])
    '--data DIR --data n-mnist=DIR'
    """
    return " ".join("--data DIR" if name == "cifar10" else f"--data {name}=DIR" for name in names)
