"""Tables of trained networks: one row per network. `table_file` reads them.

A table makes whole searches cheap to repeat: what a search evaluates is looked up instead of trained.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesearch.architectures.spikenas_bench import BENCH_PREFIX
from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError
from spikesearch.strategies.cell_features import NAMES as CELL_FEATURES
from spikesearch.strategies.csv_file import finite_number

# SpikeNAS-Bench as Sun et al. publish it: an id whose base-5 digits are the operations of the six edges, and last of 16
# firing rates that of all neurons together.
SPIKENAS = {"architecture": "id", "validation": "val_acc_final", "test": "test_acc", "spikes": "rate15"}
PARTS = ("all", "develop", "held-back")
# Drawn once for ever, so that what was chosen by looking at one half is always judged by the same other half.
_HALVES_SEED = 20261121


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column of a table is which; None is found by its name.

    Attributes:
        architecture: the architecture's text, or with `encoding` a name for people.
        encoding: columns that hold one choice each, in the order of the slots; none: the text is taken apart.
        validation: validation accuracy. Searches see this one alone.
        test: test accuracy, reported and never chosen by.
        spikes: spikes per image or firing rate; a table may have none.
    """

    architecture: str | None = None
    encoding: tuple[str, ...] = ()
    validation: str | None = None
    test: str | None = None
    spikes: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table of trained networks.

    Attributes:
        path: the file.
        columns: which column is which, none of them left open but `spikes`.
        lines: of the file, where each network stands; errors name them.
        texts: the architectures, each once.
        codes: for each the choice in each slot, int [rows, slots].
        choices: number of choices of each slot.
        validation: validation accuracy, 0…1.
        test: test accuracy, 0…1.
        spikes: spikes or firing rate ≥ 0; None: the table tells nothing of them.
        cells: all columns as text, for `numbers`; of SpikeNAS-Bench also those of `cell_features`.
    """

    path: Path
    columns: Columns
    lines: tuple[int, ...]
    texts: tuple[str, ...]
    codes: np.ndarray
    choices: tuple[int, ...]
    validation: np.ndarray
    test: np.ndarray
    spikes: np.ndarray | None
    cells: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.texts)

    def numbers(self, column: str) -> np.ndarray:
        """A column as numbers, for example the parameters or a score of each network.

        Raises:
            UserError: there is no such column, or a cell of it is no finite number.
        """
        return numbers_of(self.path, self.cells, column, self.lines)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that are known before training and help to predict; there are some for SpikeNAS-Bench."""
        return CELL_FEATURES if are_bench_entries(self.columns, self.texts) else ()

    def half(self, name: str) -> "Table":
        """`develop`, a random half of the rows that is always the same; `held-back`, the others; or `all`.

        Whoever tunes a strategy or a score on one half can report honestly on the other one.

        Raises:
            UserError: another name, or a table of one row.
        """
        if name not in PARTS:
            raise UserError(f"part {name!r} of a table: give one of {', '.join(PARTS)}")
        if name == "all":
            return self
        if len(self) < 2:
            raise UserError(f"{self.path} has one network only, which cannot be halved: take the part 'all'")
        order = np.random.default_rng(_HALVES_SEED).permutation(len(self))
        half = len(self) // 2
        return self.part(sorted(order[:half] if name == "develop" else order[half:]))

    def part(self, rows: Sequence[int]) -> "Table":
        """Only these rows, in the order given; the choices of the slots stay."""
        chosen = np.asarray(rows, dtype=int)
        return Table(
            path=self.path,
            columns=self.columns,
            lines=tuple(self.lines[row] for row in chosen),
            texts=tuple(self.texts[row] for row in chosen),
            codes=self.codes[chosen],
            choices=self.choices,
            validation=self.validation[chosen],
            test=self.test[chosen],
            spikes=None if self.spikes is None else self.spikes[chosen],
            cells={name: tuple(cells[row] for row in chosen) for name, cells in self.cells.items()},
        )


def is_spikenas(names: Iterable[str]) -> bool:
    """Whether a file with these columns is SpikeNAS-Bench's table."""
    return {SPIKENAS[role] for role in ("architecture", "validation", "test")} <= set(names)


def is_spikenas_ids(columns: Columns, names: Iterable[str]) -> bool:
    """Whether the architectures of a table are ids of SpikeNAS-Bench."""
    return columns.architecture == SPIKENAS["architecture"] and not columns.encoding and is_spikenas(names)


def are_bench_entries(columns: Columns, texts: Sequence[str]) -> bool:
    """Whether the architectures of a table are entries of SpikeNAS-Bench, however they are named in it."""
    return not columns.encoding and all(text.partition(":")[0] == BENCH_PREFIX for text in texts)


def numbers_of(path: Path, cells: Mapping[str, tuple[str, ...]], column: str, lines: Sequence[int]) -> np.ndarray:
    """A column as numbers; `lines` are those of the file.

    Raises:
        UserError: there is no such column, or a cell of it is no finite number.
    """
    if column not in cells:
        raise UserError(f"{path} has no column {column!r}{did_you_mean(column, cells)}; columns: {', '.join(cells)}")
    found = zip(lines, cells[column], strict=True)
    return np.array([finite_number(path, column, line, text) for line, text in found])
