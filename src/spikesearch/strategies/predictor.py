"""Predictor-guided search: a model of the fitness, learned from the evaluations so far, chooses what to evaluate next.

Bayesian optimisation over codes, as BANANAS (White et al., AAAI 2021) does it with an ensemble of networks; here with a
Gaussian process, or a forest of trees. Which settings are good was measured on trained networks:
`docs/results/strategies.md`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.evolution import mutated, top
from spikesearch.strategies.forest import Forest
from spikesearch.strategies.gaussian_process import GaussianProcess, Inputs
from spikesearch.strategies.sampling import draw_unseen
from spikesearch.strategies.strategy import Scored, Space, Strategy

Features = Callable[[Any], Sequence[float]]
"""Numbers known of an architecture before it is evaluated: parameters, depth, a training-free score."""

Prior = Callable[[Any], float]
"""What is expected of an architecture before anything is evaluated, larger better: a training-free score."""

MODELS = ("gaussian-process", "forest")
ACQUISITIONS = ("expected-improvement", "thompson", "mean")

_DRAWS = 256  # of the model for the expected improvement
_SHORTLIST = 300  # candidates drawn jointly, which costs their number cubed: those of the largest upper bounds
_UPPER = 2.0  # deviations above the mean that this bound lies
_FLOOR = 2.0  # deviations below the median at which values are cut off
_TRIES_PER_MUTANT = 3
_MOST_POINTS = 1000  # that a model is fitted to


class Surrogate(Protocol):
    """What a predictor asks of its model."""

    @property
    def deviation(self) -> float: ...

    def mean(self, inputs: Inputs) -> np.ndarray: ...

    def predict(self, inputs: Inputs) -> tuple[np.ndarray, np.ndarray]: ...

    def draws(self, inputs: Inputs, count: int, rng: np.random.Generator) -> np.ndarray: ...


class Predictor(Strategy):
    """Random architectures first; then, in each round, those from which a fitted model expects most.

    Each round fits the model anew to the whole history, so that it needs no state: neighbours of the best and random
    architectures are candidates, or the whole space where it is small. They are chosen one by one by the expected
    improvement over the best so far and over those of the same round chosen before, so that a round is diverse.

    Args:
        rounds: generations.
        population: architectures per generation.
        initial: evaluations before the model is asked; whole generations, the first one in any case.
        model: `gaussian-process` or `forest`.
        acquisition: `expected-improvement`; `thompson`, the best of one draw of the model for each; or `mean`, which
            explores nothing.
        candidates: how many unseen architectures the model looks at in a round; half of them neighbours of the best.
        parents: how many of the best have neighbours among the candidates.
        features: numbers beside the code; must give equally many for every architecture.
        prior: a score that the Gaussian process takes for its mean: it learns what the score leaves over. It is asked
            for all candidates of a round, so it has to be cheap, or known beforehand.

    Raises:
        UserError: a number out of its range, an unknown name, or a forest with a prior.
    """

    def __init__(
        self,
        *,
        rounds: int = 10,
        population: int = 20,
        initial: int = 20,
        model: str = "gaussian-process",
        acquisition: str = "expected-improvement",
        candidates: int = 4000,
        parents: int = 10,
        features: Features | None = None,
        prior: Prior | None = None,
    ) -> None:
        numbers = (("rounds", rounds), ("population", population), ("initial", initial))
        for name, value in (*numbers, ("candidates", candidates), ("parents", parents)):
            if value < 1:
                raise UserError(f"{name} = {value}: must be at least 1")
        if model not in MODELS:
            raise UserError(f"model = {model!r}: give one of {', '.join(MODELS)}")
        if acquisition not in ACQUISITIONS:
            raise UserError(f"acquisition = {acquisition!r}: give one of {', '.join(ACQUISITIONS)}")
        if prior is not None and model != "gaussian-process":
            raise UserError(f"model = {model!r} with a prior: only gaussian-process has a mean of its own")
        self.rounds = rounds
        self.population = population
        self.initial = initial
        self.model = model
        self.acquisition = acquisition
        self.candidates = candidates
        self.parents = parents
        self.features = features
        self.prior = prior

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        """Random ones while fewer than `initial` are known; generation 0 is that of `RandomSearch` with this seed."""
        rng = np.random.default_rng(child_seed(seed, "generation", generation))
        seen = {scored.architecture for scored in history}
        proposed: list[Architecture] = []
        fitness = {scored.fitness for scored in history}
        if len(history) >= self.initial and len(fitness) > 1:
            pool = self._pool(space, history, seen, rng)
            if pool:
                model = self._fitted(space, history, child_seed(seed, "model", generation))
                proposed = [pool[index] for index in self._choose(model, space, history, pool, rng)]
        missing = self.population - len(proposed)
        return proposed + draw_unseen(space, seen | set(proposed), missing, rng)

    def _fitted(self, space: Space, history: Sequence[Scored], seed: int) -> Surrogate:
        chosen = informative(history)
        values = winsorised(np.array([scored.fitness for scored in chosen]))
        inputs = self._inputs(space, [scored.architecture for scored in chosen])
        return fit_model(self.model, inputs, values, seed)

    def _pool(
        self, space: Space, history: Sequence[Scored], seen: set[Architecture], rng: np.random.Generator
    ) -> list[Architecture]:
        """The candidates of a round: all that is left of a small space, else neighbours of the best and random ones."""
        if space.size <= self.candidates:
            return [architecture for architecture in space if architecture not in seen]
        taken = set(seen)
        pool = self._neighbours(space, history, taken, self.candidates // 2, rng)
        return pool + draw_unseen(space, taken, self.candidates - len(pool), rng)

    def _neighbours(
        self,
        space: Space,
        history: Sequence[Scored],
        taken: set[Architecture],
        wanted: int,
        rng: np.random.Generator,
    ) -> list[Architecture]:
        """Unseen architectures that differ from one of the best in about two slots; adds them to `taken`."""
        parents = [space.encode(scored.architecture) for scored in top(history, self.parents)]
        probability = min(1.0, 2 / len(space.choices))
        found: list[Architecture] = []
        for number in range(_TRIES_PER_MUTANT * wanted):
            if len(found) == wanted:
                break
            parent = parents[number % len(parents)]
            architecture: Architecture = space.decode(mutated(parent, space.choices, probability, rng))
            if architecture not in taken and architecture in space:
                taken.add(architecture)
                found.append(architecture)
        return found

    def _choose(
        self,
        model: Surrogate,
        space: Space,
        history: Sequence[Scored],
        pool: Sequence[Architecture],
        rng: np.random.Generator,
    ) -> Sequence[int]:
        """Indices into the pool, at most `population` of them, best first."""
        inputs = self._inputs(space, pool)
        mean, deviation = model.predict(inputs)
        count = min(self.population, len(pool))
        if self.acquisition == "mean":
            return [int(index) for index in _largest(mean, count, rng)]
        shortlist = _largest(mean + _UPPER * deviation, max(_SHORTLIST, count), rng)
        if self.acquisition == "thompson":
            draws = model.draws(inputs.take(shortlist), count, rng)
            return [int(shortlist[place]) for place in _best_of_each(draws)]
        best = self._inputs(space, [scored.architecture for scored in top(history, self.parents)])
        both = inputs.take(shortlist).joined(best)
        draws = model.draws(both, _DRAWS, rng)
        reached = draws[:, len(shortlist) :].max(axis=1)
        chosen = _most_improving(draws[:, : len(shortlist)], reached, count)
        return [int(shortlist[place]) for place in chosen]

    def _inputs(self, space: Space, architectures: Sequence[Architecture]) -> Inputs:
        return inputs_of(space, architectures, self.features, self.prior)


def fit_model(name: str, inputs: Inputs, values: np.ndarray, seed: int) -> Surrogate:
    """The model of that name, fitted."""
    return GaussianProcess(inputs, values) if name == "gaussian-process" else Forest(inputs, values, seed=seed)


def inputs_of(
    space: Space, architectures: Sequence[Architecture], features: Features | None, prior: Prior | None = None
) -> Inputs:
    """Codes, features and prior of architectures.

    Raises:
        UserError: features or a prior that are no finite numbers, or features that are not equally many.
    """
    codes = np.array([space.encode(each) for each in architectures], dtype=int).reshape(len(architectures), -1)
    expected = None if prior is None else np.array([float(prior(each)) for each in architectures])
    if expected is not None:
        _check_finite("prior", architectures, expected[:, None])
    if features is None:
        return Inputs(codes, np.zeros((len(architectures), 0)), expected)
    rows = [tuple(features(each)) for each in architectures]
    if len({len(row) for row in rows}) > 1:
        raise UserError("features gives different numbers of values for different architectures: give equally many")
    numbers = np.array(rows, dtype=float)
    _check_finite("features", architectures, numbers)
    return Inputs(codes, numbers, expected)


def _check_finite(name: str, architectures: Sequence[Architecture], numbers: np.ndarray) -> None:
    wrong = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
    if len(wrong):
        row = int(wrong[0])
        given = tuple(map(float, numbers[row]))
        raise UserError(f"{name} of '{architectures[row]}' are {given}: give finite numbers")


def informative(history: Sequence[Scored]) -> list[Scored]:
    """All of a history, or of a long one the best and an even choice of the others: a model costs n³."""
    if len(history) <= _MOST_POINTS:
        return list(history)
    order = sorted(range(len(history)), key=lambda index: -history[index].fitness)
    half = _MOST_POINTS // 2
    others = np.linspace(half, len(order) - 1, _MOST_POINTS - half).astype(int)
    return [history[index] for index in sorted([*order[:half], *(order[place] for place in others)])]


def winsorised(values: np.ndarray) -> np.ndarray:
    """Values far below the median lifted to two deviations below it, the deviation as the upper half of them has it.

    A network that learned nothing is 60 points worse than others that differ by one. How much worse does not help to
    tell good from best, and would make all good ones look alike.
    """
    median = float(np.median(values))
    above = values[values >= median] - median
    deviation = float(np.sqrt((above**2).mean()))
    lifted: np.ndarray = np.maximum(values, median - _FLOOR * deviation)
    return lifted


def smoothed_choice(
    space: Space, history: Sequence[Scored], *, model: Literal["gaussian-process", "forest"] = "gaussian-process"
) -> Architecture:
    """The evaluated architecture of the largest expected fitness under a model of all evaluations.

    The largest measured fitness of many is partly luck; a model that has seen the neighbours takes some of it out.
    """
    if len(history) < 3 or len({scored.fitness for scored in history}) < 2:
        return top(history, 1)[0].architecture
    chosen = informative(history)
    values = winsorised(np.array([scored.fitness for scored in chosen]))
    inputs = inputs_of(space, [scored.architecture for scored in chosen], None)
    mean = fit_model(model, inputs, values, 0).mean(inputs)
    return chosen[int(np.argmax(np.round(mean, 9)))].architecture


def _largest(values: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of the largest values, the largest first; equals in random order."""
    # Rounded: what differs by rounding only must not decide by the number of threads.
    shuffled = rng.permutation(len(values))
    found: np.ndarray = shuffled[np.argsort(-np.round(values[shuffled], 9), kind="stable")[:count]]
    return found


def _best_of_each(draws: np.ndarray) -> list[int]:
    """The best of each draw that was not chosen before."""
    chosen: list[int] = []
    for draw in draws:
        order = np.argsort(-draw, kind="stable")
        chosen.append(next(int(index) for index in order if int(index) not in chosen))
    return chosen


def _most_improving(draws: np.ndarray, reached: np.ndarray, count: int) -> list[int]:
    """Greedy: whoever raises the mean over the draws of the best value reached most, `count` times."""
    chosen: list[int] = []
    free = np.ones(draws.shape[1], dtype=bool)
    for _ in range(count):
        gain = np.maximum(draws - reached[:, None], 0.0).mean(axis=0)
        if gain[free].max() <= 0:  # nothing is expected any more: the largest mean
            gain = draws.mean(axis=0) - draws.mean()
        index = int(np.argmax(np.where(free, gain, -np.inf)))
        chosen.append(index)
        free[index] = False
        reached = np.maximum(reached, draws[:, index])
    return chosen
