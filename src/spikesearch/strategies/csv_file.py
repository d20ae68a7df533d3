"""CSV files with one network a line, as columns of text; `.csv` or `.csv.gz`, UTF-8."""

import csv
import gzip
import io
import math
import zlib
from pathlib import Path

from spikesearch.errors import UserError


def read_columns(path: Path) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """The line number of each row, and the cells of each column by its name.

    Raises:
        UserError: no such file, no text, no rows, a column that stands there twice, or a row of another length.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):  # blank lines mean nothing
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}") from error
    if len(rows) < 2:
        raise UserError(f"the table {path} is empty: give a line with the columns' names and one line for each network")
    header = rows[0]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UserError(f"{path}: the column {twice[0]!r} stands there {header.count(twice[0])} times; rename one")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise UserError(f"{path}, line {line}: {len(row)} cells, but the first line names {len(header)} columns")
    return lines[1:], {name: tuple(column) for name, *column in zip(*rows, strict=True)}


def finite_number(path: Path, column: str, line: int, text: str) -> float:
    """The number in a cell of that line of the file.

    Raises:
        UserError: there is none, or it is not finite.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"{path}, line {line}, column {column!r}: {text!r} is no finite number")
    return value


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"there is no table {path}: give a .csv or .csv.gz file") from error
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"the table {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the table {path} is no UTF-8 text: {error}") from error
