"""One run on disk: a folder in which every file appears under its final name only when it is complete."""

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from spikesearch.errors import RunError, UserError
from spikesearch.studies.files import atomic_write, remove_incomplete, whole_folder, write_json
from spikesearch.studies.lock import Holder, holder, locked
from spikesearch.studies.metrics import Metrics

FORMAT = 1
"""Version of the layout below. It grows when an older spikesearch could no longer read a run."""

PHASES: Mapping[str, str] = {
    "supernet": "checkpoints/supernet.safetensors",
    "search": "winners.json",
    "train": "results.json",
    "report": "report.html",
}
"""The phases of a run in order, with the file that each writes last: the phase is done when the file is there."""

_ESSENTIAL = ("config.json", "recipe.toml")
_FINISHED = "finished"
# What a configuration tells beside the settings: when and with what it was made, how the settings were given, and the
# run that its networks come from.
_BESIDE = ("environment", "settings", "facts", "source")


@dataclass(frozen=True)
class RunState:
    """How far a run is, derived from its files.

    Attributes:
        done: the phases that are complete, in order.
        current: the first phase that is not; None when all are.
        finished: the whole run is complete.
        holder: the process that works on it now, if any.
    """

    done: tuple[str, ...]
    current: str | None
    finished: bool
    holder: Holder | None


class RunFolder:
    """A run's folder and the names in it.

    `recipe.toml` is written when it is created and never changed, `config.json` only by `resume` with other settings.
    Everything else appears as the run goes on. Only the process in `with run.lock():` may write; any may read.

    Attributes:
        path: the folder.
        metrics: the trained epochs, `metrics.jsonl`.
    """

    def __init__(self, path: Path) -> None:
        """Not for callers: use `create` or `open`."""
        self.path = path
        self.metrics = Metrics(path / "metrics.jsonl")

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: Mapping[str, Any], recipe: str) -> Self:
        """Make a new run.

        The folder is filled under a hidden name beside its place and then renamed, so that it appears complete.

        Args:
            path: the run's folder: absent, or an empty folder. Parents are made.
            config: the resolved configuration with device, threads, precision, …; plain JSON values.
            recipe: the recipe's text as the user gave it.

        Raises:
            UserError: there is something already: a finished run, an unfinished one (of this or another recipe), or
                files that are no run.
            RunError: the folder cannot be written.
        """
        final = Path(path).absolute()
        _refuse_existing(final, config)
        try:
            with whole_folder(final) as hidden:
                for folder in ("checkpoints", "figures"):
                    (hidden / folder).mkdir()
                write_json(hidden / "config.json", dict(config))
                _write_text(hidden / "recipe.toml", recipe)
                _write_text(hidden / "format", f"{FORMAT}\n")
        except OSError as error:
            raise RunError(f"the run folder {final} cannot be made: {error.strerror or error}") from error
        return cls(Path(path))

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """An existing run.

        Raises:
            UserError: there is none, it is incomplete, or it has another format.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise UserError(
                f"there is no run {folder}: give the folder that a search wrote, for example runs/NAME; or it was "
                "stopped before it began, in its first seconds: then give the command that started it again"
            )
        if not (folder / "format").is_file():
            raise UserError(f"{folder} is not a run: it has no file named format; give the folder that a search wrote")
        _check_format(folder)
        for kept, results in (("seeds", "strategies.md"), ("scored", "scores.md")):
            if (folder / kept).is_dir():
                raise UserError(f"{folder} is a run of `spikesearch bench`: its results are in {folder / results}")
        missing = [name for name in _ESSENTIAL if not (folder / name).is_file()]
        if missing:
            raise UserError(f"the run {folder} is incomplete: {', '.join(missing)} is missing; start a new run")
        run = cls(folder)
        chosen = folder / PHASES["search"]
        if chosen.is_file() and run.study.is_file() and not run.study.stat().st_size:
            raise UserError(
                f"{run.study} is empty, but the search has ended: restore it from a copy, or remove {chosen} too: the "
                "search then begins anew"
            )
        _ = run.config  # refuses a damaged file here, not in the middle of the work
        return run

    @property
    def config(self) -> dict[str, Any]:
        """The resolved configuration."""
        config = self.read_json("config.json")
        if not isinstance(config, dict):
            raise UserError(f"{self.path / 'config.json'} is damaged: it must hold one JSON object")
        return config

    @property
    def forecast(self) -> dict[str, Any]:
        """What the run expected of itself when it began: `seconds`, `memory`, `disk`; empty if it did not say."""
        known = (self.path / "forecast.json").is_file()
        return dict(self.read_json("forecast.json")) if known else {"seconds": {}, "memory": {}, "disk": {}}

    def change_config(self, values: Mapping[str, Any]) -> None:
        """Put other values over those of `config.json`; what stands beside the settings stays."""
        self.write_json("config.json", {**self.config, **values})

    @property
    def recipe(self) -> str:
        """The recipe as it was given."""
        return (self.path / "recipe.toml").read_text(encoding="utf-8")

    @property
    def study(self) -> Path:
        """The Optuna study."""
        return self.path / "study.db"

    @property
    def figures(self) -> Path:
        """The folder of the figures."""
        return self.path / "figures"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    def checkpoint(self, name: str) -> Path:
        """Where the weights called `name` are kept, for example `supernet`."""
        return self.path / "checkpoints" / f"{name}.safetensors"

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file of the run, whole or not at all, for example `split.json`."""
        write_json(self.path / name, value)

    def read_json(self, name: str) -> Any:
        """Read a JSON file of the run.

        Raises:
            UserError: the file is missing or damaged.
        """
        file = self.path / name
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"the run {self.path} has no {name} (yet)") from error
        except (OSError, ValueError) as error:
            raise UserError(f"{file} is damaged: {error}; restore it from a copy, or start a new run") from error

    def state(self, phases: Sequence[str] = tuple(PHASES)) -> RunState:
        """How far the run is.

        Args:
            phases: those that this run goes through, in order; a run that only trains has no `search`.
        """
        # First: a run that ends meanwhile is then finished, and not interrupted.
        working = holder(self.path / "lock")
        done = tuple(phase for phase in phases if (self.path / PHASES[phase]).is_file())
        left = [phase for phase in phases if phase not in done]
        finished = (self.path / _FINISHED).is_file()
        return RunState(done, left[0] if left else None, finished, working)

    def finish(self) -> None:
        """Mark the run as complete."""
        _write_text(self.path / _FINISHED, datetime.now(UTC).isoformat(timespec="seconds") + "\n")

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Work on the run: nobody else does meanwhile, and what killed writers left is cleared away first.

        Raises:
            UserError: another process works on it; the message names its pid and host.
            RunError: the file system has no locks, or the folder is not writable.
        """
        with locked(self.path / "lock"):
            for folder in (self.path, self.path / "checkpoints", self.path / "figures"):
                remove_incomplete(folder)
            yield

    @contextlib.contextmanager
    def logging(self, logger: str = "spikesearch") -> Iterator[None]:
        """Append what `logger` says, from INFO on, to `log.txt` during the `with` block."""
        handler = _LogFile(self.path / "log.txt", encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handler.setLevel(logging.INFO)
        target = logging.getLogger(logger)
        before = target.level
        target.addHandler(handler)
        target.setLevel(min(before, logging.INFO) if before else logging.INFO)
        try:
            yield
        finally:
            target.setLevel(before)
            target.removeHandler(handler)
            handler.close()


class _LogFile(logging.FileHandler):
    """A log that does without what there is no room for: what matters fails by itself, with an error that says so."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Keep quiet about a full disk; the base class would print a traceback for each record."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)

    def close(self) -> None:
        """Leave the file; what could not be written by now is lost."""
        with contextlib.suppress(OSError):
            super().close()


