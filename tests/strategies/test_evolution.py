"""Algorithm 1 of AutoSNN, step by step."""

import itertools
from collections import Counter

import numpy as np
import pytest

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.strategies.evolution import Evolution, crossed, mutated, top
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored
from strategies.conformance import run, scored
from strategies.spaces import UnevenSpace, uneven
from strategies.tabular import measure, worth

SPACE = get_space("autosnn")


def code_of(text: str) -> tuple[int, ...]:
    """`"01234"` → (0, 1, 2, 3, 4)."""
    return tuple(map(int, text))


def history_of(*fitness: tuple[str, float]) -> list[Scored]:
    return [Scored(SPACE.decode(code_of(text)), value) for text, value in fitness]


def test_the_defaults_are_the_papers() -> None:
    evolution = Evolution()
    assert (evolution.rounds, evolution.population, evolution.parents) == (10, 20, 10)
    assert (evolution.mutations, evolution.crossovers, evolution.mutation_probability) == (10, 10, 0.2)
    assert evolution.budget == 200


def test_round_0_is_random() -> None:
    assert Evolution().propose(SPACE, [], 0, 9) == RandomSearch().propose(SPACE, [], 0, 9)


def test_top_spans_all_rounds_and_keeps_the_older_of_equals() -> None:
    history = history_of(("00000", 0.1), ("11111", 0.9), ("22222", 0.5), ("33333", 0.9), ("44444", 0.5))
    assert [scored.architecture for scored in top(history, 3)] == [
        SPACE.decode(code_of(text)) for text in ("11111", "33333", "22222")
    ]
    assert len(top(history, 10)) == 5


def test_crossed_by_hand() -> None:
    assert crossed((0, 0, 0, 0, 0), (1, 2, 3, 4, 1), 2) == (0, 0, 3, 4, 1)
    assert crossed((0, 0, 0, 0, 0), (1, 2, 3, 4, 1), 4) == (0, 0, 0, 0, 1)


def test_mutation_replaces_a_fifth_of_the_blocks_by_others_uniformly() -> None:
    rng = np.random.default_rng(1)
    code, choices, draws = (0, 3, 4, 1, 0), (5, 4, 5, 2, 1), 20_000
    mutants = np.array([mutated(code, choices, 0.2, rng) for _ in range(draws)])
    changed = (mutants != np.array(code)).mean(axis=0)
    # One standard deviation of a share of 0.2 in 20,000 draws is 0.0028; the last slot has no other candidate.
    assert changed[:4] == pytest.approx([0.2] * 4, abs=0.012)
    assert changed[4] == 0
    others = Counter(mutants[mutants[:, 1] != 3, 1].tolist())
    assert set(others) == {0, 1, 2}
    assert all(count / sum(others.values()) == pytest.approx(1 / 3, abs=0.04) for count in others.values())


def test_mutation_with_probability_one_changes_every_block() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        assert all(new != old for new, old in zip(mutated((0, 1, 2), (5, 5, 5), 1.0, rng), (0, 1, 2), strict=True))


def test_offspring_are_the_cuts_of_two_different_parents_of_the_top() -> None:
    # The two best stand in the oldest round; the parents differ in every slot, so each child shows its cut.
    history = history_of(("00000", 0.9), ("11111", 0.8), *((f"2{i}{j}34", 0.1) for i in range(4) for j in range(4)))
    evolution = Evolution(parents=2, mutations=0, crossovers=8, population=20)
    allowed = {a * cut + b * (5 - cut) for a, b in ("01", "10") for cut in (1, 2, 3, 4)}
    children: Counter[str] = Counter()
    for seed in range(60):
        codes = ["".join(map(str, SPACE.encode(each))) for each in evolution.propose(SPACE, history, 1, seed)]
        found = list(itertools.takewhile(allowed.__contains__, codes))  # random ones fill up behind them
        children.update(found)
        assert 3 <= len(found) <= 8
        assert len(codes) == 20
    assert set(children) == allowed
    # 24 tries at 8 equally likely children: each is found with probability 1 − (7/8)^24 = 0.96, less what the limit
    # of tries and of 8 children cuts off; all are about as frequent.
    assert min(children.values()) > 45


