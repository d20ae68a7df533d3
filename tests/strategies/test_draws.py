"""Random search that counts draws: what a generation gives is what its draws have that is new."""

import numpy as np
import pytest

from spikesearch.architectures.spaces.cells import CellSpace
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.draws import RandomDraws
from spikesearch.strategies.strategy import Scored

SPACE = CellSpace("snasnet-forward", feedback=False, sampling="authors")


def test_each_distinct_draw_is_proposed_once_in_its_order() -> None:
    strategy = RandomDraws(rounds=30, population=40)
    history: list[Scored] = []
    drawn = []
    for generation in range(strategy.rounds):
        rng = np.random.default_rng(child_seed(5, "generation", generation))
        drawn += [SPACE.sample(rng) for _ in range(strategy.population)]
        history += [Scored(one, 0.0) for one in strategy.propose(SPACE, tuple(history), generation, 5)]
    assert [one.architecture for one in history] == list(dict.fromkeys(drawn))
    assert len(history) < len(drawn) == strategy.budget


def test_a_generation_of_known_ones_is_empty() -> None:
    strategy = RandomDraws(rounds=2, population=1)
    (first,) = strategy.propose(SPACE, (), 0, 3)
    assert strategy.propose(SPACE, (Scored(first, 1.0),), 0, 3) == []
    assert strategy.draws_again


@pytest.mark.parametrize("name", ["rounds", "population"])
def test_numbers_below_one_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} = 0: must be at least 1"):
        RandomDraws(**{name: 0})