def differences(stored: Mapping[str, Any], given: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The settings in which two configurations differ, one line each: `search.lam: -0.08 there, -0.16 here`."""
    lines = []
    for key in dict.fromkeys([*stored, *given]):
        there, here = stored.get(key, "nothing"), given.get(key, "nothing")
        if isinstance(there, Mapping) and isinstance(here, Mapping):
            lines += differences(there, here, f"{prefix}{key}.")
        elif _plain(there) != _plain(here):
            lines.append(f"{prefix}{key}: {there!r} there, {here!r} here")
    return lines


def _plain(value: Any) -> Any:
    """Tuples become lists, as they do in a file."""
    return json.loads(json.dumps(value))


def _refuse_existing(path: Path, config: Mapping[str, Any]) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not path.is_dir() or not (path / "format").is_file():
        raise UserError(f"{path} exists and is not a run: give another place for the new run")
    run = RunFolder.open(path)
    if run.state().finished:
        raise UserError(f"{path} is a finished run: give another place for the new one, or see its report {run.report}")
    cure = f"go on with it by `spikesearch resume {path}`, or give another place for the new run"
    stored, given = ({key: part[key] for key in part if key not in _BESIDE} for part in (run.config, config))
    # The facts tell of the user's own objects; where settings differ they only say the same again.
    changed = differences(stored, given) or differences(run.config.get("facts", {}), config.get("facts", {}))
    if changed:
        listed = "\n".join(f"  {line}" for line in changed)
        raise UserError(f"{path} is an unfinished run of another recipe; {cure}. They differ in\n{listed}")
    raise UserError(f"{path} is an unfinished run of this recipe: {cure}")


def _check_format(folder: Path) -> None:
    try:
        text = (folder / "format").read_text(encoding="utf-8").strip()
        version = int(text)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder / 'format'} is damaged: it must hold the format's number, such as {FORMAT}"
        ) from error
    if version != FORMAT:
        raise UserError(
            f"the run {folder} has format {version}; this spikesearch reads format {FORMAT}: open it with the version "
            "of spikesearch that wrote it"
        )


def _write_text(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text)
