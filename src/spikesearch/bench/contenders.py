"""What scores are compared with: arithmetic on the networks, columns of the table, and the noise of training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.describe import describe_plan
from spikesearch.architectures.spikenas_bench import BenchArchitecture
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError
from spikesearch.strategies.cell_features import has_way
from spikesearch.strategies.table import Table

PARAMETERS, DEPTH, MACS = "parameters", "depth", "macs"
ARITHMETIC = (PARAMETERS, DEPTH, MACS)  # counts of a `Description`, by their names
SCORE, BASELINE, COLUMN, CEILING = "score", "baseline", "column", "ceiling"
ALL, TRAINED = "all", "trained"

# What the published table of SpikeNAS-Bench tells of shorter trainings.
_PARTIAL_TRAINING = ("val_acc_epoch10", "val_acc_epoch40")


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """One order of the networks.

    Attributes:
        name: of the score, or of the column.
        kind: `score`; `baseline`, arithmetic that needs no network; `column` of the table; `ceiling`, the validation
            accuracy of the very training whose test accuracy is predicted: what is missing to 1 is noise.
        values: larger predicts better, float [n].
        seconds: that one architecture takes on one core; None: unknown.
    """

    name: str
    kind: str
    values: np.ndarray
    seconds: float | None = None


def parsed(table: Table) -> list[Architecture]:
    """The architectures of a table.

    Raises:
        UserError: one that spikesearch cannot build.
    """
    found = []
    for line, text in zip(table.lines, table.texts, strict=True):
        try:
            found.append(parse(text))
        except UserError as error:
            raise UserError(
                f"{table.path}, line {line}: scores need architectures that can be built, and {text!r} is none: {error}"
            ) from error
    return found


def arithmetic(architectures: Sequence[Architecture], names: Sequence[str]) -> list[Contender]:
    """Baselines by these names, of networks of the size that their space has by default; torch is not needed."""
    values: dict[str, list[float]] = {name: [] for name in names}
    seconds = []
    for architecture in architectures:
        begun = perf_counter()
        description = describe_plan(architecture.plan(architecture.defaults))
        seconds.append(perf_counter() - begun)
        for name in names:
            values[name].append(float(getattr(description, name)))
    usual = float(np.median(seconds))
    make = partial(Contender, kind=BASELINE, seconds=usual)
    return [make(name=name, values=np.array(found)) for name, found in values.items()]


def known_columns(table: Table) -> tuple[str, ...]:
    """Columns that are compared with where none is named: what is known of cells, and shorter trainings."""
    if not table.features:
        return ()
    return (*table.features, *(name for name in _PARTIAL_TRAINING if name in table.cells))


def columns(table: Table, names: Sequence[str]) -> list[Contender]:
    """Columns of the table, and last the ceiling.

    Raises:
        UserError: there is no such column, it holds no numbers, or it is that of test accuracy.
    """
    assert table.columns.validation is not None
    ceiling = table.columns.validation
    if table.columns.test in names:
        raise UserError(f"baseline {table.columns.test!r}: it is the test accuracy, which is what scores predict")
    found = [
        Contender(name=name, kind=BASELINE if name in table.features else COLUMN, values=table.numbers(name))
        for name in dict.fromkeys(names)
        if name != ceiling
    ]
    # As it stands in the table, like the other columns: figures show them beside each other.
    return [*found, Contender(name=ceiling, kind=CEILING, values=table.numbers(ceiling))]


def sets(table: Table, architectures: Sequence[Architecture], trained_above: float | None) -> Mapping[str, np.ndarray]:
    """Rows of the networks that figures are told of: `all`, and `trained`, without those that did not train.

    Those are the entries of SpikeNAS-Bench without a way from input to output, and of any table the networks whose
    validation accuracy is at most `trained_above`. Where there are none, there is one set.

    Raises:
        UserError: hardly any network is left, or all have the same test accuracy.
    """
    kept = np.array([not isinstance(one, BenchArchitecture) or has_way(one.digits) for one in architectures])
    if trained_above is not None:
        kept &= table.validation > trained_above
    if kept.sum() < LEAST:
        raise UserError(f"{kept.sum()} of {len(kept)} networks count as trained: at least {LEAST} are needed")
    found = {ALL: np.arange(len(kept))}
    found |= {} if kept.all() else {TRAINED: np.flatnonzero(kept)}
    for rows in found.values():
        if np.ptp(table.test[rows]) == 0:
            raise UserError(
                f"{table.path}, column {table.columns.test!r}: all {len(rows):,} networks have the test accuracy "
                f"{100 * table.test[rows[0]]:g}%{'' if len(rows) == len(kept) else ' without those that did not train'}"
                "; equals have no order that a score could predict: give more networks, or the right column with --test"
            )
    return found


LEAST = 3
"""Networks that are needed: two are always in the same order or in the opposite one."""
