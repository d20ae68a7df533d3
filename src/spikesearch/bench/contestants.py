"""The strategies that `bench strategies` knows by name, with settings that fit a number of evaluations."""

from collections.abc import Callable, Mapping

from spikesearch.strategies.aging import AgingEvolution
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.optuna_sampler import OptunaSampler, tpe
from spikesearch.strategies.predictor import Features, Predictor, Prior
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Strategy

Maker = Callable[[int], Strategy]
"""From the number of evaluations to a strategy whose budget is at least that."""

BATCH = 10
"""Evaluations between two fits of a model: with the default of 100 evaluations, 10 rounds."""


SCORE_PRIOR = "score-prior"


def make_contestants(features: Features | None = None, prior: Prior | None = None) -> Mapping[str, Maker]:
    """All strategies by name.

    Args:
        features: what predictors see beside the code. With them there is also `predictor-code`, which does not.
        prior: a score that `score-prior` takes for the mean of its model, which sees the code beside it.
    """
    makers: dict[str, Maker] = {
        "random": lambda budget: RandomSearch(rounds=_rounds(budget, BATCH), population=BATCH),
        "evolution": evolution,
        "aging": lambda budget: AgingEvolution(rounds=budget, population=1, alive=_alive(budget)),
        "tpe": lambda budget: OptunaSampler(tpe, rounds=_rounds(budget, BATCH), population=BATCH),
        "predictor-forest": lambda budget: predictor(budget, model="forest", features=features),
        "predictor": lambda budget: predictor(budget, features=features),
    }
    if features is not None:
        makers["predictor-code"] = predictor
    if prior is not None:
        makers[SCORE_PRIOR] = lambda budget: score_prior(budget, prior)
    return makers


def predictor(budget: int, *, model: str = "gaussian-process", features: Features | None = None) -> Predictor:
    """A fifth of the evaluations is random, and no more than 20; then ten networks a round."""
    rounds, initial = _rounds(budget, BATCH), max(1, min(20, budget // 5))
    return Predictor(rounds=rounds, population=BATCH, initial=initial, model=model, features=features)


def score_prior(budget: int, prior: Prior) -> Predictor:
    """Ten networks are random, half of them at most; from then on the model goes by the score and by what it learns."""
    rounds, initial = _rounds(budget, BATCH), max(1, min(BATCH, budget // 2))
    return Predictor(rounds=rounds, population=BATCH, initial=initial, prior=prior)


def evolution(budget: int) -> Evolution:
    """AutoSNN's ten rounds, and its proportions: half of a generation from mutation, half from crossover, k = p/2."""
    population = max(2, budget // 10)
    half = population // 2
    return Evolution(
        rounds=_rounds(budget, population), population=population, parents=half, mutations=half, crossovers=half
    )


def _rounds(budget: int, population: int) -> int:
    return -(-budget // population)


def _alive(budget: int) -> int:
    return max(5, min(20, budget // 5))
