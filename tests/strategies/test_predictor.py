"""Predictor-guided search, step by step."""

import numpy as np
import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.gaussian_process import Inputs
from spikesearch.strategies.predictor import (
    Predictor,
    _most_improving,
    informative,
    inputs_of,
    smoothed_choice,
    winsorised,
)
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Strategy
from strategies.conformance import run, scored
from strategies.spaces import uneven
from strategies.tabular import measure, worth

SPACE = get_space("autosnn")


def test_it_begins_as_random_search_does() -> None:
    predictor, drawn = Predictor(population=5, initial=10), RandomSearch(population=5)
    generations = run(Predictor(rounds=3, population=5, initial=10), SPACE, seed=4)
    history: list[Scored] = []
    for generation in range(3):
        assert predictor.propose(SPACE, history, generation, 4) == generations[generation]
        same = drawn.propose(SPACE, history, generation, 4) == generations[generation]
        assert same == (generation < 2)
        history += scored(generations[generation])


def test_it_finds_the_best_of_all_in_60_evaluations_and_evolution_does_not() -> None:
    # The tabular accuracy is a sum over the slots: the best of all 3,125 has the best block in each slot.
    best = 0.1 + sum(max(worth(slot, block) for block in SPACE.blocks) for slot in range(5)) / 1000

    def found(strategy: Strategy, seed: int) -> float:
        proposed = [each for generation in run(strategy, SPACE, seed) for each in generation]
        return max(measure(str(each).partition(": ")[2].split()).accuracy for each in proposed)

    evolution = Evolution(rounds=6, population=10, parents=5, mutations=5, crossovers=5)
    evolved = [found(evolution, seed) for seed in range(3)]
    guided = [found(Predictor(rounds=6, population=10), seed) for seed in range(3)]
    assert guided == pytest.approx([best] * 3)
    assert np.mean(evolved) < best - 0.02
    assert found(Predictor(rounds=6, population=10, candidates=500, model="forest"), 0) > np.mean(evolved)


def test_equal_fitness_teaches_nothing_and_random_ones_follow() -> None:
    history = [Scored(each, 0.5) for each in list(SPACE)[:30]]
    proposed = Predictor(initial=10).propose(SPACE, history, 3, 1)
    assert proposed == RandomSearch().propose(SPACE, history, 3, 1)


def test_features_are_learned_from() -> None:
    """The fitness is a feature that the code tells nothing of; the best of it are found nevertheless."""
    everything = list(SPACE)
    hidden = dict(zip(everything, np.random.default_rng(2).permutation(len(everything)) / len(everything), strict=True))
    history = [Scored(each, float(hidden[each])) for each in everything[::60]]
    blind = Predictor(population=10, initial=10, acquisition="mean")
    seeing = Predictor(population=10, initial=10, acquisition="mean", features=lambda each: [hidden[each]])
    chosen = [[hidden[each] for each in one.propose(SPACE, history, 5, 0)] for one in (blind, seeing)]
    assert np.mean(chosen[1]) > 0.95
    assert np.mean(chosen[0]) < 0.8


def test_a_score_is_the_mean_of_the_model() -> None:
    """The fitness goes with a score that the code tells nothing of; few evaluations are enough to follow it."""
    everything = list(SPACE)
    hidden = dict(zip(everything, np.random.default_rng(2).standard_normal(len(everything)), strict=True))
    history = [Scored(each, float(hidden[each])) for each in everything[::300]]
    guided = Predictor(population=10, initial=10, prior=lambda each: hidden[each])
    chosen = [hidden[each] for each in guided.propose(SPACE, history, 5, 0)]
    assert min(chosen) > np.quantile([*hidden.values()], 0.98)
    with pytest.raises(UserError, match="model = 'forest' with a prior: only gaussian-process has a mean of its own"):
        Predictor(model="forest", prior=lambda each: hidden[each])
    with pytest.raises(UserError, match=r"prior of 'autosnn: .*' are \(inf,\): give finite numbers"):
        inputs_of(SPACE, everything[:2], None, lambda each: float("inf"))


