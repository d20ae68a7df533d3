"""Runs on disk as they begin, and as they are found again."""

import itertools
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesearch.config.reading import config_from_dict
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.studies.run import RunFolder, differences

if TYPE_CHECKING:
    from spikesearch.assembly.parts import Parts

_LATER_SECTIONS = ("score",)


def create_run(
    config: Config,
    text: str,
    overrides: Mapping[str, Any],
    parts: "Parts",
    run: str | Path | None,
    name: str,
    source: Mapping[str, Any] | None = None,
) -> RunFolder:
    """A new run folder, once everything given has been found right; `source` tells where its networks come from."""
    path = Path(run) if run is not None else _new_path(name)
    _, stored = resolved_run(config, overrides, parts, path)
    return RunFolder.create(path, stored | ({"source": source} if source else {}), text)


def resolved_run(
    config: Config, overrides: Mapping[str, Any], parts: "Parts", path: Path
) -> tuple[Config, dict[str, Any]]:
    """What `decided_run` gives, once a run at `path` was found to fit into memory and on the disk."""
    from spikesearch.forecast.disk import refuse_if_no_room
    from spikesearch.forecast.refusal import refuse_if_too_large

    resolved, stored = decided_run(config, overrides, parts)
    refuse_if_too_large(resolved, parts, stored["facts"])
    refuse_if_no_room(path, resolved, parts, stored["facts"])
    return resolved, stored


def decided_run(config: Config, overrides: Mapping[str, Any], parts: "Parts") -> tuple[Config, dict[str, Any]]:
    """The configuration with everything decided, and what a run would store of it."""
    from spikesearch.assembly.resolving import check_budgets, check_classes, resolve
    from spikesearch.assembly.scoring import check_given
    from spikesearch.environment import environment
    from spikesearch.phases.reuse import check_supernet

    resolved, facts = resolve(config, parts)
    check_given(resolved, overrides)
    check_classes(resolved, facts)
    check_budgets(resolved, facts, parts)
    if resolved.run.supernet is not None:
        check_supernet(RunFolder.open(resolved.run.supernet), resolved, facts)
    stored = {
        **resolved.model_dump(mode="json"),
        "facts": facts,
        "settings": overrides,
        "environment": environment(),
    }
    return resolved, stored


def _new_path(name: str) -> Path:
    """`runs/<name>-<time>`, with a number behind it if another run began in the same second."""
    path = Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    others = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return path if not path.exists() else next(other for other in others if not other.exists())


def stored_config(folder: RunFolder) -> Config:
    """The configuration of a run, without the facts that stand beside it in `config.json`.

    Raises:
        UserError: it is damaged. What is missing must not be replaced by defaults: it would become another run.
    """
    stored = folder.config
    # A section that came later has its defaults in runs that were begun before.
    known = [name for name in Config.model_fields if name in stored or name not in _LATER_SECTIONS]
    missing = [name for name in (*known, "facts", "environment") if name not in stored]
    if missing:
        raise UserError(
            f"{folder.path / 'config.json'} is damaged: it lacks {', '.join(missing)}; restore it from a copy, or "
            "start a new run"
        )
    given = {name: stored[name] for name in known}
    if "dataset" in stored["facts"].get("own_parts", ()) and "images_sha256" not in stored["facts"]:
        # Such a run is of a version in which limits did not hold for data sets given from Python.
        given["data"] = {**given["data"], "limit": 0, "test_limit": 0}
    return config_from_dict(given)


def check_parts(folder: RunFolder, parts: "Parts", config: Config | None = None) -> dict[str, Any]:
    """Make sure that a run gets the objects it was started with, when it is resumed and in all its processes.

    Returns:
        What is known of them.

    Raises:
        UserError: it does not, or its device is not there.
    """
    from spikesearch.assembly.resolving import resolve

    _, facts = resolve(config or stored_config(folder), parts)
    known = folder.config["facts"]
    # What older versions did not store cannot differ; counts by class and notices only tell more of the same images.
    names = [name for name in known if name not in ("class_images", "notices")]
    found = differences({name: known[name] for name in names}, {name: facts.get(name) for name in names})
    if not found:
        return facts
    listed = "\n".join(f"  {line}" for line in found)
    if "dataset" not in known["own_parts"] and parts.dataset is None and all(map(_tells_of_data, found)):
        folder_of_data = stored_config(folder).data.folder
        raise UserError(
            f"the data{f' in {folder_of_data}' if folder_of_data else ''} are no longer those that {folder.path} was "
            f"started with: bring them back, or start a new run. They differ in\n{listed}"
        )
    raise UserError(
        f"{folder.path} was started with other objects: give the same space, blocks, dataset and objective again, "
        f"from Python: resume({str(folder.path)!r}, dataset=…). They differ in\n{listed}"
    )


def _tells_of_data(line: str) -> bool:
    return line.startswith(("images", "class_names:", "dimensions.image:", "dimensions.classes:"))
