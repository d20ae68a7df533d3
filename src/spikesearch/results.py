"""What a run found, read from its folder."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesearch.architectures.blocks import Block
from spikesearch.errors import UserError
from spikesearch.strategies.evaluator import unequal
from spikesearch.strategies.rank_correlation import RankCorrelation
from spikesearch.studies.run import RunFolder
from spikesearch.studies.scored import FIRST_STAGE, ScoredTrial, is_scored, read_scored
from spikesearch.studies.study import read_trials
from spikesearch.studies.trial import TrialRecord

if TYPE_CHECKING:
    from spikesearch.training.normalised import NormalisedNetwork


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """One training of a network, with a seed of its own; attributes as in `TrainedNetwork`."""

    accuracy: float
    validation_accuracy: float | None
    spikes_per_image: float
    firing_rate: float
    checkpoint: str
    balanced_accuracy: float | None = None
    validation_balanced_accuracy: float | None = None


_OF_A_REPEAT = tuple(field.name for field in fields(Repeat))


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """A network trained from scratch, with its stored figures.

    Attributes:
        label: what the run calls it: `λ = -0.08` for a winner, `all SRB_k3` for a comparison.
        lam: λ of the search it won; None for a comparison or a network that was named by the user.
        architecture: canonical text.
        accuracy: share of test images classified rightly, 0…1; measured once, when training had ended.
        balanced_accuracy: mean over the classes of that share, where every class counts alike; None in runs of
            versions that did not count by class.
        validation_accuracy: accuracy on the validation images; None if they were trained on.
        validation_balanced_accuracy: balanced accuracy on them; None if they were trained on or not counted by class.
        spikes_per_image: on the test images, AutoSNN's count, FC neurons included.
        firing_rate: spikes without FC / (spiking positions · T), on the test images.
        parameters: trainable parameters.
        macs: multiply-accumulates per image over all timesteps.
        checkpoint: the file with weights, normalisation and all that rebuilds the network.
        repeats: each of its trainings, the first one included. The figures above are those of the first, whose weights
            `checkpoint` holds; the means and deviations below are over all of them.
        spiking: whether it spikes; an ordinary network, with ReLUs, does not, and its spikes and firing rate are 0.
        constraints: for each constraint of the search `constraint`, `value` (the mean over repeats, on the test images
            where it is measured), and whether it was `kept`.
    """

    label: str
    lam: float | None
    architecture: str
    accuracy: float
    balanced_accuracy: float | None = None
    validation_accuracy: float | None
    validation_balanced_accuracy: float | None = None
    spikes_per_image: float
    firing_rate: float
    parameters: int
    macs: int
    checkpoint: str
    spiking: bool = True
    repeats: tuple[Repeat, ...] = ()
    constraints: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.repeats:
            once = Repeat(**{name: getattr(self, name) for name in _OF_A_REPEAT})
            object.__setattr__(self, "repeats", (once,))

    @property
    def accuracy_mean(self) -> float:
        """Mean test accuracy over the repeats."""
        return statistics.fmean(one.accuracy for one in self.repeats)

    @property
    def accuracy_deviation(self) -> float | None:
        """Standard deviation (n − 1) of the test accuracy over the repeats; None of one."""
        return _deviation([one.accuracy for one in self.repeats])

    @property
    def balanced_accuracy_mean(self) -> float | None:
        """Mean balanced accuracy over the repeats; None where it was not measured."""
        found = [one.balanced_accuracy for one in self.repeats if one.balanced_accuracy is not None]
        return statistics.fmean(found) if found else None

    @property
    def spikes_per_image_mean(self) -> float:
        """Mean spikes per image over the repeats."""
        return statistics.fmean(one.spikes_per_image for one in self.repeats)

    @property
    def spikes_per_image_deviation(self) -> float | None:
        """Standard deviation (n − 1) of the spikes per image over the repeats; None of one."""
        return _deviation([one.spikes_per_image for one in self.repeats])

    def network(self, blocks: Mapping[str, Block] | None = None) -> "NormalisedNetwork":
        """The trained network in evaluation mode: takes images in 0…1, [N, C, H, W], and normalises them itself.

        Args:
            blocks: the user's own blocks by name, if the architecture has any.

        Raises:
            UserError: the checkpoint is missing or damaged.
        """
        from spikesearch.training.normalised import load_network

        return load_network(self.checkpoint, blocks=blocks)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: the attributes, means and deviations among them."""
        names = [f"{figure}_{kind}" for figure in ("accuracy", "spikes_per_image") for kind in ("mean", "deviation")]
        values = asdict(self)
        values |= {name: list(values[name]) for name in ("repeats", "constraints")}
        return {**values, **{name: getattr(self, name) for name in names}}


