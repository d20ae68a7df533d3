"""The space of SpikeNAS-Bench: every entry of its table."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesearch.architectures.cell_edges import BENCH_OPS, PAIRS, op_names
from spikesearch.architectures.spaces.four_nodes import FourNodes, Sampling, check_sampling, up_to_exchange
from spikesearch.architectures.spikenas_bench import BENCH_PREFIX, BENCH_SIZE, BenchArchitecture
from spikesearch.errors import UserError


@dataclass(frozen=True)
class BenchSpace(FourNodes):
    """The 15,625 ids, all of them: the table has no validity cut.

    Each id is a trained network of its own, also where a connection is dead, where nodes 1 and 2 are exchanged, or
    where nothing reaches the output (341 entries, which learned nothing). So the size is 5⁶ by arithmetic, and twins
    that are equal but for dead connections (`BenchArchitecture.canonical_cell`) are scored and looked up apart.

    An architecture's code is the digits of its id, the operation on each connection.
    """

    name: str = BENCH_PREFIX

    @property
    def choices(self) -> tuple[int, ...]:
        """Five operations for each connection."""
        return (len(BENCH_OPS),) * len(PAIRS)

    @property
    def slot_texts(self) -> tuple[tuple[str, ...], ...]:
        """For each connection what its values stand for."""
        return (op_names(BENCH_OPS),) * len(PAIRS)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The operations, by their digit."""
        return op_names(BENCH_OPS)

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.choices)

    @property
    def matrices(self) -> int:
        """Number of codes, all of which are entries."""
        return self.size

    @property
    def size_up_to_exchange(self) -> int:
        """Number of entries of which no two become equal when nodes 1 and 2 are exchanged."""
        numbers = np.arange(self.size)
        return up_to_exchange(np.stack(np.unravel_index(numbers, self.choices), axis=1))

    def decode(self, code: Sequence[int]) -> BenchArchitecture:
        """The entry of a code.

        Raises:
            UserError: a wrong number of connections, or a value out of range.
        """
        if len(code) != len(PAIRS) or any(not 0 <= digit < len(BENCH_OPS) for digit in code):
            raise UserError(
                f"{tuple(code)} is no code of {self.name}: give {len(PAIRS)} whole numbers from 0 to "
                f"{len(BENCH_OPS) - 1}"
            )
        return BenchArchitecture.of(tuple(map(int, code)))

    def encode(self, architecture: object) -> tuple[int, ...]:
        """The code of an entry.

        Raises:
            UserError: it is none.
        """
        if not isinstance(architecture, BenchArchitecture):
            raise UserError(f"'{architecture}' is not in the space {self.name}: its architectures are {self.name}:ID")
        return architecture.digits

    def sample(self, rng: np.random.Generator, sampling: Sampling | None = None) -> BenchArchitecture:
        """An entry drawn uniformly. `authors` is the same here: any operation on each connection, and nothing is cut.

        Raises:
            UserError: an unknown sampling.
        """
        if sampling is not None:
            check_sampling(sampling)
        return BenchArchitecture(int(rng.integers(BENCH_SIZE)))

    def __contains__(self, architecture: object) -> bool:
        """Whether the architecture is an entry."""
        return isinstance(architecture, BenchArchitecture)

    def __iter__(self) -> Iterator[BenchArchitecture]:
        """Every entry once, in the order of the ids."""
        return map(BenchArchitecture, range(BENCH_SIZE))
