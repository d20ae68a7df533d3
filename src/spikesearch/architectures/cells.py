"""SNASNet's cells as architectures: one matrix, in the authors' own notation (Kim et al., ECCV 2022).

`snasnet: 0302 0030 3003 0000`: row i, column j is the operation on the connection from node i to node j. The upper
triangle is forward, the lower one feedback. Whether a cell has feedback is a property, not another kind of cell.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import index
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.cell_edges import (
    NODES,
    OUTPUT,
    PAIRS,
    SNASNET_OPS,
    Edge,
    alive_nodes,
    has_way,
    in_order,
    op_names,
)
from spikesearch.architectures.cell_plan import CELL_DEFAULTS, plan_cells
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan
from spikesearch.errors import UserError

Matrix = tuple[tuple[int, ...], ...]

CELL_PREFIX = "snasnet"
CELL_EXAMPLE = f"{CELL_PREFIX}: 0302 0030 3003 0000"
# Brackets too: so Python and NumPy print a matrix.
_SEPARATORS = re.compile(r"[\s,/\[\]-]+")
_DIGITS = re.compile(r"[0-9\s,/\[\]-]*[0-9][0-9\s,/\[\]-]*")
_ALMOST = re.compile(r"\w{4}(?:[\s,/]+\w{4}){3}")


@dataclass(frozen=True)
class CellArchitecture(Architecture):
    """A network of two equal cells, `snasnet: 0302 0030 3003 0000`.

    The text is the cell as given, dead connections included; `canonical_cell` cuts them.

    Attributes:
        matrix: 4 rows of 4 operations; 0 zero (no connection), 1 skip, 2 conv1x1, 3 conv3x3, 4 avgpool3x3.

    Raises:
        UserError: no such matrix, an unknown operation, a node connected to itself, two nodes connected in both
            directions, feedback from the output to the input, or no way from the input to the output.
    """

    matrix: Matrix
    space: str = field(default=CELL_PREFIX, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", _as_matrix(self.matrix))
        _check(self.matrix, str(self))

    def __str__(self) -> str:
        return f"{CELL_PREFIX}: {' '.join(''.join(map(str, row)) for row in self.matrix)}"

    @property
    def defaults(self) -> Dimensions:
        """Width, timesteps, classes and image where nothing else is asked for."""
        return CELL_DEFAULTS

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The connections, forward ones first."""
        found = []
        for i, row in enumerate(self.matrix):
            for j, digit in enumerate(row):
                if (op := SNASNET_OPS[digit]) is not None:
                    found.append(Edge(i, j, op))
        return in_order(found)

    @property
    def has_feedback(self) -> bool:
        """Whether anything works from one timestep to the next, beside the neurons."""
        return any(edge.feedback for edge in self.edges)

    @property
    def slots(self) -> tuple[str, ...]:
        """What connects each pair of nodes, in the order of `PAIRS`: `conv3x3`, `feedback conv1x1`, `zero`."""
        names = op_names(SNASNET_OPS)
        return tuple(
            f"feedback {names[self.matrix[j][i]]}" if self.matrix[j][i] else names[self.matrix[i][j]] for i, j in PAIRS
        )

    def canonical_cell(self) -> "CellArchitecture":
        """The cell without its dead nodes: those that the input cannot reach, or that cannot reach the output.

        Feedback is a way like any other. All connections of a dead node are 0 in the result; between living nodes
        every connection matters. Two cells with the same canonical cell compute the same if started from the same
        weights, up to the constant that BatchNorm makes of nothing (SNASNet's code cuts alike).
        """
        alive = alive_nodes(_links(self.matrix))
        return CellArchitecture(
            tuple(
                tuple(digit if i in alive and j in alive else 0 for j, digit in enumerate(row))
                for i, row in enumerate(self.matrix)
            )
        )

    def plan(self, dimensions: Dimensions) -> Plan:
        """The network of that size, as data.

        Raises:
            UserError: an image too small.
        """
        return plan_cells(
            self.edges, "cell_" + "_".join("".join(map(str, row)) for row in self.matrix), dimensions, str(self)
        )