_FIGURES = tuple(field.name for field in fields(TrainedNetwork) if field.name not in ("repeats", "constraints"))
_LATER = ("balanced_accuracy", "validation_balanced_accuracy", "spiking")  # not in runs of older versions


def _deviation(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _network(folder: Path, values: Mapping[str, Any]) -> TrainedNetwork:
    """An entry of `results.json`; what it lacks was trained once, or in a run without constraints."""

    def figures(names: Sequence[str], one: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: one[name] for name in names if name in one or name not in _LATER}
        return known | {"checkpoint": str(folder / one["checkpoint"])}

    return TrainedNetwork(
        **figures(_FIGURES, values),
        repeats=tuple(Repeat(**figures(_OF_A_REPEAT, one)) for one in values.get("repeats", [values])),
        constraints=tuple(values.get("constraints", ())),
    )


class Run:
    """A run on disk, read only. `load_run(path)` makes one.

    Attributes:
        path: the run's folder.
    """

    def __init__(self, folder: RunFolder) -> None:
        """Not for callers: use `load_run`."""
        self.path = folder.path
        self._folder = folder

    @cached_property
    def networks(self) -> list[TrainedNetwork]:
        """All trained networks: winners in the order of their λ, what was chosen beside them, then comparisons.

        Raises:
            UserError: the run has not trained anything yet.
        """
        if not (self.path / "results.json").is_file():
            cure = f"spikesearch {'train' if self.only_searches else 'resume'} {self.path}"
            raise UserError(f"the run {self.path} has trained nothing{'' if self.only_searches else ' yet'}: {cure}")
        return [_network(self.path, values) for values in self._folder.read_json("results.json")]

    @cached_property
    def rank_correlation(self) -> RankCorrelation | None:
        """Whether shared weights ranked the networks as training did; None for fewer than three that have both."""
        if not (self.path / "rank_correlation.json").is_file():
            return None
        return RankCorrelation.from_dict(self._folder.read_json("rank_correlation.json"))

    @property
    def only_searches(self) -> bool:
        """Whether nothing is trained in this run: `train.choose = "nothing"`."""
        train = self.config.get("train", {})  # a damaged configuration is another one's to tell of
        return not self.config.get("train_only") and train.get("choose") == "nothing"

    @property
    def found(self) -> list[dict[str, Any]]:
        """What the search chose, trained or not: `architecture`, `lam`, and `fitness` or, by score alone, `score`.

        Raises:
            UserError: the search is not finished, or the run has none.
        """
        return list(self._folder.read_json("winners.json")["winners"])

    @property
    def winners(self) -> list[TrainedNetwork]:
        """The trained winner of each λ, in the order the λ were given."""
        return [network for network in self.networks if network.lam is not None]

    @property
    def best(self) -> TrainedNetwork:
        """The trained winner of the first λ; in a run that only trains, the first network.

        Not the one with the highest test accuracy: test images choose nothing. `predict` and the table of runs take it.
        """
        return (self.winners or self.networks)[0]

    @cached_property
    def trials(self) -> list[TrialRecord] | list[ScoredTrial]:
        """All architectures that the search evaluated, in order; of a search by score alone with their scores."""
        return read_scored(self._folder.study) if is_scored(self.config) else read_trials(self._folder.study)

    @cached_property
    def first_stage(self) -> list[ScoredTrial]:
        """All that was scored before a search with shared weights, in order; empty without such a stage."""
        return read_scored(self.path / FIRST_STAGE)

    @property
    def config(self) -> dict[str, Any]:
        """The resolved configuration."""
        return self._folder.config

    @property
    def unequal_classes(self) -> bool:
        """Whether balanced accuracy says more than accuracy, because the test part's classes differ much in size."""
        return unequal(self.config["facts"].get("class_images", {}).get("test", ()))

    @property
    def report(self) -> Path:
        """The report page."""
        return self._folder.report

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: the run's path, its networks, how shared weights ranked them, the path of its report.

        Of a run that only searches: its path, what it `found`, and the path of its report.
        """
        if self.only_searches:
            return {"run": str(self.path), "report": str(self.report), "found": self.found}
        return {
            "run": str(self.path),
            "report": str(self.report),
            "best": self.best.as_dict(),
            "networks": [network.as_dict() for network in self.networks],
            "rank_correlation": self.rank_correlation.as_dict() if self.rank_correlation else None,
        }
