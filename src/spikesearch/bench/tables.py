"""The table of a bench as its settings tell it, so that every process reads the same networks."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.bench.folder import sha256
from spikesearch.bench.score_folder import ScoreFolder
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.score_file import read_scores
from spikesearch.strategies.table import Columns, Table
from spikesearch.strategies.table_file import read_table


def table_settings(table: Table, part: str) -> dict[str, Any]:
    """Which table, and which part of it, as plain values."""
    return {
        "path": str(table.path.absolute()),
        "sha256": sha256(table.path),
        "networks": len(table),
        "part": part,
        "columns": {**asdict(table.columns), "encoding": list(table.columns.encoding)},
    }


def stored_table(about: Mapping[str, Any]) -> Table:
    """The table of these settings.

    Raises:
        UserError: it has changed since.
    """
    path = Path(about["path"])
    columns = Columns(**{**about["columns"], "encoding": tuple(about["columns"]["encoding"])})
    table = read_table(path, columns).half(about["part"])
    if sha256(path) != about["sha256"]:
        raise UserError(f"the table {path} has changed since the run began: start a new run")
    sample = about.get("sample")
    return sampled(table, sample["networks"], sample["seed"]) if sample else table


def sampled(table: Table, networks: int, seed: int) -> Table:
    """So many networks of the table, drawn by the seed, in their old order. A smaller sample is part of a larger one.

    Raises:
        UserError: there are not so many.
    """
    if not 1 <= networks <= len(table):
        raise UserError(f"sample = {networks}: give 1 to {len(table):,}, the networks of this part of the table")
    order = np.random.default_rng(child_seed(seed, "sample")).permutation(len(table))
    return table.part(sorted(order[:networks]))


def score_file_settings(path: str | Path | None) -> dict[str, Any] | None:
    """A file of stored scores, as plain values.

    Raises:
        UserError: it cannot be read.
    """
    if path is None:
        return None
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no file of scores {path}: give a values.csv of `spikesearch bench scores`")
    return {"path": str(path.absolute()), "sha256": sha256(path)}


def stored_scores(table: Table, about: Mapping[str, Any] | None) -> dict[str, np.ndarray]:
    """All scores of such a file for the networks of the table, float [n] by name; of none none.

    Raises:
        UserError: it has changed, or does not suit the table.
    """
    if about is None:
        return {}
    path = Path(about["path"])
    if sha256(path) != about["sha256"]:
        raise UserError(f"the scores {path} have changed since the run began: start a new run")
    return read_scores(path, table.texts)


def stored_costs(about: Mapping[str, Any]) -> dict[str, float]:
    """Seconds per architecture by score, of the bench that the file lies in; empty where they are unknown."""
    return ScoreFolder(Path(about["path"]).parent).read_costs() or {}
