"""Training-free scores that were stored, as `spikesearch bench scores` writes them: one architecture a line."""

from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError
from spikesearch.strategies.csv_file import finite_number, read_columns

ARCHITECTURE = "architecture"


def read_scores(path: Path, texts: Sequence[str], names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """The scores of these architectures, float [n] by name; others in the file mean nothing.

    Args:
        path: a CSV file with a column `architecture`, whose texts are those of the table, and one for each score.
        texts: the architectures, in the order of the result.
        names: of the scores wanted; None: all columns.

    Raises:
        UserError: the file cannot be read, has no such column, tells an architecture twice or not at all, or a score
            is no finite number.
    """
    lines, cells = read_columns(path)
    if ARCHITECTURE not in cells:
        raise UserError(f"{path} has no column {ARCHITECTURE!r}: give a values.csv of `spikesearch bench scores`")
    known = [name for name in cells if name != ARCHITECTURE]
    for name in known if names is None else names:
        if name not in known:
            raise UserError(f"{path} has no score {name!r}{did_you_mean(name, known)}; scores: {', '.join(known)}")
    rows: dict[str, int] = {}
    for row, (line, text) in enumerate(zip(lines, cells[ARCHITECTURE], strict=True)):
        if text in rows:
            raise UserError(f"{path}, line {line}: {text!r} stands in line {lines[rows[text]]} already")
        rows[text] = row
    missing = [text for text in texts if text not in rows]
    if missing:
        raise UserError(
            f"{len(missing):,} of {len(texts):,} networks have no scores in {path}, the first is {missing[0]!r}: "
            "score the same part of the table, or all of it"
        )
    wanted = [rows[text] for text in texts]
    return {
        name: np.array([finite_number(path, name, lines[row], cells[name][row]) for row in wanted])
        for name in (known if names is None else dict.fromkeys(names))
    }


def as_ranks(values: np.ndarray) -> np.ndarray:
    """0 … 1 by the order of the values, equals in the middle of their places, float [n].

    For models that take differences: a network without any gradient may score −10⁹, beside which all others look alike.
    """
    found, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles = counts.cumsum() - (counts + 1) / 2
    ranks: np.ndarray = middles[groups.reshape(-1)] / max(1, len(values) - 1)
    return ranks if len(found) > 1 else np.zeros(len(values))


def as_normal(values: np.ndarray) -> np.ndarray:
    """Normal deviates in the order of the values, equals the same, float [n].

    For a mean that a model is linear in: the best and the worst are as far from the others as accuracies would be.
    """
    places = (as_ranks(values) * max(1, len(values) - 1) + 0.5) / len(values)
    if not as_ranks(values).any():
        return np.zeros(len(values))
    return np.array([NormalDist().inv_cdf(float(place)) for place in places])