def is_cell_text(text: str) -> bool:
    """Whether a text without a prefix can only be meant as a cell: nothing but digits and what separates them.

    Four rows of four with a slip in them count too, so that the error speaks of the cell.
    """
    slipped = _ALMOST.fullmatch(text) is not None and sum(map(str.isdigit, text)) >= NODES * (NODES - 1)
    return slipped or _DIGITS.fullmatch(text) is not None


def are_rows(words: Sequence[str]) -> bool:
    """Whether words, such as a shell makes of a text without quotes, are parts of one cell, with or without prefix."""
    first, *rest = words
    rows = rest if first.lower().rstrip(":") == CELL_PREFIX else words
    return bool(rest) and all(is_cell_text(row) and sum(map(str.isdigit, row)) < NODES * NODES for row in rows)


def parse_cell(text: str) -> CellArchitecture:
    """Reads a matrix: four words of four digits, or sixteen digits together or apart.

    Args:
        text: without the prefix. Spaces, commas, slashes, dashes and brackets separate.

    Raises:
        UserError: it is no matrix, or the matrix is no cell.
    """
    words = [word for word in _SEPARATORS.split(text) if word]
    digits = "".join(words)
    whole = {len(word) for word in words} in ({NODES}, {1}, {NODES * NODES}) and len(digits) == NODES * NODES
    if not whole or re.fullmatch(r"[0-9]+", digits) is None:
        raise UserError(_malformed(repr(text.strip())))
    return CellArchitecture(tuple(tuple(map(int, digits[i : i + NODES])) for i in range(0, len(digits), NODES)))


def _malformed(given: str) -> str:
    return f"{given} is no cell: give 4 rows of 4 digits from 0 to {len(SNASNET_OPS) - 1}, such as '{CELL_EXAMPLE}'"


def _as_matrix(given: Any) -> Matrix:
    """Rows of whole numbers as tuples, from lists and arrays too."""
    try:
        rows = tuple(tuple(index(digit) for digit in row) for row in given)
    except TypeError:
        raise UserError(_malformed(repr(given))) from None
    if len(rows) != NODES or any(len(row) != NODES for row in rows):
        raise UserError(_malformed(f"a matrix with rows of {', '.join(str(len(row)) for row in rows) or 'nothing'}"))
    return rows


def _check(matrix: Matrix, text: str) -> None:
    _check_ops(matrix, text)
    for node in range(NODES):
        if matrix[node][node]:
            raise UserError(
                f"'{text}': [{node}][{node}] = {matrix[node][node]} connects node {node} with itself; "
                "the diagonal must be 0"
            )
    for i, j in PAIRS:
        if matrix[i][j] and matrix[j][i]:
            raise UserError(
                f"'{text}' connects nodes {i} and {j} in both directions ([{i}][{j}] = {matrix[i][j]}, "
                f"[{j}][{i}] = {matrix[j][i]}); one of the two must be 0"
            )
    if matrix[OUTPUT][0]:
        raise UserError(
            f"'{text}': [{OUTPUT}][0] = {matrix[OUTPUT][0]} is feedback from the output of the cell to its input, "
            f"which SNASNet has not; set it to 0 (feedback may go from node {OUTPUT} to 1 and 2, and from 1 and 2 to 0)"
        )
    if not has_way(_links(matrix)):
        raise UserError(
            f"'{text}' has no way from its input, node 0, to its output, node {OUTPUT}; "
            f"connect them, for example with [0][{OUTPUT}] = 3"
        )


def _check_ops(matrix: Matrix, text: str) -> None:
    for i, row in enumerate(matrix):
        for j, digit in enumerate(row):
            if not 0 <= digit < len(SNASNET_OPS):
                known = ", ".join(f"{number} {name}" for number, name in enumerate(op_names(SNASNET_OPS)))
                raise UserError(f"'{text}': [{i}][{j}] = {digit} is no operation; give one of {known}")


def _links(matrix: Sequence[Iterable[int]]) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(matrix) for j, digit in enumerate(row) if digit]
