"""What was measured, kept as small JSON files: tables are built from them alone, today or on another machine."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesearch.config.sections import Config
from spikesearch.errors import RunError, UserError
from spikesearch.studies.files import write_json

_OF_THE_RUN = ("seed", "precision")  # of [run], what numbers depend on beyond rounding
_NOT_OF_A_TRAINING = {"choose", "top", "front_limit", "repeats"}
_PLACES = {"folder", "cache"}


@dataclass(frozen=True)
class Key:
    """What a figure is the figure of: everything that its numbers depend on, and a name that people can read.

    Settings at their defaults are left out, so that a setting added later does not orphan figures.
    """

    name: str
    settings: Mapping[str, Any]

    @property
    def file(self) -> str:
        """The file's name: readable, and different for different settings."""
        text = json.dumps(self.settings, sort_keys=True, ensure_ascii=False)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"


def training_key(config: Config, architecture: str, name: str) -> Key:
    """Of one architecture trained from scratch: its repeats are in one file."""
    return Key(
        f"trained-{name}",
        {
            "architecture": architecture,
            **_sections(config, "network"),
            "train": config.train.model_dump(mode="json", exclude_defaults=True, exclude=_NOT_OF_A_TRAINING),
        },
    )


def search_key(config: Config, name: str) -> Key:
    """Of all candidates of one search."""
    return Key(f"searched-{name}", _sections(config, "space", "network", "supernet", "search", "score"))


def _sections(config: Config, *names: str) -> dict[str, Any]:
    data = config.data.model_dump(mode="json", exclude_defaults=True, exclude=_PLACES)
    run = config.run.model_dump(mode="json", exclude_defaults=True, include=set(_OF_THE_RUN))
    found = {name: getattr(config, name).model_dump(mode="json", exclude_defaults=True) for name in names}
    return {"data": data, **found, "run": run}


class Store:
    """A folder of one scale: `figures/` with what was measured, `runs/` where it is measured, pages beside them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def figures(self) -> Path:
        """The folder of the measured figures."""
        return self.path / "figures"

    @property
    def runs(self) -> Path:
        """The folder of the runs; it may be deleted, figures stay."""
        return self.path / "runs"

    def read(self, key: Key) -> dict[str, Any] | None:
        """What was measured; None if nothing was.

        Raises:
            UserError: the file is damaged, or of other settings.
        """
        path = self.figures / key.file
        if not path.is_file():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            same = found["settings"] == json.loads(json.dumps(key.settings))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"{path} is damaged ({error}): remove it, and it is measured again") from error
        if not same:
            raise UserError(f"{path} is of other settings than its name says: remove it, and it is measured again")
        return dict(found)

    def write(self, key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what was measured, whole or not at all.

        Raises:
            RunError: the folder cannot be written.
        """
        found = {"settings": key.settings, **values}
        try:
            self.figures.mkdir(parents=True, exist_ok=True)
            write_json(self.figures / key.file, found, indent=None)
        except OSError as error:
            raise RunError(f"{self.figures / key.file} cannot be written: {error.strerror or error}") from error
        return found
