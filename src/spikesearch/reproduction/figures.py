"""What was measured, kept as small JSON files: tables are built from them alone, today or on another machine."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from spikesearch.config.sections import Config
from spikesearch.errors import RunError, UserError
from spikesearch.reproduction.figure_values import Figure, first_fault
from spikesearch.studies.files import write_json

Kind = TypeVar("Kind", bound=Figure)

_OF_THE_RUN = ("seed", "precision")  # of [run], what numbers depend on beyond rounding
_NOT_OF_A_TRAINING = {"choose", "top", "front_limit", "repeats"}
_PLACES = {"folder", "cache"}


class MissingFigureError(UserError):
    """A figure is not in the store, and nothing may be measured."""


@dataclass(frozen=True)
class Key:
    """What a figure is the figure of: everything that its numbers depend on, and a name that people can read.

    Settings at their defaults are left out, so that a setting added later does not orphan figures.
    """

    name: str
    settings: Mapping[str, Any]

    @property
    def file(self) -> str:
        """The file's name: readable, and different for different settings.

        Names of data sets may have commas and blanks (`digits, 10x10`), which file names should not have.
        """
        text = json.dumps(self.settings, sort_keys=True, ensure_ascii=False)
        return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', self.name)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"


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

    def read(self, key: Key, kind: type[Kind]) -> Kind | None:
        """What was measured; None if nothing was.

        Args:
            key: of the figure.
            kind: what its values must be.

        Raises:
            UserError: the file is damaged, or of other settings.
        """
        path = self.figures / key.file
        if not path.is_file():
            return None
        try:
            found = kind.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            fault = first_fault(error) if isinstance(error, ValidationError) else error.strerror or error
            raise UserError(f"{path} is damaged ({fault}): remove it, and it is measured again") from error
        if found.settings != json.loads(json.dumps(key.settings)):
            raise UserError(f"{path} is of other settings than its name says: remove it, and it is measured again")
        return found

    def write(self, key: Key, kind: type[Kind], values: Mapping[str, Any]) -> Kind:
        """Keep what was measured, whole or not at all; gives what `read` gives from now on.

        Raises:
            RunError: the folder cannot be written, or the values cannot be right.
        """
        text = json.dumps({"settings": key.settings, **values})
        try:
            found = kind.model_validate_json(text)
        except ValidationError as error:
            raise RunError(f"{key.name}: what was measured cannot be right ({first_fault(error)})") from error
        try:
            self.figures.mkdir(parents=True, exist_ok=True)
            write_json(self.figures / key.file, json.loads(text), indent=None)
        except OSError as error:
            raise RunError(f"{self.figures / key.file} cannot be written: {error.strerror or error}") from error
        return found
