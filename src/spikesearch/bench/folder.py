"""The run folder of a bench: what is done is kept at once, so that an interrupted bench goes on."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from spikesearch.bench.contest import Course
from spikesearch.environment import environment
from spikesearch.errors import RunError, UserError
from spikesearch.studies.files import atomic_write, remove_incomplete, whole_folder, write_json
from spikesearch.studies.lock import locked

FORMAT = 1
_FINISHED = "finished"
_BESIDE = ("environment",)  # what may differ when a bench goes on


class BenchFolder:
    """`config.json`, what each bench keeps in folders of its own, then tables and figures, `finished` last.

    Attributes:
        FOLDERS: made with it.
        path: the folder.
    """

    FOLDERS: ClassVar[tuple[str, ...]] = ("figures",)

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open_or_create(cls, path: str | Path, settings: Mapping[str, Any]) -> Self:
        """A new folder, which appears complete, or an unfinished one of a bench with the same settings.

        Raises:
            UserError: there is something else already.
            RunError: the folder cannot be written.
        """
        folder = cls(Path(path))
        if folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
            folder._check_same(settings)
            return folder
        try:
            with whole_folder(folder.path) as hidden:
                for name in cls.FOLDERS:
                    (hidden / name).mkdir()
                write_json(hidden / "config.json", {**settings, "environment": environment()})
                with atomic_write(hidden / "format") as file:
                    file.write(f"{FORMAT}\n")
        except OSError as error:
            raise RunError(f"the run folder {folder.path} cannot be made: {error.strerror or error}") from error
        return folder

    @property
    def config(self) -> dict[str, Any]:
        """The settings, and the versions that the bench was begun with.

        Raises:
            UserError: the file is damaged.
        """
        try:
            found = json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{self.path} is no run of a bench: its config.json cannot be read ({error})") from error
        if not isinstance(found, dict):
            raise UserError(f"{self.path / 'config.json'} is damaged: it must hold one JSON object")
        return found

    def lock(self) -> AbstractContextManager[None]:
        """Held by the process that works on the bench."""
        return self._locked()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with locked(self.path / "lock"):
            for part in (self.path, *(self.path / name for name in self.FOLDERS)):
                remove_incomplete(part)
            yield

    def finish(self) -> None:
        """All is written."""
        with atomic_write(self.path / _FINISHED) as file:
            file.write(datetime.now(UTC).isoformat(timespec="seconds") + "\n")

    def _check_same(self, settings: Mapping[str, Any]) -> None:
        if not (self.path / "format").is_file():
            raise UserError(f"{self.path} exists and is not a run: give another place for the new one")
        if (self.path / _FINISHED).is_file():
            raise UserError(f"{self.path} is a finished run: give another place for the new one")
        stored = {key: value for key, value in self.config.items() if key not in _BESIDE}
        differing = sorted(key for key in {*stored, *settings} if stored.get(key) != settings.get(key))
        if differing:
            raise UserError(
                f"{self.path} is an unfinished run of something else (it differs in {', '.join(differing)}): give the "
                "same settings to go on with it, or another place for the new run"
            )


class SearchFolder(BenchFolder):
    """That of a bench of strategies: `seeds/<strategy>-<seed>.json` for each search."""

    FOLDERS = ("seeds", "figures")

    def missing(self, searches: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of the searches (strategy, seed) that are not done."""
        return [search for search in searches if not self._file(*search).is_file()]

    def write(self, course: Course) -> None:
        """Keep a finished search."""
        write_json(self._file(course.strategy, course.seed), course.as_dict(), indent=None)

    def read(self, strategy: str, seed: int) -> Course:
        """A finished search.

        Raises:
            UserError: its file is damaged.
        """
        path = self._file(strategy, seed)
        try:
            return Course.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged ({error}): remove it, and the bench makes it again") from error

    def _file(self, strategy: str, seed: int) -> Path:
        return self.path / "seeds" / f"{strategy.replace(os.sep, '-')}-{seed}.json"


def sha256(path: Path) -> str:
    """Of a file, as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def new_path(name: str) -> Path:
    """`runs/<name>-<time>`, where nothing is yet."""
    path = Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.name.split('_')[0]}_{number}")
    return path


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))
