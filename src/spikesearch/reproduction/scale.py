"""What the size of an experiment consists of, and in what it may differ from a paper's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from spikesearch.config.reading import merged

Settings = Mapping[str, Any]

Part = Literal["network", "training", "epochs", "testing", "supernet", "lookup", "scores", "data", "sets", "ablation"]
"""What an item does in the scale's setting, and a deviation concerns: the networks and their timesteps; how they are
trained, and for how long; their test; a supernet and what a search measures with it; searches that look their
candidates up; searches by score; the pictures; a comparison over data sets; a closer look, at another data set in the
paper."""

PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class Deviation:
    """In what a scale differs from the paper.

    Attributes:
        says: a sentence.
        parts: which it concerns; an item that uses none of them does not show it.
    """

    says: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set that items measure on beside, or instead of, the scale's own.

    Attributes:
        name: that tables show.
        recipe: instead of the scale's; None: the scale's.
        settings: laid over the scale's.
        note: what a reader must know.
    """

    name: str
    recipe: str | None = None
    settings: Settings = field(default_factory=dict)
    note: str = ""

    def laid_over(self, settings: Settings) -> dict[str, Any]:
        """An item's own settings laid over those of the data set."""
        return merged(self.settings, settings)


@dataclass(frozen=True, kw_only=True)
class OtherData:
    """Other data, on which a found network is trained beside networks made by hand (AutoSNN, Table 4).

    Attributes:
        data: the data set.
        channels: C of the found network, and of the others where they have none of their own.
        others: networks made by hand, with their C or None.
        note: what a reader must know.
    """

    data: DataSet
    channels: int
    others: Mapping[str, int | None]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The size of one paper's experiments.

    Attributes:
        name: one of `SCALES`.
        recipe: that searches and trainings start from.
        settings: laid over the recipe.
        repeats: trainings of a network, each with a seed of its own.
        seeds: searches of a strategy, each with a seed of its own.
        winner_repeats: trainings of a network that a search found.
        rounds: generations of a search with shared weights.
        population: candidates of a generation.
        draws: cells that a search by score draws.
        few: architectures where the paper takes ten or more.
        timesteps: T of what is compared over timesteps.
        timesteps_settings: of trainings with these T of AutoSNN's Figure 5, which cost the more the larger T is.
        blocks_settings: of the trainings of AutoSNN's Tables 9 and 10, some of large networks.
        penalties: λ_reg of AutoSNN's Table 10; with each above 0 a network is trained once.
        widths: C of what is compared over widths.
        cloud: architectures drawn from each space where spaces are compared (AutoSNN, Figure 4).
        cloud_settings: of their trainings.
        recent: settings of networks of other papers, by text (AutoSNN, Table 11).
        moved_to: data to which found networks are moved (AutoSNN, Table 4).
        data_sets: where results are compared over data sets; the first is where all else is measured.
        ablation: where the paper looks closer, which is not its first data set.
        transfer: between which networks are moved.
        figure1_timesteps: T of SNASNet's Figure 1; empty: `timesteps`.
        hours: in which the paper's searches end, where they are as large as the paper's.
        verdicts: whether numbers of this scale can be held against the paper.
        deviations: from the paper's setting.
    """

    name: str
    recipe: str
    settings: Settings = field(default_factory=dict)
    repeats: int
    seeds: int
    winner_repeats: int = 1
    rounds: int = 10
    population: int = 20
    draws: int = 0
    few: int = 10
    timesteps: tuple[int, ...]
    timesteps_settings: Settings = field(default_factory=dict)
    blocks_settings: Settings = field(default_factory=dict)
    penalties: tuple[float, ...] = (1.0, 0.1, 0.01, 0.0)
    widths: tuple[int, ...] = ()
    cloud: int = 0
    cloud_settings: Settings = field(default_factory=dict)
    recent: Mapping[str, Settings] = field(default_factory=dict)
    moved_to: tuple[OtherData, ...] = ()
    data_sets: tuple[DataSet, ...] = (DataSet(name="cifar10"),)
    ablation: DataSet = DataSet(name="cifar10")
    transfer: tuple[DataSet, ...] = ()
    figure1_timesteps: tuple[int, ...] = ()
    hours: float | None = None
    verdicts: bool = True
    deviations: tuple[Deviation, ...]

    def deviations_of(self, parts: Collection[Part]) -> list[str]:
        """Sentences on what concerns an item that uses these parts."""
        return [one.says for one in self.deviations if set(one.parts) & set(parts)]
