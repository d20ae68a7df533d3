"""What all spaces of cells have in common: four nodes, a slot for each pair of them, and networks around the cell."""

from spikesearch.architectures.cell_edges import PAIRS
from spikesearch.architectures.cell_plan import CELL_DEFAULTS, CELL_TAU
from spikesearch.architectures.dimensions import Dimensions


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
