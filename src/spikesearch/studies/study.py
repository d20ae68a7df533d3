"""The log of a search: an Optuna study in SQLite, written one whole finished trial at a time."""

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, create_trial

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.strategies.constraints import violation
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.strategies.strategy import Space
from spikesearch.studies.optuna_file import (
    Direction,
    add_trial,
    connect,
    finished_trials,
    load_study,
    open_study,
    slots_of,
)
from spikesearch.studies.trial import TrialRecord

DIRECTIONS: Mapping[str, Direction] = {"accuracy": "maximize", "spikes_per_image": "minimize"}


class TrialStore:
    """Trials of one search on disk, readable with Optuna's tools.

    The study is a log and not the host of the algorithm: each trial is added whole and finished in one transaction, so
    a process killed at any moment leaves a readable study without half trials. One process writes at a time (the lock
    of the run folder sees to that); any number may read meanwhile.
    """

    def __init__(self, study: optuna.Study, space: Space, records: list[TrialRecord]) -> None:
        """Not for callers: use `open`."""
        self._study = study
        self._space = space
        self._records = records
        self._distributions = {name: CategoricalDistribution(texts) for name, texts in slots_of(space).items()}

    @classmethod
    def open(cls, path: str | os.PathLike[str], space: Space, settings: Mapping[str, Any]) -> Self:
        """The study at `path`, created if there is none.

        Args:
            path: the SQLite file; its folder must exist.
            space: the space searched; its slots become Optuna's parameters.
            settings: what the trials depend on (seed, fitness, N_avg, …), plain JSON values, kept in the study.

        Raises:
            UserError: the file is no such study, or one of another space or other settings.
            RunError: the study cannot be written.
        """
        file = Path(path)
        study = open_study(file, space, settings, DIRECTIONS)
        return cls(study, space, _trials(file, study))

    def __len__(self) -> int:
        return len(self._records)

    def add(
        self,
        architecture: Architecture,
        measurement: Measurement,
        *,
        lam: float,
        fitness: float,
        generation: int,
        source: str,
        reused_from: int | None = None,
        stopped_early: bool = False,
        excesses: Sequence[float] = (),
    ) -> TrialRecord:
        """Store one evaluated architecture; it is on the disk when this returns. Arguments: see `TrialRecord`.

        Args:
            excesses: of the measured constraints, if there are any: 0 or less where kept. Optuna keeps them as the
                trial's constraints, so that its `best_trials` leaves out what breaks them.

        Raises:
            RunError: the disk is full, or another program keeps the study locked.
        """
        record = TrialRecord(
            number=len(self._records),
            architecture=str(architecture),
            digest=architecture.digest,
            lam=lam,
            generation=generation,
            fitness=fitness,
            accuracy=measurement.accuracy,
            spikes_per_image=measurement.spikes_per_image,
            firing_rate=measurement.firing_rate,
            layers=measurement.layers,
            images=measurement.images,
            correct=measurement.correct,
            source=source,
            reused_from=reused_from,
            stopped_early=stopped_early,
            violation=violation(excesses),
        )
        code = self._space.encode(architecture)
        trial = create_trial(
            values=[record.accuracy, record.spikes_per_image],
            params={
                name: distribution.choices[index]
                for (name, distribution), index in zip(self._distributions.items(), code, strict=True)
            },
            distributions=dict(self._distributions),
            user_attrs=_attributes(record),
            # The list that Optuna 4 knows and Optuna 5 still reads; its keyword for a dictionary came with 5.
            system_attrs={"constraints": list(excesses)} if excesses else {},
        )
        add_trial(self._study, trial, record.number)
        self._records.append(record)
        return record

    def load(self) -> list[TrialRecord]:
        """All trials in the order in which they were added."""
        return list(self._records)


def read_trials(path: str | os.PathLike[str]) -> list[TrialRecord]:
    """All trials of the study at `path`, in order; also while a search adds to it. No file yet: no trials.

    Raises:
        UserError: the file is no study of a search.
    """
    file = Path(path)
    return _trials(file, load_study(file)) if file.exists() else []


def read_trial_times(path: str | os.PathLike[str]) -> list[datetime]:
    """When each trial of the study at `path` was stored, local time, in order. No file yet: no trials.

    Raises:
        UserError: the file is no study of a search.
    """
    file = Path(path)
    if not file.exists():
        return []
    try:
        with contextlib.closing(connect(file)) as database:
            found = database.execute("SELECT datetime_complete FROM trials WHERE state = 'COMPLETE' ORDER BY number")
            return [datetime.fromisoformat(text) for (text,) in found if text]
    except (sqlite3.Error, ValueError) as error:
        raise UserError(f"{file} is not the study of a search, or is damaged: {error}") from error


def read_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `TrialStore.open` was given when the study was created, with the slots' candidates under `slots`.

    Raises:
        UserError: the file is no study of a search.
    """
    return dict(load_study(Path(path)).user_attrs)


def _attributes(record: TrialRecord) -> dict[str, Any]:
    return {
        "architecture": record.architecture,
        "digest": record.digest,
        "lam": record.lam,
        "generation": record.generation,
        "fitness": record.fitness,
        "firing_rate": record.firing_rate,
        "layers": [layer.as_dict() for layer in record.layers],
        "images": record.images,
        "correct": record.correct,
        "source": record.source,
        **({} if record.reused_from is None else {"reused_from": record.reused_from}),
        **({"stopped_early": True} if record.stopped_early else {}),
        **({"violation": record.violation} if record.violation else {}),
    }


def _record(trial: FrozenTrial) -> TrialRecord:
    accuracy, spikes_per_image = trial.values
    attributes = dict(trial.user_attrs)
    layers = tuple(LayerActivity.from_dict(layer) for layer in attributes.pop("layers"))
    return TrialRecord(
        number=trial.number, accuracy=accuracy, spikes_per_image=spikes_per_image, layers=layers, **attributes
    )


def _trials(file: Path, study: optuna.Study) -> list[TrialRecord]:
    return finished_trials(file, study, _record)
