"""An Optuna study in one SQLite file: made whole, read by anybody, written one finished trial at a time."""

import contextlib
import gc
import json
import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial
from sqlalchemy.exc import SQLAlchemyError

from spikesearch.errors import RunError, UserError
from spikesearch.strategies.strategy import Space

STUDY_NAME = "search"

Direction = Literal["maximize", "minimize"]

_CURE = "restore it from a copy, or move it away and resume, which evaluates again what it held"

# Long enough for a reader on a busy machine to finish; SQLite's own 5 s would fail the search instead.
_BUSY_SECONDS = 60

Record = TypeVar("Record")


def slots_of(space: Space) -> dict[str, tuple[str, ...]]:
    """The candidates' texts of every slot, by the slot's name."""
    texts = getattr(space, "slot_texts", None)  # of cells, whose slots are connections
    if texts is not None:
        return dict(zip(space.slot_names, texts, strict=True))
    first = (0,) * len(space.choices)
    return {
        name: tuple(
            str(space.decode((*first[:slot], index, *first[slot + 1 :])).slots[slot])
            for index in range(space.choices[slot])
        )
        for slot, name in enumerate(space.slot_names)
    }


def open_study(
    file: Path, space: Space, settings: Mapping[str, Any], directions: Mapping[str, Direction]
) -> optuna.Study:
    """The study in `file`, created if there is none.

    Args:
        file: its folder must exist.
        space: the space searched; its slots become Optuna's parameters.
        settings: what the trials depend on, plain JSON values, kept in the study.
        directions: objective → `maximize` or `minimize`.

    Raises:
        UserError: the file is no such study, or one of another space or other settings.
        RunError: the study cannot be written.
    """
    expected = {"slots": {name: list(texts) for name, texts in slots_of(space).items()}, **settings}
    if not has_study(file):
        _create(file, expected, directions)
    study = load_study(file)
    _compare(file, study.user_attrs, json.loads(json.dumps(expected)))  # tuples come back as lists
    return study


def add_trial(study: optuna.Study, trial: FrozenTrial, number: int) -> None:
    """Store one finished trial; it is on the disk when this returns.

    Raises:
        RunError: the disk is full, or another program keeps the study locked.
    """
    try:
        study.add_trial(trial)
    except optuna.exceptions.StorageInternalError as error:
        # SQLAlchemy's own text shows the whole statement.
        reason = getattr(error.__cause__, "orig", None) or error.__cause__ or error
        raise RunError(
            f"trial {number} could not be stored ({reason}): free disk space or close the program that has "
            "the study open, then resume"
        ) from error


def finished_trials(file: Path, study: optuna.Study, record: Callable[[FrozenTrial], Record]) -> list[Record]:
    """All trials in the order in which they were added, each as `record` makes it.

    Raises:
        UserError: the study is damaged, or holds others.
    """
    # A pause for Python's garbage collector: it looks for cycles among ever more small objects, half of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        finished = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
        return [record(trial) for trial in finished]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{file} holds trials that spikesearch did not write ({error!r}): remove them") from error
    except optuna.exceptions.StorageInternalError as error:
        raise UserError(f"{file} is damaged ({error.__cause__ or error}): {_CURE}") from error
    finally:
        if collecting:
            gc.enable()


def has_study(file: Path) -> bool:
    """Whether there is anything; an empty file is what a full disk or a stopped copy leaves, and holds no trial."""
    return file.exists() and file.stat().st_size > 0


def load_study(file: Path) -> optuna.Study:
    """The study in a file that exists.

    Raises:
        UserError: it is none.
    """
    try:
        # Optuna would add its tables to whatever database it is given, so look first.
        with contextlib.closing(connect(file)) as database:
            names = [name for (name,) in database.execute("SELECT study_name FROM studies")]
    except sqlite3.Error as error:
        raise UserError(f"{file} is not the study of a search, or is damaged: {error}; {_CURE}") from error
    if STUDY_NAME not in names:
        raise UserError(f"{file} holds the studies {names}, but none named {STUDY_NAME!r}: give the folder of a search")
    with _quiet():
        return optuna.load_study(storage=_storage(file), study_name=STUDY_NAME)


def connect(file: Path, draft: bool = False) -> sqlite3.Connection:
    """The database, for SQL of one's own."""
    # SQLAlchemy's pool hands a connection from thread to thread, but never to two at once.
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, check_same_thread=False)
    if draft:  # nobody reads it after a crash, so it need not reach the disk table by table
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
    return connection


def _create(file: Path, settings: Mapping[str, Any], directions: Mapping[str, Direction]) -> None:
    """Build the study under a hidden name, so that it is complete when it appears under its own."""
    hidden = file.with_name(f".{file.name}.incomplete")
    try:
        hidden.unlink(missing_ok=True)  # left by a process that was killed here
        with _quiet():
            storage = _storage(hidden, draft=True)
            study = optuna.create_study(storage=storage, study_name=STUDY_NAME, directions=[*directions.values()])
            study.set_metric_names(list(directions))
        for name, value in settings.items():
            study.set_user_attr(name, value)
        storage.remove_session()
        storage.engine.dispose()
        with open(hidden, "rb+") as database:
            os.fsync(database.fileno())
        os.replace(hidden, file)
    except (optuna.exceptions.StorageInternalError, SQLAlchemyError, OSError) as error:
        raise RunError(
            f"the study {file} could not be created: {error.__cause__ or error}; make room, then resume"
        ) from error


def _storage(file: Path, draft: bool = False) -> RDBStorage:
    # The URL only tells the kind of database: versions of SQLAlchemy differ in what "?", "#" and "%" in it mean.
    return RDBStorage("sqlite:///study.db", engine_kwargs={"creator": lambda: connect(file, draft)})


def _compare(file: Path, stored: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    wrong = [
        f"{name} is {stored.get(name)!r} there and {expected.get(name)!r} here"
        for name in dict.fromkeys([*stored, *expected])
        if stored.get(name) != expected.get(name)
    ]
    if wrong:
        raise UserError(f"{file} belongs to a search with other settings: {'; '.join(wrong)}")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from announcing the study, and from warning that metric names are experimental."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)
