"""The connections of a cell, as data, and the order in which they can be computed.

A cell has four nodes: 0 is its input, 3 its output. A connection i→j with i < j works within a timestep; one with i > j
is feedback, which arrives at the next timestep. Several connections into a node add up (SNASNet, Kim et al., ECCV 2022,
Fig. 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

NODES = 4
OUTPUT = NODES - 1

PAIRS: tuple[tuple[int, int], ...] = tuple((i, j) for i in range(NODES) for j in range(i + 1, NODES))
"""The pairs of nodes that can be connected, in the order of a matrix read row by row."""


@dataclass(frozen=True)
class EdgeOp:
    """What a connection does with the values it carries.

    Attributes:
        name: for people.
        kind: `conv` is neuron – convolution – BatchNorm; the others carry values as they are.
        kernel: side of the window, 0 where there is none.
        v_threshold: of the neurons of this connection; None: that of the network.
    """

    name: str
    kind: Literal["skip", "conv", "avg_pool"]
    kernel: int = 0
    v_threshold: float | None = None


# None stands for no connection.
SNASNET_OPS: tuple[EdgeOp | None, ...] = (
    None,
    EdgeOp("skip", "skip"),
    EdgeOp("conv1x1", "conv", 1),
    EdgeOp("conv3x3", "conv", 3),
    EdgeOp("avgpool3x3", "avg_pool", 3),
)
"""SNASNet's operations, by their digit in a matrix."""

BENCH_OPS: tuple[EdgeOp | None, ...] = (
    None,
    EdgeOp("skip", "skip"),
    *(EdgeOp(f"conv3x3_v{v_threshold}", "conv", 3, v_threshold) for v_threshold in (0.5, 1.0, 1.5)),
)
"""SpikeNAS-Bench's operations, by their digit in an id: convolutions with three thresholds (Sun et al., 2024)."""

ZERO = "zero"


def op_names(ops: Sequence[EdgeOp | None]) -> tuple[str, ...]:
    """The names by digit, `zero` for no connection."""
    return tuple(ZERO if op is None else op.name for op in ops)


@dataclass(frozen=True)
class Edge:
    """A connection between two nodes."""

    source: int
    target: int
    op: EdgeOp

    @property
    def feedback(self) -> bool:
        """Whether what it carries arrives at the next timestep."""
        return self.source > self.target

    @property
    def name(self) -> str:
        """`edge01` from node 0 to 1, `back20` for feedback from node 2 to 0."""
        return f"{'back' if self.feedback else 'edge'}{self.source}{self.target}"


def in_order(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Forward connections by their target, then by their source; then feedback likewise: the authors' order."""
    return tuple(sorted(edges, key=lambda edge: (edge.feedback, *sorted((edge.source, edge.target), reverse=True))))


def reachable(links: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """The pairs (i, j) for which there is a way from i to j of one link or more."""
    found = set(links)
    for middle in range(NODES):
        found |= {(i, j) for i, k in found if k == middle for m, j in found if m == middle}
    return frozenset(found)


def has_way(links: Iterable[tuple[int, int]]) -> bool:
    """Whether there is a way from the input to the output; feedback is a way like any other."""
    return (0, OUTPUT) in reachable(links)


def alive_nodes(links: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Input, output, and the nodes on a way between them. Connections of the others change nothing at the output."""
    ways = reachable(links)
    between = {node for node in range(NODES) if (0, node) in ways and (node, OUTPUT) in ways}
    return frozenset({0, OUTPUT} | between)


@dataclass(frozen=True)
class Group:
    """Nodes that must be computed together.

    Attributes:
        nodes: in ascending order. One: all its timesteps are one pass. Several: each reaches each other, so that
            they must step through time together.
        inside: the connections between them, in order.
    """

    nodes: tuple[int, ...]
    inside: tuple[Edge, ...]


def groups(edges: Sequence[Edge]) -> tuple[Group, ...]:
    """The nodes of a cell in an order in which each group needs only what the groups before it give.

    They are the strongly connected components of the graph. Without feedback each node is a group of its own.
    """
    ways = reachable((edge.source, edge.target) for edge in edges)
    found: list[Group] = []
    left = set(range(NODES))
    while left:
        # A group that nothing outside of it leads to, of those that are left; there always is one.
        node = next(n for n in sorted(left) if all((n, m) in ways for m in left if m != n and (m, n) in ways))
        nodes = tuple(sorted({node} | {m for m in left if (node, m) in ways and (m, node) in ways}))
        inside = tuple(edge for edge in edges if edge.source in nodes and edge.target in nodes)
        found.append(Group(nodes, inside))
        left -= set(nodes)
    return tuple(found)
