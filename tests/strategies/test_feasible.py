"""The part of a space that keeps arithmetic constraints, against trying every architecture."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.architectures.costs import SlotCosts, pair_costs, slot_costs
from spikesearch.architectures.describe import describe
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.spaces.cells import CellSpace
from spikesearch.errors import UserError
from spikesearch.strategies.constraints import Constraint
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.feasible import ConstrainedSpace
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored
from strategies.spaces import UnevenSpace, uneven, with_holes
from strategies.tabular import measure

AUTOSNN = get_space("autosnn")
COSTS = slot_costs(AUTOSNN.super_plan(AUTOSNN.defaults))


def made_up(space: UnevenSpace, seed: int) -> dict[str, SlotCosts]:
    rng = np.random.default_rng(seed)
    return {
        name: SlotCosts(7, tuple(tuple(rng.integers(50, size=count).tolist()) for count in space.choices))
        for name in ("parameters", "macs")
    }


@pytest.mark.parametrize("make", [uneven, with_holes])
@pytest.mark.parametrize("texts", [["parameters<=80"], ["macs>90"], ["parameters<110", "macs>=60", "macs<=120"]])
def test_exactly_what_keeps_all_is_left(make, texts) -> None:
    space = make()
    costs = made_up(space, 3)
    constraints = [Constraint.parse(text) for text in texts]
    expected = [
        one for one in space if all(each.kept(costs[each.quantity].of(space.encode(one))) for each in constraints)
    ]
    assert 0 < len(expected) < space.size
    left = ConstrainedSpace(space, costs, constraints)
    assert left.listed
    assert list(left) == expected
    assert left.size == len(expected)
    assert [one for one in space if one in left] == expected
    # Where they are too many to be listed, members are the same.
    unlisted = ConstrainedSpace(space, costs, constraints, most_listed=1)
    assert not unlisted.listed
    assert unlisted.size == space.size
    assert list(unlisted) == expected
    rng = np.random.default_rng(0)
    assert {unlisted.sample(rng) for _ in range(200)} <= set(expected)


def test_the_bound_is_that_of_describe() -> None:
    left = ConstrainedSpace(AUTOSNN, COSTS, [Constraint.parse("parameters<=150k"), Constraint.parse("macs<=150M")])
    assert 0 < left.size < AUTOSNN.size
    for one in list(left)[:: left.size // 10]:
        counts = describe(one)
        assert counts.parameters <= 150_000
        assert counts.macs <= 150_000_000


def test_every_one_is_drawn_equally_often() -> None:
    space = uneven()
    left = ConstrainedSpace(space, made_up(space, 3), [Constraint.parse("parameters<=80")])
    rng = np.random.default_rng(2)
    counts = Counter(left.sample(rng) for _ in range(200 * left.size))
    assert set(counts) == set(left)
    # Binomial with mean 200: 5 standard deviations.
    assert all(abs(count - 200) < 5 * np.sqrt(200) for count in counts.values())


def test_nothing_that_keeps_it_names_the_extreme_value() -> None:
    with pytest.raises(
        UserError,
        match=r"no architecture of autosnn keeps parameters<=100000: the smallest possible value is 105,620 "
        r"\(autosnn: skip skip skip skip skip\); raise the bound",
    ):
        ConstrainedSpace(AUTOSNN, COSTS, [Constraint.parse("parameters<=100k")])
    with pytest.raises(UserError, match=r"keeps macs>=1000000000: the largest possible value is .*; lower the bound"):
        ConstrainedSpace(AUTOSNN, COSTS, [Constraint.parse("macs>=1G")])


def test_constraints_that_exclude_each_other() -> None:
    both = [Constraint.parse("parameters<=106k"), Constraint.parse("macs>=400M")]
    with pytest.raises(UserError, match=r"keeps parameters<=106000 and macs>=400000000 together, though each alone"):
        ConstrainedSpace(AUTOSNN, COSTS, both)
    with pytest.raises(UserError, match=r"of 10,000 architectures drawn from autosnn none keeps"):
        ConstrainedSpace(AUTOSNN, COSTS, both, most_listed=1)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([Evolution(rounds=3), RandomSearch(rounds=3), Exhaustive(rounds=3, population=20)]),
    st.integers(106_000, 567_000),
    st.integers(0, 9),
)
def test_no_strategy_ever_proposes_what_breaks_a_budget(strategy, budget, seed) -> None:
    constraint = Constraint("parameters", "<=", budget)
    left = ConstrainedSpace(AUTOSNN, COSTS, [constraint])
    history: list[Scored] = []
    for generation in range(strategy.rounds):
        proposed = strategy.propose(left, history, generation, seed)
        assert all(COSTS["parameters"].of(AUTOSNN.encode(one)) <= budget for one in proposed)
        assert len(proposed) == min(strategy.population, left.size - len(history))
        history += [Scored(one, measure(str(one).partition(": ")[2].split()).accuracy) for one in proposed]


@pytest.mark.parametrize("sampling", ["uniform", "authors"])
def test_cells_within_a_budget_are_listed_and_drawn_as_their_space_draws(sampling) -> None:
    space = CellSpace("snasnet-forward", feedback=False, sampling=sampling)
    size = space.defaults.replace(channels=4)
    constraint = Constraint.parse("parameters<=628k")
    left = ConstrainedSpace(space, pair_costs(space, size), [constraint])
    asked = list(space)[::40]
    expected = [one for one in asked if describe(one, channels=4).parameters <= constraint.bound]
    assert 0 < len(expected) < len(asked)
    assert [one for one in asked if one in left] == expected
    assert set(left) & set(asked) == set(expected)
    assert left.size == len(set(left))
    drawn, rng = left.sample(np.random.default_rng(7)), np.random.default_rng(7)
    if sampling == "authors":
        assert drawn == next(one for one in (space.sample(rng) for _ in range(99)) if one in left)
    assert drawn in left
    with pytest.raises(UserError, match=r"no architecture of snasnet-forward keeps parameters<=1000: the smallest"):
        ConstrainedSpace(space, pair_costs(space, size), [Constraint.parse("parameters<=1k")])
