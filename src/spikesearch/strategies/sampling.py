"""Drawing architectures that a search has not seen."""

from collections.abc import Set as AbstractSet

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.strategies.strategy import Space

# While less than half of the space has been seen, a draw is new with a probability above 1/2: that this many draws in
# a row miss has a probability below 1e-30. It bounds the loop for spaces that do not sample uniformly.
_TRIES = 100


def draw_unseen(
    space: Space, seen: AbstractSet[Architecture], count: int, rng: np.random.Generator
) -> list[Architecture]:
    """`count` different architectures outside `seen`, uniform; fewer, down to none, if the space has no more.

    Draws and rejects while most of the space is new; lists what is left once half of it has been seen (the list is
    then at most as long as `seen`). So it ends after a bounded number of draws however small the space is.
    """
    drawn: list[Architecture] = []
    taken = set(seen)
    while len(drawn) < count and 2 * len(taken) < space.size:
        architecture = _draw_one(space, taken, rng)
        if architecture is None:
            break
        drawn.append(architecture)
        taken.add(architecture)
    missing = count - len(drawn)
    if missing:
        left = [architecture for architecture in space if architecture not in taken]
        drawn += [left[index] for index in rng.permutation(len(left))[:missing]]
    return drawn


def _draw_one(space: Space, taken: AbstractSet[Architecture], rng: np.random.Generator) -> Architecture | None:
    for _ in range(_TRIES):
        architecture: Architecture = space.sample(rng)
        if architecture not in taken:
            return architecture
    return None
