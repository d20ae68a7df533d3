"""A part of a space that is given as a list: what a first stage has kept."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from spikesearch.errors import UserError
from spikesearch.strategies.strategy import Space


class ListedSpace:
    """Some architectures of a space: a space of its own for strategies.

    Args:
        space: where they are; codes are its codes.
        architectures: all different.

    Raises:
        UserError: none, or one that is not in the space.
    """

    def __init__(self, space: Space, architectures: Sequence[Any]) -> None:
        if not architectures:
            raise UserError("a list of architectures to search is empty: give at least one")
        if wrong := [one for one in architectures if one not in space]:
            raise UserError(f"'{wrong[0]}' is not in the space that is searched: leave it out of the list")
        self._space = space
        self._members = tuple(dict.fromkeys(architectures))
        self._known = frozenset(self._members)

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of the slots."""
        return self._space.slot_names

    @property
    def choices(self) -> tuple[int, ...]:
        """Number of candidates of each slot of the whole space."""
        return self._space.choices

    @property
    def size(self) -> int:
        """Number of architectures."""
        return len(self._members)

    def encode(self, architecture: Any) -> tuple[int, ...]:
        """The index of the candidate in each slot."""
        return self._space.encode(architecture)

    def decode(self, code: tuple[int, ...]) -> Any:
        """The architecture with these candidates, whether it is listed or not."""
        return self._space.decode(code)

    def sample(self, rng: np.random.Generator) -> Any:
        """One of them, uniform."""
        return self._members[int(rng.integers(len(self._members)))]

    def __contains__(self, architecture: object) -> bool:
        return architecture in self._known

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)
