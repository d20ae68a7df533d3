"""Every strategy of the package against the conformance suite."""

import pytest

from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Strategy
from strategies.conformance import StrategyConformance

STRATEGIES = {
    "evolution": lambda: Evolution(),
    "evolution, mutation only": lambda: Evolution(rounds=3, mutations=20, crossovers=0),
    "evolution, crossover only": lambda: Evolution(rounds=3, mutations=0, crossovers=20),
    "evolution, one parent": lambda: Evolution(rounds=3, parents=1),
    "evolution, every block mutates": lambda: Evolution(rounds=3, mutation_probability=1.0),
    "evolution, one at a time": lambda: Evolution(rounds=55, population=1, mutations=1, crossovers=0),
    "exhaustive": lambda: Exhaustive(),
    "exhaustive, one at a time": lambda: Exhaustive(rounds=55, population=1),
    "random": lambda: RandomSearch(),
    "random, one at a time": lambda: RandomSearch(rounds=55, population=1),
}


class TestConformance(StrategyConformance):
    @pytest.fixture(params=list(STRATEGIES))
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        return STRATEGIES[request.param]()
