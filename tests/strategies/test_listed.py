"""A listed part of a space, as strategies see it."""

import numpy as np
import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.spaces.named import SPACES
from spikesearch.errors import UserError
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.listed import ListedSpace
from spikesearch.strategies.predictor import Predictor
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Space, Strategy

WHOLE = get_space("autosnn")
MEMBERS = [WHOLE.sample(np.random.default_rng(seed)) for seed in range(12)]


def everything(strategy: Strategy, space: Space) -> list[object]:
    history: list[Scored] = []
    for generation in range(strategy.rounds):
        proposed = strategy.propose(space, tuple(history), generation, 1)
        history += [Scored(one, str(one).count("5")) for one in proposed]
    return [one.architecture for one in history]


@pytest.mark.parametrize("name", ["evolution", "random", "predictor", "exhaustive"])
def test_strategies_find_all_of_it_and_nothing_else(name: str) -> None:
    space = ListedSpace(WHOLE, MEMBERS)
    strategies: dict[str, Strategy] = {
        "evolution": Evolution(rounds=5, population=4, mutations=2, crossovers=2),
        "random": RandomSearch(rounds=5, population=4),
        "predictor": Predictor(rounds=5, population=4, initial=4),
        "exhaustive": Exhaustive.of(space),
    }
    found = everything(strategies[name], space)
    assert len(found) == len(set(found)) == space.size == 12
    assert set(found) == set(MEMBERS)


def test_members_alone_are_in_it() -> None:
    space = ListedSpace(WHOLE, MEMBERS)
    assert list(space) == MEMBERS
    outside = next(one for one in WHOLE if one not in MEMBERS)
    assert outside not in space
    assert space.decode(space.encode(MEMBERS[3])) == MEMBERS[3]
    rng = np.random.default_rng(0)
    assert {space.sample(rng) for _ in range(200)} == set(MEMBERS)


def test_what_cannot_be_listed_is_refused() -> None:
    with pytest.raises(UserError, match="is empty"):
        ListedSpace(WHOLE, [])
    cell = SPACES["snasnet-forward"].sample(np.random.default_rng(0))
    with pytest.raises(UserError, match="is not in the space that is searched"):
        ListedSpace(WHOLE, [cell])
