"""From a recipe and the command line's `--set section.key=value` to a valid configuration; all errors at once.

A recipe is TOML. `Config.model_dump()` is what a run stores as `config.json`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from spikesearch.config.sections import Config
from spikesearch.errors import UserError


def recipe_names() -> list[str]:
    """Names of the recipes that ship inside the package."""
    folder = resources.files("spikesearch") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_recipe(name: str | Path | None) -> str:
    """The text of a recipe: a file, or the name of one inside the package; none: `digits`.

    Raises:
        UserError: there is no such file or recipe, or the file is no text.
    """
    text = str(name) if name is not None else "digits"
    if text in recipe_names():
        return (resources.files("spikesearch") / "recipes" / f"{text}.toml").read_text(encoding="utf-8")
    path = Path(text)
    if not path.is_file():
        raise UserError(f"no recipe {text!r}: give a TOML file, or one of {', '.join(recipe_names())}")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"recipe {path} cannot be read as UTF-8 text: {error}") from error


def parse_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """`["section.key=value", …]` as a nested dictionary. A value is TOML, else a string.

    Raises:
        UserError: an assignment has no "=", or no key before it.
    """
    nested: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not equals or not all(parts):
            raise UserError(f"--set {assignment!r}: write section.key=value, for example --set search.lam=-0.16")
        target = nested
        for part in parts[:-1]:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise UserError(f"--set {assignment!r}: {part!r} was already given a value of its own")
        target[parts[-1]] = _toml_value(value.strip())
    return nested


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def load_config(recipe_text: str, overrides: Mapping[str, Any] | None = None) -> Config:
    """Validate a recipe with `overrides` (a nested dictionary) laid over it.

    Raises:
        UserError: the text is no TOML, or keys or values are wrong; all of them are listed in one message.
    """
    try:
        given = tomllib.loads(recipe_text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"the recipe is no valid TOML: {error}") from error
    return config_from_dict(merged(given, overrides or {}))


def config_from_dict(given: Mapping[str, Any]) -> Config:
    """Validate a nested dictionary, for example a run's stored `config.json`."""
    try:
        return Config.model_validate(dict(given))
    except ValidationError as error:
        reasons: dict[str, list[str]] = {}
        for problem in error.errors():
            place, reason = _explain(problem)
            reasons.setdefault(place, []).append(reason)
        # What is wrong between two settings has no place of its own.
        lines = [
            "  " + (f"{place}: " if place else "") + ", or ".join(dict.fromkeys(found))
            for place, found in reasons.items()
        ]
        raise UserError(f"{len(lines)} wrong setting{'s' * (len(lines) > 1)}:\n" + "\n".join(lines)) from None


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, section by section."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _explain(problem: Any) -> tuple[str, str]:
    """The key with the value given, and what is allowed there."""
    location = [str(part) for part in problem["loc"] if not _is_union_tag(str(part))]
    key = ".".join(location)
    if problem["type"] == "extra_forbidden":
        return key, f"unknown key; allowed here: {', '.join(_keys_beside(location))}"
    reason = problem["msg"].removeprefix("Value error, ")
    value = "" if isinstance(problem["input"], dict) else f" = {problem['input']!r}"
    return f"{key}{value}", f"{reason[0].lower()}{reason[1:]}"


def _is_union_tag(part: str) -> bool:
    """pydantic puts the member of a union into the location ("constrained-float", "list[…]"); no user wrote that."""
    return part in {"float", "int", "str", "bool", "constrained-float"} or "[" in part


def _keys_beside(location: Sequence[str]) -> list[str]:
    model: type[BaseModel] = Config
    for part in location[:-1]:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            break
        model = field.annotation
    return [name for name in model.model_fields if name != "train_only"]  # nobody writes that one into a recipe
