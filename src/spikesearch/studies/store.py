"""What the studies of both kinds of search have in common: whole finished trials, in order, in an Optuna study."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, create_trial

from spikesearch.architectures.architecture import Architecture
from spikesearch.strategies.strategy import Space
from spikesearch.studies.optuna_file import Direction, add_trial, finished_trials, open_study, slots_of


class Numbered(Protocol):
    """A record that knows its place in the study."""

    @property
    def number(self) -> int: ...


Record = TypeVar("Record", bound=Numbered)


class Store(ABC, Generic[Record]):
    """Trials of one search on disk, readable with Optuna's tools.

    The study is a log and not the host of the algorithm: each trial is added whole and finished in one transaction, so
    a process killed at any moment leaves a readable study without half trials. One process writes at a time (the lock
    of the run folder sees to that); any number may read meanwhile.
    """

    directions: ClassVar[Mapping[str, Direction]]
    """The study's objectives, by name."""

    def __init__(self, study: optuna.Study, space: Space, records: list[Record]) -> None:
        """Not for callers: use `open`."""
        self._study = study
        self._space = space
        self._records = records
        self._distributions = {name: CategoricalDistribution(texts) for name, texts in slots_of(space).items()}

    @staticmethod
    @abstractmethod
    def read(trial: FrozenTrial) -> Record:
        """The record of a stored trial."""

    @classmethod
    def open(cls, path: str | os.PathLike[str], space: Space, settings: Mapping[str, Any]) -> Self:
        """The study at `path`, created if there is none.

        Args:
            path: the SQLite file; its folder must exist.
            space: the space searched; its slots, of cells the pairs of nodes, become Optuna's parameters.
            settings: what the trials depend on (seed, fitness or score, …), plain JSON values, kept in the study.

        Raises:
            UserError: the file is no such study, or one of another space or other settings.
            RunError: the study cannot be written.
        """
        file = Path(path)
        study = open_study(file, space, settings, cls.directions)
        return cls(study, space, finished_trials(file, study, cls.read))

    def __len__(self) -> int:
        return len(self._records)

    def load(self) -> list[Record]:
        """All trials in the order in which they were added."""
        return list(self._records)

    def _append(
        self,
        record: Record,
        architecture: Architecture,
        *,
        values: Sequence[float],
        attributes: Mapping[str, Any],
        system: Mapping[str, Any] | None = None,
    ) -> Record:
        """Store a record as a finished trial; it is on the disk when this returns.

        Args:
            record: its number is the next one.
            architecture: of the record; its code becomes the trial's parameters.
            values: of the objectives.
            attributes: what `read` needs beside them.
            system: attributes that Optuna itself reads.
        """
        code = self._space.encode(architecture)
        trial = create_trial(
            values=list(values),
            params={
                name: distribution.choices[index]
                for (name, distribution), index in zip(self._distributions.items(), code, strict=True)
            },
            distributions=dict(self._distributions),
            user_attrs=dict(attributes),
            system_attrs=dict(system or {}),
        )
        add_trial(self._study, trial, record.number)
        self._records.append(record)
        return record
