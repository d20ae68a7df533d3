"""Which path of a supernet each training step takes."""

from collections.abc import Callable, Sequence

import numpy as np

from spikesearch.seeds import child_seed

Path = tuple[int, ...]
PathSampler = Callable[[int, int], Path]
"""(epoch, step), both from 0 → the path of that step. A pure function, so that a resumed training needs no state."""


def uniform_paths(choices: Sequence[int], seed: int) -> PathSampler:
    """Every path equally likely at every step: single-path, one-shot training (AutoSNN §4.3; Guo et al. 2020).

    Args:
        choices: number of candidates of each slot.
        seed: of the training.
    """
    high = np.array(choices)

    def sample(epoch: int, step: int) -> Path:
        generator = np.random.default_rng(child_seed(seed, "path", epoch, step))
        return tuple(generator.integers(high).tolist())

    return sample
