"""A Gaussian process over architectures' codes: the mean and the uncertainty of what was not evaluated yet.

The correlation of two architectures is exp(−Σ_c w_c·d_c), with d_c = 1 where they differ in slot c and 0 where not, and
the squared difference for numeric features. So each slot has a weight of its own, learned from the evaluations
(automatic relevance determination; Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, section 5.1).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Grids of the search for weights: a difference in one slot leaves a correlation of 0.99 … 0.08.
_WEIGHTS = (0.01, 0.03, 0.08, 0.2, 0.5, 1.2, 2.5)
_NOISES = (0.01, 0.03, 0.08, 0.2, 0.4, 0.7)
# Beside a prior likeness has little left to explain, and 50 evaluations that seem to say more are overfitted.
_NOISES_BESIDE_A_PRIOR = (0.7, 0.9)
_START_WEIGHT, _START_NOISE = 3, 3
_SWEEPS = 3
_ENOUGH = 0.05  # gain of a sweep in log likelihood below which the next one is spared
_LEAST_GAIN = 1e-6  # of a step: what rounding makes of equal values must not decide
# A weak preference for the middle of the grid, in units of log likelihood: 20 evaluations cannot tell six weights.
_PRIOR = 0.15
_MOST_POINTS = 300  # for the weights, which are tried a hundred times; the fit itself takes all points
_JITTER = 1e-8


@dataclass(frozen=True)
class Inputs:
    """What a surrogate sees of architectures.

    Attributes:
        codes: choice in each slot, int [n, slots].
        features: numbers beside them, float [n, features]; there may be none.
        prior: what is expected of each before anything is evaluated, such as a score, float [n]; its scale and origin
            mean nothing. None: the same of all.
    """

    codes: np.ndarray
    features: np.ndarray
    prior: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> "Inputs":
        """Some of them."""
        prior = None if self.prior is None else self.prior[rows]
        return Inputs(self.codes[rows], self.features[rows], prior)

    def joined(self, other: "Inputs") -> "Inputs":
        """These, then others; all or none of them have a prior."""
        both = (self.prior, other.prior)
        prior = None if both[0] is None or both[1] is None else np.concatenate([both[0], both[1]])
        codes, features = ([getattr(one, name) for one in (self, other)] for name in ("codes", "features"))
        return Inputs(np.concatenate(codes), np.concatenate(features), prior)


class GaussianProcess:
    """Fitted once, then asked for means, deviations and joint draws of the noise-free value.

    With a prior its mean is a + b·prior with b ≥ 0, and likeness explains what is left of the values: far from all
    that was evaluated the prior decides. a and b are the generalised least squares (ibid., section 2.7, where nothing
    is known of them before); that they are estimates widens no deviation.

    Args:
        inputs: what was evaluated, n ≥ 2.
        values: their fitness, float [n].

    Attributes:
        noise: share of the variance that no architecture explains: training seed and finite validation part.
        slope: b; 0 without a prior.
    """

    def __init__(self, inputs: Inputs, values: np.ndarray) -> None:
        self._inputs = inputs
        scale = inputs.features.std(axis=0)
        self._scale = np.where(scale > 0, scale, 1.0)
        self._offset, self.slope = float(values.mean()), 0.0
        self._noises: tuple[float, ...] = _NOISES
        if inputs.prior is not None:
            self._offset, self.slope = _line(np.eye(len(values)), inputs.prior, values)
            self._noises = _NOISES_BESIDE_A_PRIOR
        centred = values - self._expected(inputs)
        some = np.unique(np.linspace(0, len(values) - 1, _MOST_POINTS).astype(int))
        self._weights, self.noise = self._fit_weights(inputs.take(some), centred[some])
        correlation = self._correlation(inputs, inputs)
        self._factor = _cholesky(correlation, self.noise)
        if inputs.prior is not None:
            self._offset, self.slope = _line(self._factor, inputs.prior, values)
            centred = values - self._expected(inputs)
        self._solved = _solve(self._factor, centred)
        self._variance = max(float(centred @ self._solved) / len(values), 1e-300)

    def _expected(self, inputs: Inputs) -> float | np.ndarray:
        """Before any evaluation: a number, or float [n]."""
        return self._offset if inputs.prior is None else self._offset + self.slope * inputs.prior

    def mean(self, inputs: Inputs) -> np.ndarray:
        """Expected noise-free value of each, float [n]."""
        across = (1 - self.noise) * self._correlation(inputs, self._inputs)
        found: np.ndarray = self._expected(inputs) + across @ self._solved
        return found

    def predict(self, inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the noise-free value of each, float [n] both."""
        across = (1 - self.noise) * self._correlation(inputs, self._inputs)
        half = _half_solve(self._factor, across.T)
        share = np.maximum((1 - self.noise) - (half**2).sum(axis=0), 0.0)
        return self._expected(inputs) + across @ self._solved, np.sqrt(self._variance * share)

    def draws(self, inputs: Inputs, count: int, rng: np.random.Generator) -> np.ndarray:
        """Joint draws of the noise-free values, float [count, n]."""
        across = (1 - self.noise) * self._correlation(inputs, self._inputs)
        half = _half_solve(self._factor, across.T)
        covariance = (1 - self.noise) * self._correlation(inputs, inputs) - half.T @ half
        factor = _cholesky(covariance, 1e-6, mix=False)
        normal = rng.standard_normal((count, len(inputs)))
        found: np.ndarray = (
            self._expected(inputs) + across @ self._solved + math.sqrt(self._variance) * (normal @ factor.T)
        )
        return found

    @property
    def deviation(self) -> float:
        """Standard deviation of the noise of one evaluation."""
        return math.sqrt(self._variance * self.noise)

    def _distances(self, first: Inputs, second: Inputs) -> Iterator[np.ndarray]:
        """One matrix [n, m] for each slot and feature, one after the other: together they may be large."""
        for c in range(first.codes.shape[1]):
            yield (first.codes[:, c, None] != second.codes[None, :, c]).astype(float)
        for c in range(first.features.shape[1]):
            scaled = [inputs.features[:, c] / self._scale[c] for inputs in (first, second)]
            yield (scaled[0][:, None] - scaled[1][None, :]) ** 2

    def _correlation(self, first: Inputs, second: Inputs) -> np.ndarray:
        distance = np.zeros((len(first), len(second)))
        for weight, part in zip(self._weights, self._distances(first, second), strict=True):
            distance += weight * part
        return np.exp(-distance)

    def _fit_weights(self, inputs: Inputs, centred: np.ndarray) -> tuple[list[float], float]:
        """Coordinate ascent of the likelihood over the grids, a step at a time: it ends, and needs no derivatives."""
        distances = np.stack([np.zeros((len(inputs),) * 2), *self._distances(inputs, inputs)])

        def worth(place: tuple[int, ...]) -> float:
            *weights, noise = place
            distance = np.tensordot([0.0, *(_WEIGHTS[index] for index in weights)], distances, axes=1)
            penalty = _PRIOR * sum((index - _START_WEIGHT) ** 2 for index in weights)
            return _log_likelihood(distance, self._noises[noise], centred) - penalty

        place = (*[_START_WEIGHT] * (len(distances) - 1), min(_START_NOISE, len(self._noises) - 1))
        best = worth(place)
        for _ in range(_SWEEPS):
            before = best
            for c in range(len(place)):
                last = len(self._noises if c == len(place) - 1 else _WEIGHTS) - 1
                for step in (1, -1):
                    while 0 <= place[c] + step <= last:
                        trial = (*place[:c], place[c] + step, *place[c + 1 :])
                        value = worth(trial)
                        if value < best + _LEAST_GAIN:
                            break
                        place, best = trial, value
            if best - before < _ENOUGH:
                break
        return [_WEIGHTS[index] for index in place[:-1]], self._noises[place[-1]]