def test_mutants_come_first_and_descend_from_the_top() -> None:
    history = history_of(("00000", 0.9), *((f"44{i}{j}4", 0.1) for i in range(4) for j in range(4)))
    evolution = Evolution(parents=1, mutations=10, crossovers=10, mutation_probability=0.2)
    distances: list[int] = []
    for seed in range(60):
        codes = [SPACE.encode(each) for each in evolution.propose(SPACE, history, 1, seed)]
        distances += [sum(value != 0 for value in code) for code in codes[:10]]
        assert len(codes) == 20  # one parent cannot be crossed: ten random ones stand in
    # A mutant has k changes with probability C(5,k)·0.2^k·0.8^(5−k); given k ≥ 1 (67.2%) the mean is 1 / 0.672 = 1.49.
    # Dropping repeats (20 mutants have one change) raises it a little; random codes would have 4.
    assert 1.45 < np.mean(distances) < 1.75


class CountingSpace(UnevenSpace):
    """Counts the codes that are decoded for a strategy."""

    decoded = 0

    def decode(self, code: tuple[int, ...]) -> SlotArchitecture:
        self.decoded += 1
        return super().decode(code)


def test_each_operator_gives_up_after_three_tries_per_wanted_architecture() -> None:
    space = CountingSpace(["skip SCB3"] * 5)
    everything = list(space)
    space.decoded = 0
    assert Evolution().propose(space, scored(everything), 1, 0) == []
    assert space.decoded == 30 + 30  # mutations and crossovers, all of them seen


def test_nothing_comes_twice_within_a_generation_or_over_all() -> None:
    proposed = [each for generation in run(Evolution(), SPACE, seed=3) for each in generation]
    assert len(set(proposed)) == 200


class OneSlot(UnevenSpace):
    """Only the first slot is searched; the others are skip."""

    slot_names = ("tbd1",)

    def __init__(self) -> None:
        super().__init__(["skip SCB3 SCB5 SRB3 SRB5", "skip", "skip", "skip", "skip"])
        self.choices = (5,)

    def decode(self, code: tuple[int, ...]) -> SlotArchitecture:
        return super().decode((code[0], 0, 0, 0, 0))

    def encode(self, architecture: SlotArchitecture) -> tuple[int, ...]:
        return super().encode(architecture)[:1]


def test_a_single_slot_cannot_be_cut() -> None:
    space = OneSlot()
    generations = run(Evolution(population=2, mutations=1, crossovers=1), space, seed=1)
    assert {each for generation in generations for each in generation} == set(space)


def test_it_finds_the_best_architecture_where_random_search_does_not() -> None:
    # The tabular accuracy is a sum over the slots, so the best of all 3,125 is the best block of each slot.
    best = 0.1 + sum(max(worth(slot, block) for block in SPACE.blocks) for slot in range(5)) / 1000

    def found(strategy: Evolution | RandomSearch, seed: int) -> float:
        proposed = [each for generation in run(strategy, SPACE, seed) for each in generation]
        return max(measure(map(str, each.slots)).accuracy for each in proposed)

    evolved = [found(Evolution(), seed) for seed in range(8)]
    drawn = [found(RandomSearch(), seed) for seed in range(8)]
    assert sum(value == pytest.approx(best) for value in evolved) >= 6
    # 200 of 3,125 hold the best one with probability 0.064.
    assert sum(value == pytest.approx(best) for value in drawn) <= 3
    assert np.mean(evolved) > np.mean(drawn)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"rounds": 0}, "rounds = 0: must be at least 1"),
        ({"population": 0}, "population = 0: must be at least 1"),
        ({"parents": 0}, "parents = 0: must be at least 1"),
        ({"mutations": -1}, "mutations = -1: must be at least 0"),
        ({"crossovers": -1}, "crossovers = -1: must be at least 0"),
        ({"population": 19}, r"mutations \+ crossovers = 10 \+ 10 exceeds population = 19: lower them"),
        ({"mutation_probability": 0.0}, "mutation_probability = 0.0: must lie in 0…1, above 0"),
        ({"mutation_probability": 1.5}, "mutation_probability = 1.5"),
    ],
)
def test_settings_that_cannot_be_are_refused(keywords: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Evolution(**keywords)  # type: ignore[arg-type]


def test_a_smaller_space_than_the_budget_is_emptied() -> None:
    generations = run(Evolution(), uneven(), seed=4)
    assert [len(generation) for generation in generations] == [20, 20, 8, 0, 0, 0, 0, 0, 0, 0]
