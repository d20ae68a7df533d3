"""What a SpikeNAS-Bench cell's six operations tell before training: how much of the cell works, and how deep it is.

The nodes are 0 (input) … 3 (output); operation 0 cuts an edge, 1 passes values on, and 2, 3, 4 are a neuron and a
convolution.
"""

from collections.abc import Sequence

EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""In the order of the id's base-5 digits, the least significant first."""

NAMES = ("cell_convolutions", "cell_depth")

# The ways from the input to the output, as positions in EDGES.
_PATHS = ((2,), (0, 4), (1, 5), (0, 3, 5))
_FIRST_CONVOLUTION = 2


def cell_features(operations: Sequence[int]) -> tuple[int, int]:
    """Convolutions on any way from input to output, and the most on one such way.

    Convolutions elsewhere are trained and change nothing; the table's parameters count them too.
    """
    open_paths = [path for path in _PATHS if all(operations[edge] for edge in path)]
    convolutions = [[edge for edge in path if operations[edge] >= _FIRST_CONVOLUTION] for path in open_paths]
    working = {edge for path in convolutions for edge in path}
    return len(working), max((len(path) for path in convolutions), default=0)


def has_way(operations: Sequence[int]) -> bool:
    """Whether anything gets from the input to the output; if not, the network answers by chance, trained or not."""
    return any(all(operations[edge] for edge in path) for path in _PATHS)
