"""What a search strategy is: a pure function from the history of a search to the next architectures to evaluate."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from spikesearch.architectures.architecture import Architecture


@dataclass(frozen=True)
class Scored:
    """An evaluated architecture with the fitness it was given.

    Attributes:
        architecture: what was evaluated.
        fitness: larger is better.
        complete: whether it saw all images; one that was stopped early is known to be none of the best.
        violation: by how much it breaks the search's measured constraints, 0 for none. What breaks them less is
            better, whatever the fitness; an own strategy that ranks the history should go by
            `(complete, -violation, fitness)`. Constraints by arithmetic never come here: `space` leaves out what
            breaks them.
    """

    architecture: Architecture
    fitness: float
    complete: bool = True
    violation: float = 0.0


class Space(Protocol):
    """What strategies ask of a space: a product of slots, each with a number of choices.

    A space may hold fewer architectures than the product of its choices; membership (`in`) then tells which codes are
    architectures.
    """

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of the slots, in the order of the code."""
        ...

    @property
    def choices(self) -> tuple[int, ...]:
        """Number of candidates of each slot."""
        ...

    @property
    def size(self) -> int:
        """Number of architectures."""
        ...

    def encode(self, architecture: Any, /) -> tuple[int, ...]:
        """The index of the candidate in each slot."""
        ...

    def decode(self, code: tuple[int, ...], /) -> Any:
        """The architecture with these candidates; `encode` undoes it."""
        ...

    def sample(self, rng: np.random.Generator, /) -> Any:
        """One architecture, uniform over the space."""
        ...

    def __contains__(self, architecture: object, /) -> bool: ...

    def __iter__(self) -> Iterator[Any]:
        """Every architecture once, always in the same order."""
        ...


class Strategy(ABC):
    """Proposes architectures, generation by generation.

    `propose` is called with generation 0, 1, … `rounds` − 1, each time with everything evaluated in the generations
    before. It is a pure function of its arguments: it keeps nothing between calls, and knows neither models nor files
    nor clocks. That is why a search that was killed needs no stored state: its history gives the same proposals again.
    """

    rounds: int
    population: int
    fitness_matters: bool = True
    """Whether proposals depend on the fitness in the history. Where they do not, one search serves every λ."""
    draws_again: bool = False
    """Whether a generation without proposals only says that all its draws were known, and not that the space is."""

    @property
    def budget(self) -> int:
        """Most architectures that a whole search proposes."""
        return self.rounds * self.population

    @abstractmethod
    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        """The architectures of one generation, in the order in which they are evaluated.

        At most `population` members of `space`, all different and none of them in `history`. Fewer than `population`
        only if the space has no more to give; none at all means that every architecture has been evaluated. A strategy
        that `draws_again` may propose fewer, or none, at any time.

        Args:
            space: where to search.
            history: all evaluated architectures of the earlier generations, oldest first; never changed.
            generation: number of the generation, from 0.
            seed: the search's seed; the strategy draws a child seed for each generation from it.
        """