def test_features_that_cannot_be_are_refused() -> None:
    entries = list(SPACE)[:3]
    with pytest.raises(UserError, match="different numbers of values for different architectures"):
        inputs_of(SPACE, entries, lambda each: [1.0] * (1 + (each == entries[1])))
    with pytest.raises(UserError, match=r"features of 'autosnn: .*' are \(nan,\): give finite numbers"):
        inputs_of(SPACE, entries, lambda each: [float("nan")])


def test_a_large_space_is_looked_at_in_part() -> None:
    """Neighbours of the best among the candidates: near the optimum a random one of 390,625 would not be found."""
    space = get_space("autosnn-extra")
    best = space.decode((4,) * 8)
    near = [space.decode(tuple(0 if i == slot else 4 for i in range(8))) for slot in range(8)]
    rng = np.random.default_rng(0)
    others = list({space.sample(rng) for _ in range(40)})
    history = [Scored(each, float(sum(value == 4 for value in space.encode(each)))) for each in [*near, *others]]
    predictor = Predictor(population=5, initial=10, candidates=2000)
    assert best in predictor.propose(space, history, 2, 3)


def test_values_far_below_are_lifted() -> None:
    # Median 3; above it 3, 4 and 5 deviate by 0, 1, 2: √(5/3) = 1.29; 3 − 2·1.29 = 0.418.
    assert winsorised(np.array([-50.0, 2.0, 3.0, 4.0, 5.0])) == pytest.approx([3 - 2 * (5 / 3) ** 0.5, 2, 3, 4, 5])


def test_of_a_long_history_the_best_and_some_others_are_kept() -> None:
    entries = list(SPACE)
    history = [Scored(each, float(number)) for number, each in enumerate(entries)]
    kept = [scored.fitness for scored in informative(history)]
    assert len(kept) == len(set(kept)) == 1000
    assert set(range(len(entries) - 500, len(entries))) <= set(map(int, kept))
    assert min(kept) == 0
    assert kept == sorted(kept)  # as in the history
    assert informative(history[:1000]) == history[:1000]


def test_a_smoothed_choice_distrusts_luck() -> None:
    """A hundred networks agree that block 4 in slot 1 is good; one with block 0 was lucky and looks best of all."""
    rng = np.random.default_rng(1)
    history = []
    for each in SPACE:
        code = SPACE.encode(each)
        if sum(code) % 7 == 0 and code[0] in (0, 4):
            history.append(Scored(each, 0.6 + 0.2 * (code[0] == 4) + 0.02 * float(rng.standard_normal())))
    lucky = next(number for number, one in enumerate(history) if SPACE.encode(one.architecture)[0] == 0)
    history[lucky] = Scored(history[lucky].architecture, 0.87)
    assert max(history, key=lambda one: one.fitness) is history[lucky]
    assert SPACE.encode(smoothed_choice(SPACE, history))[0] == 4
    assert smoothed_choice(SPACE, history[:2]) == max(history[:2], key=lambda one: one.fitness).architecture


def test_the_second_choice_is_what_the_first_does_not_cover() -> None:
    # Two draws of the model: candidates 0 and 1 are good in the same one, candidate 2 in the other.
    draws = np.array([[9.0, 8.5, 0.0], [0.0, 0.0, 5.0]])
    assert _most_improving(draws, np.array([1.0, 1.0]), 3) == [0, 2, 1]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"rounds": 0}, "rounds = 0: must be at least 1"),
        ({"population": 0}, "population = 0: must be at least 1"),
        ({"initial": 0}, "initial = 0: must be at least 1"),
        ({"candidates": 0}, "candidates = 0: must be at least 1"),
        ({"parents": 0}, "parents = 0: must be at least 1"),
        ({"model": "oracle"}, "model = 'oracle': give one of gaussian-process, forest"),
        ({"acquisition": "luck"}, "acquisition = 'luck': give one of expected-improvement, thompson, mean"),
    ],
)
def test_settings_that_cannot_be_are_refused(keywords: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Predictor(**keywords)  # type: ignore[arg-type]


def test_codes_without_features_are_inputs_too() -> None:
    space = uneven()
    inputs: Inputs = inputs_of(space, list(space)[:4], None)
    assert inputs.codes.shape == (4, 5)
    assert inputs.features.shape == (4, 0)
