"""Racing: the bounds are those of the papers, and who is among the best is not stopped."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.errors import UserError
from spikesearch.strategies.objectives import exponential_fitness, linear_fitness
from spikesearch.strategies.racing import Partial, Race, Racing, accuracy_bounds, spikes_bounds

AVERAGE = 1000.0


def score(accuracy: float, spikes: float) -> float:
    return exponential_fitness(accuracy, spikes, AVERAGE, -0.08)


def race(keep: int = 1, *, candidates: int = 2, incumbents: tuple[float, ...] = (), **changes: object) -> Race:
    keywords = {"racing": Racing(keep), "images": 10_000, "looks": 9, "score": score, **changes}
    return Race(candidates=candidates, incumbents=incumbents, **keywords)  # type: ignore[arg-type]


def test_the_bound_of_the_accuracy_by_hand() -> None:
    # n = 500 of N = 1000, risk e⁻²: 1 − 499/1000 = 0.501, ε = √(0.501 · 2 / 1000) = √0.001002 = 0.0316544…
    low, high = accuracy_bounds(300, 500, 1000, math.exp(-2))
    assert low == pytest.approx(0.6 - 0.03165438)
    assert high == pytest.approx(0.6 + 0.03165438)
    assert accuracy_bounds(0, 10, 1000, 0.01)[0] == 0.0
    assert accuracy_bounds(10, 10, 1000, 0.01)[1] == 1.0


def test_the_bound_of_the_spikes_by_hand() -> None:
    # Three batches: mean 100, s = 10, t(0.975, 2) = 4.302653; half of the images: 4.302653 · 10 / √3 · √0.5 = 17.5655
    low, high = spikes_bounds((90.0, 100.0, 110.0), 300, 600, 0.025)
    assert low == pytest.approx(100 - 17.56551, abs=1e-4)
    assert high == pytest.approx(100 + 17.56551, abs=1e-4)
    assert spikes_bounds((90.0,), 100, 600, 0.025) == (0.0, math.inf)
    assert spikes_bounds((1.0, 100.0), 200, 600, 0.001)[0] == 0.0


def test_the_risk_is_divided_among_all_bounds() -> None:
    assert race(candidates=20, looks=9).risk == pytest.approx(0.05 / (4 * 20 * 9))
    assert race(candidates=0).risk == pytest.approx(0.05 / 4)


def partial(correct: int, spikes: float = 1000.0, images: int = 5000) -> Partial:
    return Partial(images, correct, tuple(spikes + offset for offset in (-1.0, 0.0, 1.0, 0.5, -0.5, 0.0, 0.2, -0.2)))


def test_who_is_far_behind_stops() -> None:
    # n = 5000 of N = 10,000, 2 candidates, 9 looks: ε = √(0.5001 · ln(4·2·9 / 0.05) / 10,000) = 0.01907
    assert race().out({0: partial(4000), 7: partial(3000)}) == {7}
    assert race().out({0: partial(4000), 7: partial(3850)}) == set()  # 0.03 behind, less than 2 · 0.01907
    assert race().out({0: partial(4000), 7: partial(3790)}) == {7}  # 0.042
    assert race(2).out({0: partial(4000), 7: partial(3000)}) == set()
    assert race(2, candidates=3).out({0: partial(4000), 7: partial(3000), 8: partial(3990)}) == {7}


def test_spikes_count_as_the_fitness_says() -> None:
    # 2^(-0.08) = 0.946: twice the spikes cost 5.4% of the fitness.
    assert race().out({0: partial(4000), 1: partial(4000, 2000.0)}) == {1}
    assert race(score=lambda accuracy, spikes: accuracy).out({0: partial(4000), 1: partial(4000, 2000.0)}) == set()


def test_incumbents_count_with_their_fitness() -> None:
    only = {3: partial(3000)}  # 0.6 ± 0.019
    assert race(candidates=1).out(only) == set()
    assert race(candidates=1, incumbents=(0.61,)).out(only) == set()
    assert race(candidates=1, incumbents=(0.63,)).out(only) == {3}
    assert race(2, candidates=1, incumbents=(0.63,)).out(only) == set()
    assert race(2, candidates=1, incumbents=(0.63, 0.9)).out(only) == {3}


def test_nobody_stops_whose_spikes_say_nothing_yet() -> None:
    one_batch = Partial(500, 5, (1000.0,))
    silent = Partial(5000, 500, (0.0,) * 10)
    assert race(candidates=3).out({0: partial(4900), 1: one_batch, 2: silent}) == set()
    # Nor does a candidate that may be silent push others out: its fitness may be 0.
    nearly = Partial(5000, 5000, (0.0, 0.0, 0.0, 1.0))
    assert race().out({0: nearly, 1: partial(100)}) == set()


def test_a_fitness_without_limit_is_no_error() -> None:
    strong = race(score=lambda accuracy, spikes: exponential_fitness(accuracy, spikes, AVERAGE, -2e4))
    # About 1000 ± 200 spikes: 0.8^-20000 is too large for a number, 1.2^-20000 is 0.
    uncertain = Partial(5000, 4000, (900.0, 1100.0, 1000.0, 1000.0, 950.0, 1050.0, 1000.0, 1000.0))
    assert strong.out({0: uncertain, 1: partial(4000, 2000.0)}) == set()


@pytest.mark.parametrize(("keep", "confidence"), [(0, 0.95), (1, 0.0), (1, 1.0)])
def test_what_cannot_be(keep: int, confidence: float) -> None:
    with pytest.raises(UserError, match=r"racing for the best 0|confidence = \d\.0: must lie between 0 and 1"):
        Racing(keep, confidence)


@settings(max_examples=200)
@given(
    rates=st.lists(st.integers(0, 5000), min_size=1, max_size=8),
    keep=st.integers(1, 9),
    incumbents=st.lists(st.floats(0, 1), max_size=3),
)
def test_at_least_k_always_stay(rates: list[int], keep: int, incumbents: list[float]) -> None:
    candidates = {number: partial(correct) for number, correct in enumerate(rates)}
    found = race(keep, candidates=len(rates), incumbents=tuple(incumbents)).out(candidates)
    assert len(rates) - len(found) + len(incumbents) >= min(keep, len(rates) + len(incumbents))


BATCH, BATCHES, PER_ROUND = 100, 20, 2


def simulated(
    seed: int, keep: int, fitness: object = exponential_fitness, confidence: float = 0.95
) -> tuple[bool, int, float]:
    """One race of 15 networks on 2,000 images: did the best k stay, how many stopped, share of images not needed."""
    rng = np.random.default_rng(seed)
    easy = rng.normal(size=BATCH * BATCHES)  # images are easy or hard for all networks alike
    rate = rng.uniform(0.3, 0.9, 15)
    level = rng.uniform(500, 2000, 15)
    right = easy + rng.normal(size=(15, easy.size)) < np.quantile(easy, rate)[:, None]
    spikes = rng.gamma(4.0, level[:, None] / 4, size=(15, easy.size))

    def fit(accuracy: float, mean: float) -> float:
        return fitness(accuracy, mean, AVERAGE, -0.08)  # type: ignore[operator, no-any-return]

    true = [fit(a, s) for a, s in zip(right.mean(1), spikes.mean(1), strict=True)]
    best = set(np.argsort(true)[-keep:].tolist())
    looks = BATCHES // PER_ROUND - 1
    rules = Race(racing=Racing(keep, confidence), images=easy.size, looks=looks, candidates=15, score=fit)
    running, used = set(range(15)), 0
    for look in range(1, looks + 2):
        used += len(running) * BATCH * PER_ROUND
        seen = look * PER_ROUND * BATCH
        if look <= looks:
            means = spikes[:, :seen].reshape(15, -1, BATCH).mean(2)
            running -= rules.out({i: Partial(seen, int(right[i, :seen].sum()), tuple(means[i])) for i in running})
    return best <= running, 15 - len(running), 1 - used / (15 * easy.size)


@pytest.mark.parametrize(("keep", "fitness"), [(1, exponential_fitness), (5, exponential_fitness), (3, linear_fitness)])
def test_the_best_stay_with_the_confidence(keep: int, fitness: object) -> None:
    found = [simulated(seed, keep, fitness) for seed in range(200)]
    assert sum(stayed for stayed, *_ in found) >= 0.95 * len(found)
    assert sum(stopped for _, stopped, _ in found) > 3 * len(found)
    assert np.mean([saved for *_, saved in found]) > 0.1


def test_less_confidence_stops_more() -> None:
    stopped = [sum(simulated(seed, 3, confidence=one)[1] for seed in range(20)) for one in (0.99, 0.9, 0.5)]
    assert stopped[0] < stopped[1] < stopped[2]
