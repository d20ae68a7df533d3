"""SNASNet's search spaces: cells with forward connections only, and cells with feedback too."""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikesearch.architectures.cell_edges import NODES, OUTPUT, PAIRS, SNASNET_OPS, op_names
from spikesearch.architectures.cells import CellArchitecture
from spikesearch.architectures.spaces.four_nodes import FourNodes, Sampling, check_sampling, up_to_exchange
from spikesearch.errors import UserError

_DIGITS = len(SNASNET_OPS)  # 0 zero, 1 skip, 2 conv1x1, 3 conv3x3, 4 avgpool3x3
_DIRECT = PAIRS.index((0, OUTPUT))
_INNER = range(1, OUTPUT)


@dataclass(frozen=True)
class CellSpace(FourNodes):
    """SNASNet's valid cells, each once.

    Valid is what the authors' code keeps: input and output are connected directly, and there are no dead nodes, whose
    connections it cuts (`CellArchitecture.canonical_cell`). Every connection between living nodes matters, so two
    matrices of the space are two different cells, with one exception: exchanging nodes 1 and 2 where they are not
    connected gives the same network with its weights in another order. Such twins count apart, since their matrices
    differ (`size`); `size_up_to_exchange` counts them once.

    An architecture's code has one number for each pair of nodes, in the order of a matrix read row by row: 0…4 is the
    operation of the forward connection, 5…8 that of feedback, less 4. The pair of input and output has 0…3 for
    operations 1…4. Not every code is a member: many have dead nodes.

    Attributes:
        name: `snasnet-forward` or `snasnet-feedback`.
        feedback: whether connections may go backwards. Forward cells are members too.
        sampling: how `sample` draws. `uniform`: every member alike. `authors`: as their code draws, cut cells
            included, where a cell with few connections has more chances.

    Raises:
        UserError: an unknown sampling.
    """

    name: str
    feedback: bool
    sampling: Sampling = "uniform"

    def __post_init__(self) -> None:
        check_sampling(self.sampling)

    @property
    def choices(self) -> tuple[int, ...]:
        """Number of values of each pair: 5, with feedback 9; 4 for input and output."""
        return _choices(self.feedback)

    @property
    def slot_texts(self) -> tuple[tuple[str, ...], ...]:
        """For each pair of nodes what its values stand for: `conv3x3`, or `feedback conv3x3`."""
        forward = op_names(SNASNET_OPS)
        both = (*forward, *(f"feedback {name}" for name in forward[1:]))
        return tuple(both[slot == _DIRECT :][:count] for slot, count in enumerate(self.choices))

    @property
    def candidates(self) -> tuple[str, ...]:
        """The operations, by their digit."""
        return op_names(SNASNET_OPS)

    @property
    def size(self) -> int:
        """Number of members, counted by looking at every code."""
        return len(_members(self.feedback))

    @property
    def matrices(self) -> int:
        """Number of codes, dead nodes and all: 4·5⁵ = 12,500, with feedback 4·9⁵ = 236,196."""
        return math.prod(self.choices)

    @property
    def size_up_to_exchange(self) -> int:
        """Number of members of which no two become equal when nodes 1 and 2 are exchanged."""
        return _up_to_exchange(self.feedback)

    @property
    def codes(self) -> NDArray[np.int64]:
        """The codes of all members, in order: [members, pairs]."""
        return np.stack(np.unravel_index(_members(self.feedback), self.choices), axis=1)

    def decode(self, code: Sequence[int]) -> CellArchitecture:
        """The cell of a code, which need not be a member.

        Raises:
            UserError: a wrong number of pairs, or a value out of range.
        """
        if len(code) != len(PAIRS) or any(not 0 <= c < n for c, n in zip(code, self.choices, strict=True)):
            raise UserError(
                f"{tuple(code)} is no code of {self.name}: give {len(PAIRS)} whole numbers, each below "
                f"{', '.join(map(str, self.choices))}"
            )
        matrix = [[0] * NODES for _ in range(NODES)]
        for slot, ((i, j), value) in enumerate(zip(PAIRS, map(int, code), strict=True)):
            value += slot == _DIRECT
            if value < _DIGITS:
                matrix[i][j] = value
            else:
                matrix[j][i] = value - _DIGITS + 1
        return CellArchitecture(tuple(map(tuple, matrix)))

    def encode(self, architecture: object) -> tuple[int, ...]:
        """The code of a cell.

        Raises:
            UserError: the cell is not in the space; the message says why.
        """
        if reason := self._why_not(architecture):
            raise UserError(f"'{architecture}' is not in the space {self.name}: {reason}")
        assert isinstance(architecture, CellArchitecture)
        m = architecture.matrix
        values = (m[i][j] or (m[j][i] and m[j][i] + _DIGITS - 1) for i, j in PAIRS)
        return tuple(value - (slot == _DIRECT) for slot, value in enumerate(values))

    def sample(self, rng: np.random.Generator, sampling: Sampling | None = None) -> CellArchitecture:
        """A member, drawn by `sampling`, or by the space's own.

        Raises:
            UserError: an unknown sampling.
        """
        if sampling is not None:
            check_sampling(sampling)
        if (sampling or self.sampling) == "authors":
            return self._as_the_authors(rng)
        members = _members(self.feedback)
        return self._decode_number(int(members[rng.integers(len(members))]))

    def _as_the_authors(self, rng: np.random.Generator) -> CellArchitecture:
        """Each pair forward or backward with probability 1/2 and any of the five operations; then dead nodes are cut.

        Their code draws again until input and output are connected. As that pair is drawn apart from the others, it is
        the same to draw it from the four operations that connect them, without any loop.
        """
        code = []
        for slot in range(len(PAIRS)):
            value = int(rng.integers(_DIGITS - 1 if slot == _DIRECT else _DIGITS))
            backward = self.feedback and slot != _DIRECT and rng.random() < 0.5
            code.append(value + _DIGITS - 1 if backward and value else value)
        return self.decode(code).canonical_cell()

    def __contains__(self, architecture: object) -> bool:
        """Whether the cell could have been drawn from here."""
        return self._why_not(architecture) is None

    def __iter__(self) -> Iterator[CellArchitecture]:
        """Every member once, in the order of the codes, the last pair fastest."""
        return (self._decode_number(int(number)) for number in _members(self.feedback))

    def _decode_number(self, number: int) -> CellArchitecture:
        return self.decode([int(value) for value in np.unravel_index(number, self.choices)])

    def _why_not(self, architecture: object) -> str | None:
        if not isinstance(architecture, CellArchitecture):
            return "its architectures begin snasnet:"
        if architecture.matrix[0][OUTPUT] == 0:
            return f"input and output must be connected directly, [0][{OUTPUT}] is 0"
        if architecture.has_feedback and not self.feedback:
            return "it has feedback, so it belongs to snasnet-feedback"
        if (cut := architecture.canonical_cell()) != architecture:
            return f"it has connections of dead nodes; without them it is '{cut}', which is"
        return None


