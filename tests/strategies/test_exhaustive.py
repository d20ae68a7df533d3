"""What exhaustive search promises beyond the conformance suite."""

import itertools

import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.strategy import Space
from strategies.conformance import run, scored
from strategies.spaces import single, uneven, with_holes

AUTOSNN = get_space("autosnn")


def test_every_architecture_comes_once() -> None:
    proposed = [each for generation in run(Exhaustive.of(AUTOSNN), AUTOSNN, seed=1) for each in generation]
    assert len(proposed) == 3125
    assert set(proposed) == set(AUTOSNN)


def test_a_generation_of_autosnn_shares_its_first_two_blocks() -> None:
    generations = run(Exhaustive.of(AUTOSNN), AUTOSNN, seed=1)
    shared = [{each.slots[:2] for each in generation} for generation in generations]  # type: ignore[attr-defined]
    assert [len(first) for first in shared] == [1] * 25
    # The first slot changes four times, not more: its five subtrees are walked one after the other.
    firsts = [next(iter(first))[0] for first in shared]
    assert sum(a != b for a, b in itertools.pairwise(firsts)) == 4


@pytest.mark.parametrize(
    ("space", "rounds", "population"),
    [
        (AUTOSNN, 25, 125),  # 5^5 = 5^2 · 5^3
        (get_space("autosnn-snn3"), 3125, 125),  # 5^8
        (uneven(), 1, 48),  # 3 · 2 · 1 · 4 · 2
        (with_holes(), 2, 81),  # 122 of 3^5 = 243 > 200
        (single(), 1, 1),
    ],
)
def test_generations_are_subtrees_of_at_most_200(space: Space, rounds: int, population: int) -> None:
    strategy = Exhaustive.of(space)
    assert (strategy.rounds, strategy.population) == (rounds, population)


def test_it_goes_on_behind_the_newest_and_fills_gaps_at_the_end() -> None:
    strategy = Exhaustive(rounds=1, population=3125)
    order = strategy.propose(AUTOSNN, [], 0, 1)
    behind = strategy.propose(AUTOSNN, scored([order[7], order[1000]]), 1, 1)
    assert behind == [*order[1001:], *order[:7], *order[8:1000]]


def test_fitness_does_not_matter() -> None:
    assert not Exhaustive.fitness_matters
    strategy = Exhaustive.of(AUTOSNN)
    first = strategy.propose(AUTOSNN, [], 0, 1)
    for history in (scored(first), scored(first[:-1])):
        worse = [type(one)(one.architecture, -one.fitness) for one in history]
        assert strategy.propose(AUTOSNN, worse, 1, 1) == strategy.propose(AUTOSNN, history, 1, 1)


@pytest.mark.parametrize("name", ["rounds", "population"])
def test_numbers_below_one_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} = 0: must be at least 1"):
        Exhaustive(**{name: 0})
