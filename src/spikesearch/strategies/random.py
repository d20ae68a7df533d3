"""Random search: the baseline at equal budget (AutoSNN, Table 5)."""

from collections.abc import Sequence

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.sampling import draw_unseen
from spikesearch.strategies.strategy import Scored, Space, Strategy


class RandomSearch(Strategy):
    """`population` architectures per round that were not seen before, uniform over the space.

    Args:
        rounds: generations; 10 as for the evolution it is compared with.
        population: architectures per generation; 20 for the same reason. The budget is rounds · population = 200.

    Raises:
        UserError: a number below 1.
    """

    def __init__(self, *, rounds: int = 10, population: int = 20) -> None:
        for name, value in (("rounds", rounds), ("population", population)):
            if value < 1:
                raise UserError(f"{name} = {value}: must be at least 1")
        self.rounds = rounds
        self.population = population

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        """Unseen architectures; with the same seed, generation 0 is that of `Evolution` too."""
        rng = np.random.default_rng(child_seed(seed, "generation", generation))
        return draw_unseen(space, {scored.architecture for scored in history}, self.population, rng)
