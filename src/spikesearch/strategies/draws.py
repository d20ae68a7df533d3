"""Random search as SNASNet counts it: so many draws, of which repeated ones are evaluated once."""

from collections.abc import Sequence

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.strategy import Scored, Space, Strategy


class RandomDraws(Strategy):
    """rounds · population draws with replacement, as the space draws; what was drawn before is not proposed again.

    SNASNet (Kim et al., ECCV 2022, section 4.3) draws 5,000 candidates and scores each draw. The same cell gets the
    same score here, so repeats would only cost time: the budget counts draws, the evaluations are the distinct ones
    among them. `RandomSearch` draws without replacement instead, so that each draw is an evaluation.

    Args:
        rounds: generations.
        population: draws in each.

    Raises:
        UserError: a number below 1.
    """

    fitness_matters = False
    draws_again = True

    def __init__(self, *, rounds: int = 50, population: int = 100) -> None:
        for name, value in (("rounds", rounds), ("population", population)):
            if value < 1:
                raise UserError(f"{name} = {value}: must be at least 1")
        self.rounds = rounds
        self.population = population

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        """The distinct ones of this generation's draws that are not in the history, in the order of the draws."""
        rng = np.random.default_rng(child_seed(seed, "generation", generation))
        seen = {scored.architecture for scored in history}
        drawn: dict[Architecture, None] = {}
        for _ in range(self.population):
            drawn.setdefault(space.sample(rng))
        return [architecture for architecture in drawn if architecture not in seen]
