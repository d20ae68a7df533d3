"""Drawing unseen architectures: uniform, and with an end in every space."""

from collections import Counter

import numpy as np
import pytest

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.strategies.sampling import draw_unseen
from strategies.spaces import UnevenSpace, uneven, with_holes


class StuckSpace(UnevenSpace):
    """Its sampler always draws the same architecture."""

    def sample(self, rng: np.random.Generator) -> SlotArchitecture:
        return next(iter(self))


# With 5 seen of 48 the function draws and rejects, with 40 seen it lists what is left.
@pytest.mark.parametrize("seen_count", [0, 5, 40])
def test_every_unseen_architecture_is_as_likely(seen_count: int) -> None:
    space = uneven()
    everything = list(space)
    seen = set(everything[:seen_count])
    rng = np.random.default_rng(1)
    draws = 6000
    counts = Counter(draw_unseen(space, seen, 1, rng)[0] for _ in range(draws))
    assert set(counts) == set(everything[seen_count:])
    expected = draws / (48 - seen_count)
    # Chi-squared with d degrees of freedom has mean d and variance 2d; five standard deviations above is never met.
    freedom = 47 - seen_count
    chi_squared = sum((count - expected) ** 2 / expected for count in counts.values())
    assert chi_squared < freedom + 5 * (2 * freedom) ** 0.5


@pytest.mark.parametrize("make", [uneven, with_holes])
@pytest.mark.parametrize("count", [0, 1, 20, 1000])
def test_gives_as_many_as_there_are(make: object, count: int) -> None:
    space = make()  # type: ignore[operator]
    seen = set(list(space)[:7])
    drawn = draw_unseen(space, seen, count, np.random.default_rng(2))
    assert len(drawn) == len(set(drawn)) == min(count, space.size - 7)
    assert not seen & set(drawn)


def test_a_sampler_that_repeats_itself_does_not_hang() -> None:
    space = StuckSpace(["skip SCB3 SRB3"] * 5)
    drawn = draw_unseen(space, set(), 10, np.random.default_rng(3))
    assert len(set(drawn)) == 10
