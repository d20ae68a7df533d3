"""Reads a table of trained networks from a CSV file. `docs/bench.md` describes the format."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spikesearch.architectures.spikenas_bench import BENCH_PREFIX
from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError
from spikesearch.strategies.cell_features import NAMES as CELL_FEATURES
from spikesearch.strategies.cell_features import cell_features
from spikesearch.strategies.csv_file import read_columns
from spikesearch.strategies.table import (
    SPIKENAS,
    Columns,
    Table,
    are_bench_entries,
    is_spikenas,
    is_spikenas_ids,
    numbers_of,
)

# Names under which a column is found when none is given, in the order in which they are looked for.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "architecture": ("architecture", "arch"),
    "validation": ("validation_accuracy", "val_accuracy", "val_acc", "val_acc_final"),
    "test": ("test_accuracy", "test_acc"),
    "spikes": ("spikes_per_image", "spikes", "firing_rate"),
}
_SPIKENAS_EDGES, _SPIKENAS_OPS = 6, 5
_MATRIX = re.compile(r"[0-9]{4}")
_WORDS = re.compile(r"[\s,/]+")


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
    if are_bench_entries(chosen, texts):
        told = [cell_features([int(digit) for digit in row]) for row in slots]
        for name, column in zip(CELL_FEATURES, zip(*told, strict=True), strict=True):
            cells.setdefault(name, tuple(map(str, column)))
    _refuse_duplicates(path, texts, lines)
    codes, choices = _codes(slots)
    return Table(
        path=path,
        columns=chosen,
        lines=tuple(lines),
        texts=tuple(texts),
        codes=codes,
        choices=choices,
        validation=_accuracies(path, cells, chosen.validation, lines),
        test=_accuracies(path, cells, chosen.test, lines),
        spikes=None if chosen.spikes is None else _spikes(path, cells, chosen.spikes, lines),
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
    spikenas = SPIKENAS if is_spikenas(names) else {}
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
    if is_spikenas_ids(columns, cells):
        digits = [_digits(path, line, text) for line, text in zip(lines, column, strict=True)]
        return [f"{BENCH_PREFIX}:{int(text)}" for text in column], digits
    return _texts_and_slots(path, column, lines)


def _texts_and_slots(
    path: Path, column: Sequence[str], lines: Sequence[int]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Texts, which are taken apart; of entries of SpikeNAS-Bench, which have an id, as they are in its own table."""
    texts: list[str] = []
    slots: list[tuple[str, ...]] = []
    first = column[0].partition(":")[0] if ":" in column[0] else ""
    for line, text in zip(lines, column, strict=True):
        space, colon, rest = text.partition(":")
        if first and colon and space != first:
            raise UserError(
                f"{path}, line {line}: {text!r} is of the space {space!r}, {column[0]!r} in line {lines[0]} of "
                f"{first!r}; a table holds architectures of one space: make a table for each"
            )
        if colon and space == BENCH_PREFIX:
            row = _digits(path, line, rest.strip())
            text = f"{BENCH_PREFIX}:{int(rest)}"
        else:
            row = split_text(text)
        if not row:
            raise UserError(f"{path}, line {line}: the cell for the architecture is empty")
        if slots and len(row) != len(slots[0]):
            raise UserError(
                f"{path}, line {line}: {text!r} has {len(row)} slots, {column[0]!r} in line {lines[0]} "
                f"{len(slots[0])}; a table holds architectures of one space"
            )
        texts.append(text)
        slots.append(row)
    return texts, slots


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


def _accuracies(path: Path, cells: Mapping[str, tuple[str, ...]], column: str, lines: Sequence[int]) -> np.ndarray:
    """Shares as they are, percentages divided by 100: a column with a value above 1 holds percentages."""
    values = numbers_of(path, cells, column, lines)
    if values.min() < 0 or values.max() > 100:
        row = int(np.flatnonzero((values < 0) | (values > 100))[0])
        raise UserError(
            f"{path}, line {lines[row]}, column {column!r}: {values[row]:g} is no accuracy in 0…1 or 0…100%"
        )
    return values / 100 if values.max() > 1 else values


def _spikes(path: Path, cells: Mapping[str, tuple[str, ...]], column: str, lines: Sequence[int]) -> np.ndarray:
    values = numbers_of(path, cells, column, lines)
    if values.min() < 0:
        row = int(values.argmin())
        raise UserError(f"{path}, line {lines[row]}, column {column!r}: {values[row]:g} must be at least 0")
    return values
