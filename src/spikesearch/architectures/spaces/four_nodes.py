"""What all spaces of cells have in common: four nodes, a slot for each pair of them, and networks around the cell."""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from spikesearch.architectures.cell_edges import PAIRS
from spikesearch.architectures.cell_plan import CELL_DEFAULTS, CELL_TAU
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError

Sampling = Literal["uniform", "authors"]
SAMPLINGS: tuple[Sampling, ...] = get_args(Sampling)


class FourNodes:
    """A space of cells; codes have one number for each pair of nodes."""

    @property
    def slot_names(self) -> tuple[str, ...]:
        """`pair01`, …: the pairs of nodes in the order of the code."""
        return tuple(f"pair{i}{j}" for i, j in PAIRS)

    @property
    def defaults(self) -> Dimensions:
        """Width, timesteps, classes and image where nothing else is asked for."""
        return CELL_DEFAULTS

    @property
    def tau(self) -> float:
        """Time constant of the neurons where nothing else is asked for: 4/3 timesteps."""
        return CELL_TAU


def check_sampling(sampling: Any) -> None:
    """Make sure that cells can be drawn so.

    Raises:
        UserError: an unknown sampling.
    """
    if sampling not in SAMPLINGS:
        raise UserError(
            f"unknown sampling {sampling!r}{did_you_mean(str(sampling), SAMPLINGS)}; give one of {', '.join(SAMPLINGS)}"
        )


def up_to_exchange(codes: NDArray[np.int64]) -> int:
    """Number of cells of which no two become equal when nodes 1 and 2 are exchanged, which gives the same network with
    its weights in another order. Only where 1 and 2 are not connected is the result a cell of the same kind.

    Args:
        codes: of cells, all of them with their exchanged twins, [cells, pairs]; 0 between 1 and 2 is no connection.
    """
    apart = codes[codes[:, PAIRS.index((1, 2))] == 0]
    # Pairs with input and output keep their direction when 1 and 2 change places.
    exchanged = apart[:, [PAIRS.index(pair) for pair in ((0, 2), (0, 1), (0, 3), (1, 2), (2, 3), (1, 3))]]
    own_twins = int((apart == exchanged).all(1).sum())
    return len(codes) - (len(apart) - own_twins) // 2
