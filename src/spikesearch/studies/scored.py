"""What a search by a training-free score stores: an Optuna study with one objective, `score`.

No candidate is trained or evaluated, so there is neither accuracy nor spikes; nothing stands in their place.
"""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError
from spikesearch.studies.optuna_file import Direction, finished_trials, has_study, load_study
from spikesearch.studies.store import Store

DIRECTIONS: Mapping[str, Direction] = {"score": "maximize"}

FIRST_STAGE = "first_stage.db"
"""The study of the candidates that were scored before a search with shared weights."""


def is_scored(config: Mapping[str, Any]) -> bool:
    """Whether a run searches by a score alone, from its stored configuration; runs older than scores do not."""
    section = config["search"]
    return not config["train_only"] and bool(section.get("score")) and not section.get("first_stage")


@dataclass(frozen=True, kw_only=True)
class ScoredTrial:
    """An architecture and its score.

    Attributes:
        number: position in the study, from 0; trials are numbered in the order in which they were added.
        architecture: canonical text.
        digest: the architecture's digest.
        generation: round of the search, from 0.
        score: larger is predicted better.
        parameters: trainable ones of the network that would be trained, not of the small one that was scored.
        macs: its multiply-accumulates per image.
        source: `score NAME`.
    """

    number: int
    architecture: str
    digest: str
    generation: int
    score: float
    parameters: int
    macs: int
    source: str

    @property
    def fitness(self) -> float:
        """What the search maximises: the score."""
        return self.score


def ranked(trials: Iterable[ScoredTrial]) -> list[ScoredTrial]:
    """The best first: highest score; of equals fewer parameters, then the canonical text that sorts first."""
    return sorted(trials, key=_rank)


def best_scored(trials: Iterable[ScoredTrial]) -> ScoredTrial:
    """The first of `ranked`.

    Raises:
        ValueError: no trials.
    """
    return min(trials, key=_rank)


def _rank(trial: ScoredTrial) -> tuple[float, int, str]:
    return -trial.score, trial.parameters, trial.architecture


class ScoreStore(Store[ScoredTrial]):
    """Trials of one search by score; the counterpart of `TrialStore`."""

    directions = DIRECTIONS

    @staticmethod
    def read(trial: FrozenTrial) -> ScoredTrial:
        """The record of a stored trial."""
        (score,) = trial.values
        return ScoredTrial(number=trial.number, score=score, **trial.user_attrs)

    def add(
        self, architecture: Architecture, score: float, *, generation: int, parameters: int, macs: int, source: str
    ) -> ScoredTrial:
        """Store one scored architecture; it is on the disk when this returns. Arguments: see `ScoredTrial`.

        Raises:
            RunError: the score is no finite number, the disk is full, or another program keeps the study locked.
        """
        if not math.isfinite(score):
            raise RunError(f"the {source} of {architecture} is {score}: it must be a finite number")
        record = ScoredTrial(
            number=len(self._records),
            architecture=str(architecture),
            digest=architecture.digest,
            generation=generation,
            score=score,
            parameters=parameters,
            macs=macs,
            source=source,
        )
        attributes = {name: value for name, value in vars(record).items() if name not in ("number", "score")}
        return self._append(record, architecture, values=[score], attributes=attributes)


def read_scored(path: str | os.PathLike[str]) -> list[ScoredTrial]:
    """All trials of the study at `path`, in order; also while a search adds to it. No file or an empty one: no trials.

    Raises:
        UserError: the file is no study of a search by score.
    """
    file = Path(path)
    return finished_trials(file, load_study(file), ScoreStore.read) if has_study(file) else []
