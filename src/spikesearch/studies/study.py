"""The log of a search: an Optuna study in SQLite, written one whole finished trial at a time."""

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.strategies.constraints import violation
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.studies.optuna_file import Direction, connect, finished_trials, has_study, load_study
from spikesearch.studies.store import Store
from spikesearch.studies.trial import TrialRecord

DIRECTIONS: Mapping[str, Direction] = {"accuracy": "maximize", "spikes_per_image": "minimize"}


class TrialStore(Store[TrialRecord]):
    """Trials of one search, measured."""

    directions = DIRECTIONS

    @staticmethod
    def read(trial: FrozenTrial) -> TrialRecord:
        """The record of a stored trial."""
        accuracy, spikes_per_image = trial.values
        attributes = dict(trial.user_attrs)
        layers = tuple(LayerActivity.from_dict(layer) for layer in attributes.pop("layers"))
        return TrialRecord(
            number=trial.number, accuracy=accuracy, spikes_per_image=spikes_per_image, layers=layers, **attributes
        )

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
        return self._append(
            record,
            architecture,
            values=[record.accuracy, record.spikes_per_image],
            attributes=_attributes(record),
            # The list that Optuna 4 knows and Optuna 5 still reads; its keyword for a dictionary came with 5.
            system={"constraints": list(excesses)} if excesses else None,
        )


def read_trials(path: str | os.PathLike[str]) -> list[TrialRecord]:
    """All trials of the study at `path`, in order; also while a search adds to it. No file or an empty one: no trials.

    Raises:
        UserError: the file is no study of a search.
    """
    file = Path(path)
    return finished_trials(file, load_study(file), TrialStore.read) if has_study(file) else []


def read_trial_times(path: str | os.PathLike[str]) -> list[datetime]:
    """When each trial of the study at `path` was stored, local time, in order. No file yet, or an empty one: no trials.

    Raises:
        UserError: the file is no study of a search.
    """
    file = Path(path)
    if not has_study(file):
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