def _line(factor: np.ndarray, prior: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """a and b ≥ 0 of a + b·prior by generalised least squares; the covariance has this lower factor."""
    spread = float(prior.std())
    if spread > 0:
        scaled = (prior - prior.mean()) / spread  # as it is, a column of large numbers would drown that of ones
        columns = _half_solve(factor, np.column_stack([np.ones(len(values)), scaled]))
        offset, slope = np.linalg.lstsq(columns, _half_solve(factor, values), rcond=None)[0]
        if slope > 0:
            return float(offset - slope * prior.mean() / spread), float(slope / spread)
    ones = _half_solve(factor, np.ones(len(values)))
    return float(ones @ _half_solve(factor, values) / (ones @ ones)), 0.0


def _log_likelihood(distance: np.ndarray, noise: float, centred: np.ndarray) -> float:
    """Of the values, up to a constant, with the variance at its best value (ibid., equation 2.30)."""
    factor = _cholesky(np.exp(-distance), noise)
    half = _half_solve(factor, centred)
    n = len(centred)
    return -0.5 * n * math.log(max(float(half @ half) / n, 1e-300)) - float(np.log(np.diag(factor)).sum())


def _cholesky(matrix: np.ndarray, noise: float, *, mix: bool = True) -> np.ndarray:
    """Lower factor of (1 − noise)·matrix + noise·I, or without `mix` of matrix + noise·I; never fails.

    Equal rows make a matrix singular; more and more is added to its diagonal until it is none.
    """
    scaled = (1 - noise) * matrix if mix else matrix
    identity = np.eye(len(matrix))
    extra = noise + _JITTER
    while True:
        try:
            return np.linalg.cholesky(scaled + extra * identity)
        except np.linalg.LinAlgError:
            extra *= 10
            if not math.isfinite(extra):
                raise


def _half_solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """L⁻¹·right for a lower triangular L."""
    from scipy.linalg import solve_triangular  # here: a bare machine without scipy can import this room

    solved: np.ndarray = solve_triangular(factor, right, lower=True, check_finite=False)
    return solved


def _solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(L·Lᵀ)⁻¹·right."""
    from scipy.linalg import solve_triangular

    solved: np.ndarray = solve_triangular(factor, _half_solve(factor, right), lower=True, trans=1, check_finite=False)
    return solved
