"""Searches that look their candidates up: every architecture was measured once, so a search costs no time."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spikesearch.architectures.spaces.autosnn import AUTOSNN_BLOCKS, get_space
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.reproduction.lab import Searched
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import Scale
from spikesearch.seeds import child_seed
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Strategy


@dataclass(frozen=True)
class Replayed:
    """Searches of one strategy with one λ, a seed after the other.

    Attributes:
        winners: the fittest architecture of each search.
        fitness: of the winners.
        best: the fittest of the whole space.
        optimum: its fitness, which others may have too.
    """

    winners: Sequence[str]
    fitness: Sample
    best: str
    optimum: float

    @property
    def typical(self) -> str:
        """The winner of most searches; of equals the one found by the earliest seed, which is no choice by quality."""
        return Counter(self.winners).most_common(1)[0][0]

    @property
    def skips(self) -> Sample:
        """Blocks that are left out, in each winner."""
        return Sample(tuple(float(text.split().count("skip")) for text in self.winners))

    def found_by(self, text: str) -> int:
        """How many searches ended with that architecture."""
        return sum(winner == text for winner in self.winners)

    @property
    def optimal(self) -> int:
        """How many searches found something as fit as the fittest of the whole space."""
        return sum(value == self.optimum for value in self.fitness.values)


def evolution(scale: Scale) -> Evolution:
    """The paper's search (Algorithm 1) with the scale's budget: half of a generation are mutants, half offspring."""
    half = scale.population // 2
    return Evolution(rounds=scale.rounds, population=scale.population, parents=half, mutations=half, crossovers=half)


def random_search(scale: Scale) -> RandomSearch:
    """The baseline with the same budget."""
    return RandomSearch(rounds=scale.rounds, population=scale.population)


def fitnesses(searched: Searched, lam: float) -> dict[str, float]:
    """Equation 3 for every architecture that was measured; of ordinary networks, which do not spike, the accuracy."""
    average = searched.average_spikes
    if not average:
        return {text: accuracy for text, (accuracy, _) in searched.trials.items()}
    return {
        text: exponential_fitness(accuracy, spikes, average, lam)
        for text, (accuracy, spikes) in searched.trials.items()
    }


def replay(strategy: Strategy, searched: Searched, lam: float, seeds: int) -> Replayed:
    """Let a strategy search with seeds 0, 1, …; a run with `run.seed` that seed proposes and chooses the same.

    Args:
        strategy: that proposes.
        searched: has every architecture that may be proposed.
        lam: λ of the fitness.
        seeds: number of searches.
    """
    space, fitness = space_of(searched.trials), fitnesses(searched, lam)
    spikes = {text: trial[1] for text, trial in searched.trials.items()}

    def fittest(texts: Iterable[str]) -> str:
        """As a search chooses: silent ones last; of equals fewer spikes, then the text that sorts first."""
        return min(texts, key=lambda text: (not spikes[text], -fitness[text], spikes[text], text))

    winners = [fittest(_proposed(strategy, space, fitness, seed)) for seed in range(seeds)]
    best = fittest(fitness)
    return Replayed(winners, Sample(tuple(fitness[text] for text in winners)), best, fitness[best])


def space_of(texts: Mapping[str, object]) -> SlotSpace:
    """The space of architectures, candidates in the paper's order: codes are those of the search that measured them."""
    name = next(iter(texts)).partition(": ")[0]
    used = {block for text in texts for block in text.partition(": ")[2].split()}
    return get_space(name, {label: block for label, block in AUTOSNN_BLOCKS.items() if label in used})


def differences(first: Replayed, second: Replayed) -> Sample:
    """Fitness of one strategy less that of the other, seed by seed: a seed gives both the same first generation."""
    return Sample(tuple(x - y for x, y in zip(first.fitness.values, second.fitness.values, strict=True)))


def mean_of(samples: Sequence[Sample]) -> Sample:
    """The means of several things as one sample: a spread over things, not over repeats."""
    return Sample(tuple(statistics.fmean(one.values) for one in samples))


def _proposed(strategy: Strategy, space: SlotSpace, fitness: Mapping[str, float], seed: int) -> list[str]:
    history: list[Scored] = []
    for generation in range(strategy.rounds):
        proposed = strategy.propose(space, tuple(history), generation, child_seed(seed, "search"))
        history += [Scored(architecture, fitness[str(architecture)]) for architecture in proposed]
    return [str(scored.architecture) for scored in history]
