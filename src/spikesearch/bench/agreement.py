"""How well one order of networks agrees with another: Kendall's τ-b, Spearman's ρ and recall, with bootstrap intervals.

All figures are computed for many resamples at once. A resample is the number of times that each network was drawn, so
that it needs no new ranking: with the counts w, the pairs in the same order less those in the opposite one are
½·Σ w_i·w_j·sign(x_i − x_j)·sign(y_i − y_j), which is a product of matrices. Copies of one network are tied pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

KENDALL, SPEARMAN, RECALL, RECALL_IN_TENTH = "kendall", "spearman", "recall", "recall_in_tenth"
QUANTITIES = (KENDALL, SPEARMAN, RECALL, RECALL_IN_TENTH)
"""τ-b; ρ; the share of the best 1% of networks that stands among the score's best 1%, and among its best 10%."""

_BEST, _WIDE = 0.01, 0.10
_ROWS = 512  # of a product of matrices
_RESAMPLES = 250  # ranked at once


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN where it is not defined.

    Attributes:
        value: of the networks as they are.
        low, high: between which 95% of the resamples' figures lie.
    """

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """JSON has no NaN: None."""
        values = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if np.isnan(one) else float(one) for name, one in values.items()}


def resamples(networks: int, count: int, seed: int) -> np.ndarray:
    """How often each network stands in each resample of as many draws, float32 [count, networks]."""
    drawn = np.random.default_rng(seed).integers(networks, size=(count, networks))
    places = drawn + networks * np.arange(count)[:, None]
    found = np.bincount(places.ravel(), minlength=count * networks)
    return found.reshape(count, networks).astype(np.float32)


def agreement(scores: np.ndarray, truth: np.ndarray, counts: np.ndarray) -> Mapping[str, np.ndarray]:
    """Each of `QUANTITIES` for each resample, float [resamples]; NaN where one side is all ties.

    Args:
        scores: larger predicts better, float [n].
        truth: what is predicted, float [n].
        counts: as `resamples` draws them, float32 [resamples, n]; rows of ones are the networks themselves.
    """
    first, second = _Ranking(scores), _Ranking(truth)
    parts = [counts[start : start + _RESAMPLES] for start in range(0, len(counts), _RESAMPLES)]
    found = [_ranked(first, second, part) for part in parts]
    joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    with np.errstate(divide="ignore", invalid="ignore"):
        joined[KENDALL] = _concordance(first, second, counts) / joined[KENDALL]
    return {name: joined[name] for name in QUANTITIES}


def interval(value: float, drawn: np.ndarray) -> Estimate:
    """The value with the 2.5th and 97.5th percentile of the resamples that are defined."""
    known = drawn[~np.isnan(drawn)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))


class _Ranking:
    """The order of one side: the group of equal values that each network belongs to, 0 the lowest."""

    def __init__(self, values: np.ndarray) -> None:
        self.groups: np.ndarray = np.unique(values, return_inverse=True)[1].reshape(-1)
        self._order = np.argsort(self.groups, kind="stable")
        self._starts = np.flatnonzero(np.diff(self.groups[self._order], prepend=-1))

    def sizes(self, counts: np.ndarray) -> np.ndarray:
        """Of each group in each resample, float [resamples, groups]."""
        found: np.ndarray = np.add.reduceat(counts[:, self._order].astype(float), self._starts, axis=1)
        return found

    def ranks(self, sizes: np.ndarray) -> np.ndarray:
        """Of each group, equals sharing the mean of their ranks 1…n, float [resamples, groups]."""
        found: np.ndarray = sizes.cumsum(axis=1) - (sizes - 1) / 2
        return found

    def membership(self, sizes: np.ndarray, share: float) -> tuple[np.ndarray, float]:
        """How much of each group belongs to the best `share` of the networks, 0…1, and how many those are.

        Of equals at the border as many as fit, each with the same probability.
        """
        networks = sizes[0].sum()
        most = max(1.0, np.floor(share * networks + 0.5))
        above = networks - sizes.cumsum(axis=1)
        room = np.clip(most - above, 0.0, sizes)
        return np.divide(room, sizes, out=np.zeros_like(room), where=sizes > 0), float(most)


def _ranked(first: _Ranking, second: _Ranking, counts: np.ndarray) -> dict[str, np.ndarray]:
    """What needs ranks alone; of τ the denominator."""
    one, two = first.sizes(counts), second.sizes(counts)
    networks = counts[0].sum()
    pairs = networks * (networks - 1) / 2
    untied = [pairs - (sizes * (sizes - 1) / 2).sum(axis=1) for sizes in (one, two)]
    best, most = second.membership(two, _BEST)
    found = {
        KENDALL: np.sqrt(untied[0] * untied[1]),
        SPEARMAN: _spearman(first, second, one, two, counts),
    }
    weighed = best[:, second.groups] * counts
    for name, share in ((RECALL, _BEST), (RECALL_IN_TENTH, _WIDE)):
        chosen, _ = first.membership(one, share)
        found[name] = (weighed * chosen[:, first.groups]).sum(axis=1) / most
    return found


def _spearman(first: _Ranking, second: _Ranking, one: np.ndarray, two: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The correlation of the ranks, float [resamples]."""
    middle = (counts[0].sum() + 1) / 2
    left, right = first.ranks(one) - middle, second.ranks(two) - middle
    covariance = (counts * left[:, first.groups] * right[:, second.groups]).sum(axis=1)
    spread = (one * left**2).sum(axis=1) * (two * right**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.where(spread > 0, covariance / np.sqrt(spread), np.nan)
    return found


def _concordance(first: _Ranking, second: _Ranking, counts: np.ndarray) -> np.ndarray:
    """Pairs in the same order less those in the opposite one, float [resamples].

    float32 holds every sum of signs exactly (there are fewer than 2²⁴ networks), so that the number of threads
    changes nothing.
    """
    networks = counts.shape[1]
    found = np.zeros(len(counts))
    for start in range(0, networks, _ROWS):
        rows = slice(start, min(start + _ROWS, networks))
        signs = [np.sign(one.groups[rows, None] - one.groups[None, start:]) for one in (first, second)]
        product = (signs[0] * signs[1]).astype(np.float32)
        inside = product[:, : product.shape[0]]
        inside[np.tril_indices(len(inside))] = 0.0  # each pair once
        found += ((counts[:, start:] @ product.T).astype(float) * counts[:, rows]).sum(axis=1)
    return found
