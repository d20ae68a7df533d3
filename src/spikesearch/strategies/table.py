"""Tables of trained networks: one row per network, in a CSV file. `docs/bench.md` describes the format.

A table makes whole searches cheap to repeat: what a search evaluates is looked up instead of trained.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError
from spikesearch.strategies.cell_features import NAMES as CELL_FEATURES
from spikesearch.strategies.cell_features import cell_features
from spikesearch.strategies.csv_file import finite_number, read_columns

# Names under which a column is found when none is given, in the order in which they are looked for.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "architecture": ("architecture", "arch"),
    "validation": ("validation_accuracy", "val_accuracy", "val_acc", "val_acc_final"),
    "test": ("test_accuracy", "test_acc"),
    "spikes": ("spikes_per_image", "spikes", "firing_rate"),
}
# SpikeNAS-Bench as Sun et al. publish it: an id whose base-5 digits are the operations of the six edges, and last of 16
# firing rates that of all neurons together.
_SPIKENAS = {"architecture": "id", "validation": "val_acc_final", "test": "test_acc", "spikes": "rate15"}
_SPIKENAS_EDGES, _SPIKENAS_OPS = 6, 5
PARTS = ("all", "develop", "held-back")
# Drawn once for ever, so that what was chosen by looking at one half is always judged by the same other half.
_HALVES_SEED = 20261121
_MATRIX = re.compile(r"[0-9]{4}")
_WORDS = re.compile(r"[\s,/]+")


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
        return _numbers(self.path, self.cells, column)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that are known before training and help to predict; there are some for SpikeNAS-Bench."""
        return CELL_FEATURES if _is_spikenas_ids(self.columns, self.cells) else ()

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
            texts=tuple(self.texts[row] for row in chosen),
            codes=self.codes[chosen],
            choices=self.choices,
            validation=self.validation[chosen],
            test=self.test[chosen],
            spikes=None if self.spikes is None else self.spikes[chosen],
            cells={name: tuple(cells[row] for row in chosen) for name, cells in self.cells.items()},
        )


def read_table(path: str | Path, columns: Columns | None = None) -> Table:
    """Read a table from a `.csv` or `.csv.gz` file.

    Args:
        path: the file, UTF-8, its first line the names of the columns.
        columns: which column is which; what is left open is found by name.

    Raises:
        UserError: no such file, no text, no rows, a missing column, a cell that is no number or out of its range, an
            architecture that stands there twice, or texts of different length. Line numbers are those of the file.
    """
    path = Path(path)
    lines, cells = read_columns(path)
    chosen = _find_columns(path, columns or Columns(), tuple(cells))
    assert chosen.validation is not None
    assert chosen.test is not None
    texts, slots = _architectures(path, chosen, cells, lines)
    if _is_spikenas_ids(chosen, cells):
        told = [cell_features([int(digit) for digit in row]) for row in slots]
        for name, column in zip(CELL_FEATURES, zip(*told, strict=True), strict=True):
            cells.setdefault(name, tuple(map(str, column)))
    _refuse_duplicates(path, texts, lines)
    codes, choices = _codes(slots)
    return Table(
        path=path,
        columns=chosen,
        texts=tuple(texts),
        codes=codes,
        choices=choices,
        validation=_accuracies(path, cells, chosen.validation),
        test=_accuracies(path, cells, chosen.test),
        spikes=None if chosen.spikes is None else _spikes(path, cells, chosen.spikes),
        cells=cells,
    )


def _find_columns(path: Path, given: Columns, names: tuple[str, ...]) -> Columns:
    """The columns given, and those that have a known name.

    Raises:
        UserError: one is not there, or must be given.
    """
    for name in [*given.encoding, *(getattr(given, role) for role in _NAMES)]:
        if name is not None and name not in names:
            raise UserError(f"{path} has no column {name!r}{did_you_mean(name, names)}; columns: {', '.join(names)}")
    spikenas = _SPIKENAS if _is_spikenas(names) else {}
    found: dict[str, str | None] = {}
    for role, known in _NAMES.items():
        candidates = [getattr(given, role), spikenas.get(role), *known]
        found[role] = next((name for name in candidates if name in names), None)
    if found["architecture"] is None and given.encoding:
        found["architecture"] = ""  # named by its choices
    for role in ("architecture", "validation", "test"):
        if found[role] is None:
            raise UserError(
                f"{path}: no column for {_role(role)}: none of {', '.join(_NAMES[role])} is there; name the column, "
                f"with --{role} on the command line; columns: {', '.join(names)}"
            )
    return Columns(encoding=given.encoding, **found)


def _is_spikenas(names: Iterable[str]) -> bool:
    return {_SPIKENAS[role] for role in ("architecture", "validation", "test")} <= set(names)


