"""Exhaustive search: every architecture of a space, for the exact optimum and Pareto front."""

import math
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.strategy import Scored, Space, Strategy

# Architectures that share their first blocks are measured together. In AutoSNN's space 125 share two of five: all 25
# such groups cost 2% more than the space in one piece, and an interruption loses 1/25 of the search at most.
_LARGEST_GENERATION = 200


class Exhaustive(Strategy):
    """The whole space, neighbours in the tree of first blocks one after the other.

    In the order of the codes, the last slot fastest, after the candidates of each slot have been shuffled: a search
    that was stopped half-way has not always seen the same half. A generation goes on behind the newest architecture of
    the history. Fitness does not matter: the measurements give the winner for every λ.

    Args:
        rounds: generations; 25 · 125 are the 3,125 architectures of AutoSNN's space.
        population: architectures per generation. `of` chooses both for a space.

    Raises:
        UserError: a number below 1.
    """

    fitness_matters = False

    def __init__(self, *, rounds: int = 25, population: int = 125) -> None:
        for name, value in (("rounds", rounds), ("population", population)):
            if value < 1:
                raise UserError(f"{name} = {value}: must be at least 1")
        self.rounds = rounds
        self.population = population

    @classmethod
    def of(cls, space: Space) -> Self:
        """For all of `space`; a generation is all architectures with the same first blocks, if they are at most 200."""
        population = 1
        for choices in reversed(space.choices):
            if population * choices > _LARGEST_GENERATION and population > 1:
                break
            population *= choices
        return cls(rounds=-(-space.size // population), population=population)

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        """The next architectures that are not in the history."""
        seen = {scored.architecture for scored in history}
        newest = space.encode(history[-1].architecture) if history else None
        proposed: list[Architecture] = []
        for code in _codes(space.choices, newest, np.random.default_rng(child_seed(seed, "order"))):
            architecture: Architecture = space.decode(code)
            if architecture not in seen and architecture in space:
                proposed.append(architecture)
            if len(proposed) == self.population:
                break
        return proposed


def _codes(
    choices: tuple[int, ...], newest: tuple[int, ...] | None, rng: np.random.Generator
) -> Iterator[tuple[int, ...]]:
    """Every code once, the last slot fastest, beginning behind `newest` and going round."""
    orders = [rng.permutation(count).tolist() for count in choices]
    begin = 0
    if newest is not None:
        for order, index in zip(orders, newest, strict=True):
            begin = begin * len(order) + order.index(index)
        begin += 1
    total = math.prod(choices)
    for number in range(begin, begin + total):
        rest, code = number % total, []
        for order in reversed(orders):
            rest, digit = divmod(rest, len(order))
            code.append(order[digit])
        yield tuple(reversed(code))
