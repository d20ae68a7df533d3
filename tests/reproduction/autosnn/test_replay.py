"""A search that looks its candidates up finds what the driver of real searches finds."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.reproduction.autosnn.replay import (
    Replayed,
    differences,
    evolution,
    fitnesses,
    mean_of,
    random_search,
    replay,
    space_of,
)
from spikesearch.reproduction.lab import Searched
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import AUTOSNN
from spikesearch.seeds import child_seed
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.strategy import Strategy
from spikesearch.studies.driver import search_loop
from spikesearch.studies.study import TrialStore

SPACE = get_space("autosnn")
SMALL = AUTOSNN["small"]
TINY = replace(SMALL, rounds=3, population=6)


class Table:
    """An evaluator that knows all figures."""

    def __init__(self, trials: dict[str, tuple[float, float]]) -> None:
        self.trials = trials

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        for architecture in architectures:
            accuracy, spikes = self.trials[str(architecture)]
            yield Measurement(
                accuracy=accuracy, spikes_per_image=spikes, firing_rate=0.1, layers=(), images=20, correct=0
            )


@pytest.fixture(scope="module")
def searched() -> Searched:
    """Few different figures, so that many candidates are equally fit; some are silent."""
    drawn = random.Random(0)
    trials = {str(one): (drawn.randrange(1, 4) / 20, 10.0 * drawn.randrange(0, 4)) for one in SPACE}
    return Searched(trials, 20.0, {})


@pytest.mark.parametrize("make", [evolution, random_search])
def test_a_replayed_search_is_the_real_one(make: object, searched: Searched, tmp_path: Path) -> None:
    strategy: Strategy = make(TINY)  # type: ignore[operator]
    lams = [0.0, -0.24]
    real = [
        search_loop(
            SPACE,
            strategy,
            Table(dict(searched.trials)),
            TrialStore.open(tmp_path / f"{seed}.db", SPACE, {}),
            lams=lams,
            fitness=exponential_fitness,
            average_spikes=20.0,
            seed=child_seed(seed, "search"),
        )
        for seed in range(2)
    ]
    for number, lam in enumerate(lams):
        found = replay(strategy, searched, lam, 2)
        assert found.winners == [results[number].winner.architecture for results in real]
        assert found.fitness.values == tuple(results[number].winner.fitness for results in real)


def test_the_budget_is_the_scales() -> None:
    strategy = evolution(SMALL)
    assert strategy.budget == random_search(SMALL).budget == 200
    assert (strategy.parents, strategy.mutations, strategy.crossovers) == (10, 10, 10)  # the paper's, appendix C


def test_fitness_is_equation_3(searched: Searched) -> None:
    text = "autosnn: skip skip skip skip SRB_k3"
    found = fitnesses(Searched({text: (0.5, 40.0)}, 20.0, {}), -1.0)
    assert found == {text: 0.25}
    assert fitnesses(Searched({text: (0.5, 0.0)}, 0.0, {}), 0.0) == {text: 0.5}  # ordinary networks


def test_of_equals_fewer_spikes_win_and_silent_ones_never() -> None:
    trials = {
        "autosnn: skip skip skip skip skip": (0.4, 30.0),
        "autosnn: skip skip skip skip SRB_k3": (0.4, 10.0),
        "autosnn: skip skip skip SRB_k3 skip": (0.9, 0.0),
    }
    for text in map(str, space_of(trials)):
        trials.setdefault(text, (0.1, 5.0))
    found = replay(evolution(SMALL), Searched(trials, 20.0, {}), 0.0, 1)
    assert found.best == found.typical == "autosnn: skip skip skip skip SRB_k3"
    assert (found.optimum, found.optimal) == (0.4, 1)


def test_the_space_has_the_candidates_that_were_measured() -> None:
    texts = dict.fromkeys(["autosnn-snn2: SRB_k3 skip skip skip SCB_k5"])
    space = space_of(texts)
    assert space.name == "autosnn-snn2"
    assert list(space.blocks) == ["skip", "SCB_k5", "SRB_k3"]  # the paper's order, not that of the text


def test_what_most_searches_found_stands_for_all() -> None:
    some, other = "autosnn: skip SRB_k3", "autosnn: skip skip"
    one = Replayed([some, other, other], Sample((0.1, 0.3, 0.3)), other, 0.3)
    assert one.typical == other
    assert (one.found_by(some), one.found_by(other), one.optimal) == (1, 2, 2)
    assert one.skips.values == (1.0, 2.0, 2.0)
    tied = Replayed([some, other], Sample((0.1, 0.3)), other, 0.3)
    assert tied.typical == some  # the earliest seed, though the other is fitter


def test_differences_are_seed_by_seed_and_means_over_things() -> None:
    first = Replayed(["a", "b"], Sample((0.5, 0.75)), "a", 1.0)
    second = Replayed(["a", "b"], Sample((0.25, 0.25)), "a", 1.0)
    assert differences(first, second).values == (0.25, 0.5)
    assert mean_of([Sample((1.0, 3.0)), Sample((5.0,))]).values == (2.0, 5.0)
