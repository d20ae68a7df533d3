"""The cells of SpikeNAS-Bench as architectures: an id of its table (Sun et al., IEEE TAI 2024).

The space is that of SNASNet's forward cells with other operations: convolutions 3×3 whose neurons have one of three
thresholds. The id is a base-5 number with one digit for each connection.
"""

from dataclasses import dataclass, field
from operator import index
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.cell_edges import BENCH_OPS, PAIRS, Edge, alive_nodes, in_order, op_names
from spikesearch.architectures.cell_plan import CELL_DEFAULTS, plan_cells
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan
from spikesearch.errors import UserError

BENCH_PREFIX = "spikenas-bench"
BENCH_SIZE: int = len(BENCH_OPS) ** len(PAIRS)
BENCH_EXAMPLE = f"{BENCH_PREFIX}:12617"


@dataclass(frozen=True)
class BenchArchitecture(Architecture):
    """An entry of SpikeNAS-Bench, `spikenas-bench:12617`.

    Attributes:
        entry: its id, 0…15,624. The least significant digit to base 5 is the operation on the connection 0→1, then
            come 0→2, 0→3, 1→2, 1→3, 2→3; 0 zero (no connection), 1 skip, and 2, 3, 4 neuron with threshold 0.5, 1.0,
            1.5 – conv3x3 – BN. Every id is an entry, also one without a way from input to output.

    Raises:
        UserError: there is no such entry.
    """

    entry: int
    space: str = field(default=BENCH_PREFIX, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entry", _as_entry(self.entry))

    def __str__(self) -> str:
        return f"{BENCH_PREFIX}:{self.entry}"

    @classmethod
    def of(cls, digits: tuple[int, ...]) -> "BenchArchitecture":
        """The entry with that operation on each connection, in the order of the id's digits."""
        return cls(sum(digit * len(BENCH_OPS) ** place for place, digit in enumerate(digits)))

    @property
    def digits(self) -> tuple[int, ...]:
        """The operation on each connection: 0→1, 0→2, 0→3, 1→2, 1→3, 2→3."""
        return tuple(self.entry // len(BENCH_OPS) ** place % len(BENCH_OPS) for place in range(len(PAIRS)))

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of those operations."""
        return tuple(op_names(BENCH_OPS)[digit] for digit in self.digits)

    @property
    def defaults(self) -> Dimensions:
        """Width, timesteps, classes and image of the table's networks."""
        return CELL_DEFAULTS

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The connections."""
        chosen = [(pair, BENCH_OPS[digit]) for pair, digit in zip(PAIRS, self.digits, strict=True)]
        return in_order(Edge(i, j, op) for (i, j), op in chosen if op is not None)

    def canonical_cell(self) -> "BenchArchitecture":
        """The entry without the connections of dead nodes: those that the input cannot reach, or that cannot reach the
        output; 0 where there is no way to the output.

        It computes the same, up to the constant that BatchNorm makes of nothing. It is another entry of the table
        nevertheless, with other parameters and a training of its own.
        """
        alive = alive_nodes(pair for pair, digit in zip(PAIRS, self.digits, strict=True) if digit)
        kept = zip(PAIRS, self.digits, strict=True)
        return BenchArchitecture.of(tuple(digit if {*pair} <= alive else 0 for pair, digit in kept))

    def plan(self, dimensions: Dimensions) -> Plan:
        """The network of that size, as data.

        Raises:
            UserError: an image too small.
        """
        return plan_cells(self.edges, f"cell_bench_{self.entry}", dimensions, str(self))


def parse_entry(text: str) -> BenchArchitecture:
    """Reads an id.

    Raises:
        UserError: it is none.
    """
    return BenchArchitecture(int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text)  # type: ignore[arg-type]


def _as_entry(given: Any) -> int:
    wanted = f"{given!r} is no entry of {BENCH_PREFIX}: give its id, 0 to {BENCH_SIZE - 1}, such as '{BENCH_EXAMPLE}'"
    try:
        entry = index(given)
    except TypeError:
        raise UserError(wanted) from None
    if isinstance(given, bool) or not 0 <= entry < BENCH_SIZE:
        raise UserError(wanted)
    return entry