def _is_spikenas_ids(columns: Columns, names: Iterable[str]) -> bool:
    return columns.architecture == _SPIKENAS["architecture"] and not columns.encoding and _is_spikenas(names)


def _role(name: str) -> str:
    return {"architecture": "the architecture", "validation": "validation accuracy", "test": "test accuracy"}[name]


def _architectures(
    path: Path, columns: Columns, cells: Mapping[str, tuple[str, ...]], lines: Sequence[int]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Each row's text and what stands in its slots."""
    if columns.encoding:
        slots = list(zip(*(cells[name] for name in columns.encoding), strict=True))
        if columns.architecture:
            return list(cells[columns.architecture]), slots
        return [f"table: {' '.join(choice or '-' for choice in row)}" for row in slots], slots
    column = cells[columns.architecture or ""]
    if _is_spikenas_ids(columns, cells):
        digits = [_digits(path, line, text) for line, text in zip(lines, column, strict=True)]
        return [f"spikenas-bench:{int(text)}" for text in column], digits
    slots = [split_text(text) for text in column]
    for line, text, row in zip(lines, column, slots, strict=True):
        if not row:
            raise UserError(f"{path}, line {line}: the cell for the architecture is empty")
        if len(row) != len(slots[0]):
            raise UserError(
                f"{path}, line {line}: {text!r} has {len(row)} slots, {column[0]!r} in the first row {len(slots[0])}; "
                "a table holds architectures of one space"
            )
    return list(column), slots


def split_text(text: str) -> tuple[str, ...]:
    """What stands in the slots of an architecture's text: `autosnn: skip SCB_k3 …` → (`skip`, `SCB_k3`, …).

    The rows of a cell's matrix, `0302 0030 3003 0000`, are taken apart into their digits.
    """
    words = tuple(word for word in _WORDS.split(text.rpartition(":")[2]) if word)
    if words and all(_MATRIX.fullmatch(word) for word in words):
        return tuple("".join(words))
    return words


def _digits(path: Path, line: int, text: str) -> tuple[str, ...]:
    """The base-5 digits of an id of SpikeNAS-Bench, the least significant first: edges 01, 02, 03, 12, 13, 23."""
    if not (text.isascii() and text.isdecimal()) or int(text) >= _SPIKENAS_OPS**_SPIKENAS_EDGES:
        raise UserError(f"{path}, line {line}: id {text!r} is no whole number from 0 to 15624")
    return tuple(str(int(text) // _SPIKENAS_OPS**edge % _SPIKENAS_OPS) for edge in range(_SPIKENAS_EDGES))


def _refuse_duplicates(path: Path, texts: Sequence[str], lines: Sequence[int]) -> None:
    first: dict[str, int] = {}
    for line, text in zip(lines, texts, strict=True):
        if text in first:
            raise UserError(f"{path}, line {line}: {text!r} stands in line {first[text]} already; keep one of them")
        first[text] = line


def _codes(slots: Sequence[tuple[str, ...]]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The index of each choice among all of its slot, sorted, numbers by value."""
    columns = []
    choices = []
    for column in zip(*slots, strict=True):
        index = {value: number for number, value in enumerate(sorted(set(column), key=_sort_key))}
        columns.append([index[value] for value in column])
        choices.append(len(index))
    return np.array(columns, dtype=int).T, tuple(choices)


def _sort_key(value: str) -> tuple[int, int, str]:
    is_number = value.isascii() and value.isdecimal()
    return (0, int(value), value) if is_number and len(value) < 19 else (1, 0, value)


def _numbers(path: Path, cells: Mapping[str, tuple[str, ...]], column: str) -> np.ndarray:
    if column not in cells:
        raise UserError(f"{path} has no column {column!r}{did_you_mean(column, cells)}; columns: {', '.join(cells)}")
    return np.array([finite_number(path, column, row, text) for row, text in enumerate(cells[column], start=1)])


def _accuracies(path: Path, cells: Mapping[str, tuple[str, ...]], column: str) -> np.ndarray:
    """Shares as they are, percentages divided by 100: a column with a value above 1 holds percentages."""
    values = _numbers(path, cells, column)
    if values.min() < 0 or values.max() > 100:
        row = int(np.flatnonzero((values < 0) | (values > 100))[0])
        raise UserError(
            f"{path}, network {row + 1}, column {column!r}: {values[row]:g} is no accuracy in 0…1 or 0…100%"
        )
    return values / 100 if values.max() > 1 else values


def _spikes(path: Path, cells: Mapping[str, tuple[str, ...]], column: str) -> np.ndarray:
    values = _numbers(path, cells, column)
    if values.min() < 0:
        row = int(values.argmin())
        raise UserError(f"{path}, network {row + 1}, column {column!r}: {values[row]:g} must be at least 0")
    return values
