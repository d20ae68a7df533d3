"""What random search promises beyond the conformance suite."""

import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.strategies.random import RandomSearch
from strategies.conformance import run, scored


def test_has_the_budget_of_the_evolution_by_default() -> None:
    assert RandomSearch().budget == 200


def test_fitness_does_not_matter() -> None:
    space, strategy = get_space("autosnn"), RandomSearch(rounds=3)
    first, second, _ = run(strategy, space, seed=1)
    assert strategy.propose(space, list(reversed(scored(first))), 1, 1) == second


@pytest.mark.parametrize("name", ["rounds", "population"])
def test_numbers_below_one_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} = 0: must be at least 1"):
        RandomSearch(**{name: 0})