def _choices(feedback: bool) -> tuple[int, ...]:
    most = 2 * _DIGITS - 1 if feedback else _DIGITS
    return tuple(_DIGITS - 1 if slot == _DIRECT else most for slot in range(len(PAIRS)))


def _values(feedback: bool) -> NDArray[np.int64]:
    """Every code, the last pair fastest: [codes, pairs]."""
    choices = _choices(feedback)
    return np.stack(np.unravel_index(np.arange(math.prod(choices)), choices), axis=1)


@functools.cache
def _members(feedback: bool) -> NDArray[np.int64]:
    """The numbers of the codes without dead nodes: [members]."""
    values = _values(feedback)
    linked = np.zeros((len(values), NODES, NODES), dtype=bool)
    for slot, (i, j) in enumerate(PAIRS):
        present = values[:, slot] + (slot == _DIRECT)
        linked[:, i, j] = (present > 0) & (present < _DIGITS)
        linked[:, j, i] = present >= _DIGITS
    ways = linked.copy()
    for middle in range(NODES):
        ways |= ways[:, :, middle, None] & ways[:, None, middle, :]
    member = np.ones(len(values), dtype=bool)
    for node in _INNER:
        used = linked[:, node, :].any(1) | linked[:, :, node].any(1)
        member &= ~used | (ways[:, 0, node] & ways[:, node, OUTPUT])
    numbers = np.flatnonzero(member)
    numbers.flags.writeable = False
    return numbers


@functools.cache
def _up_to_exchange(feedback: bool) -> int:
    return up_to_exchange(_values(feedback)[_members(feedback)])


CELL_SPACES: dict[str, CellSpace] = {
    "snasnet-forward": CellSpace("snasnet-forward", feedback=False),
    "snasnet-feedback": CellSpace("snasnet-feedback", feedback=True),
}
