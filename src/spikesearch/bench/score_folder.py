"""The run folder of a bench of scores: a line for each architecture as soon as it is scored."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spikesearch.bench.folder import BenchFolder
from spikesearch.errors import RunError, UserError
from spikesearch.studies.files import write_json

_COSTS = "costs.json"


@dataclass(frozen=True)
class ScoredEntry:
    """The scores of one architecture by name, and the seconds that all of them took together."""

    architecture: str
    scores: Mapping[str, float]
    seconds: float


class ScoreFolder(BenchFolder):
    """`scored/worker-<n>.jsonl`, one line for each architecture, and `costs.json`, seconds by score."""

    FOLDERS = ("scored", "figures")

    def read(self) -> dict[str, ScoredEntry]:
        """What is scored, by the architecture's text. A last line that is cut off, as a killed process leaves it, is
        none.

        Raises:
            UserError: a file is damaged.
        """
        found = {}
        for path in sorted((self.path / "scored").glob("worker-*.jsonl")):
            whole = path.read_bytes().rpartition(b"\n")[0]
            for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
                try:
                    entry = ScoredEntry(**json.loads(line))
                    entry.scores.values()
                except (ValueError, TypeError, AttributeError) as error:
                    raise UserError(
                        f"{path}, line {number}, is damaged ({error}): remove the line, and the bench makes it again"
                    ) from error
                found[entry.architecture] = entry
        return found

    def count(self) -> int:
        """Lines so far, without reading what they say."""
        return sum(path.read_bytes().count(b"\n") for path in (self.path / "scored").glob("worker-*.jsonl"))

    def writer(self, number: int) -> "ScoreWriter":
        """For one process; no two at once may have the same number."""
        return ScoreWriter(self.path / "scored" / f"worker-{number}.jsonl")

    def read_costs(self) -> dict[str, float] | None:
        """Seconds per architecture by score; None before they were measured.

        Raises:
            UserError: the file is damaged.
        """
        path = self.path / _COSTS
        if not path.is_file():
            return None
        try:
            return {str(name): float(seconds) for name, seconds in json.loads(path.read_text("utf-8")).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(f"{path} is damaged ({error}): remove it, and the bench measures again") from error

    def write_costs(self, seconds: Mapping[str, float]) -> None:
        """Keep them: they are measured once."""
        write_json(self.path / _COSTS, dict(seconds))


class ScoreWriter:
    """Appends lines to a file, in a `with` block; begins by cutting off a line that was not finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "ScoreWriter":
        if self._path.is_file():
            os.truncate(self._path, self._path.read_bytes().rfind(b"\n") + 1)
        self._file = open(self._path, "ab")
        return self

    def __exit__(self, *error: object) -> None:
        assert self._file is not None
        self._file.close()

    def write(self, entry: ScoredEntry) -> None:
        """Keep one architecture's scores.

        Raises:
            RunError: a score is no finite number, which no order can hold.
        """
        assert self._file is not None
        for name, value in entry.scores.items():
            if not math.isfinite(value):
                raise RunError(f"the score {name} of '{entry.architecture}' is {value}: scores must be finite")
        scores = {name: float(value) for name, value in entry.scores.items()}
        line = {"architecture": entry.architecture, "scores": scores, "seconds": round(entry.seconds, 6)}
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
