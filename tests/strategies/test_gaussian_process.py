"""The Gaussian process against its definition, written out with matrix inverses."""

import numpy as np
import pytest

from spikesearch.strategies.gaussian_process import GaussianProcess, Inputs


def some(count: int, seed: int, features: int = 1) -> Inputs:
    rng = np.random.default_rng(seed)
    return Inputs(rng.integers(0, 4, (count, 3)), rng.standard_normal((count, features)))


def value_of(inputs: Inputs) -> np.ndarray:
    """The first slot weighs most, the second little, the third nothing."""
    noise = np.random.default_rng(9).standard_normal(len(inputs))
    found: np.ndarray = 80 + 3.0 * inputs.codes[:, 0] + 0.5 * inputs.codes[:, 1] + 0.1 * noise
    return found


def correlation(model: GaussianProcess, first: Inputs, second: Inputs) -> np.ndarray:
    """exp(−Σ w·d), entry by entry."""
    found = np.empty((len(first), len(second)))
    for i in range(len(first)):
        for j in range(len(second)):
            parts = [float(a != b) for a, b in zip(first.codes[i], second.codes[j], strict=True)]
            parts += list(((first.features[i] - second.features[j]) / model._scale) ** 2)
            found[i, j] = np.exp(-np.dot(model._weights, parts))
    return found


def test_mean_deviation_and_draws_are_those_of_the_definition() -> None:
    known, new = some(40, 1), some(12, 2)
    values = value_of(known)
    model = GaussianProcess(known, values)
    share = model.noise
    inverse = np.linalg.inv((1 - share) * correlation(model, known, known) + share * np.eye(40))
    across = (1 - share) * correlation(model, new, known)
    centred = values - values.mean()
    variance = centred @ inverse @ centred / 40
    covariance = variance * ((1 - share) * correlation(model, new, new) - across @ inverse @ across.T)
    mean, deviation = model.predict(new)
    assert mean == pytest.approx(values.mean() + across @ inverse @ centred)
    assert model.mean(new) == pytest.approx(mean)
    assert deviation == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-4)
    assert model.deviation == pytest.approx(np.sqrt(variance * share))
    draws = model.draws(new, 20_000, np.random.default_rng(3))
    assert draws.mean(axis=0) == pytest.approx(mean, abs=5 * deviation.max() / 20_000**0.5)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.05 * covariance.max())


def test_it_learns_which_slots_matter_and_how_much_is_noise() -> None:
    known = some(100, 4)
    model = GaussianProcess(known, value_of(known))
    first, second, third, feature = model._weights
    assert first > second > third
    assert feature == third
    assert model.noise == 0.01  # the least of its grid: the true share is 0.01 / 11
    mixed = GaussianProcess(known, np.random.default_rng(5).standard_normal(100))
    assert mixed.noise == 0.7  # and the most, where there is nothing but noise


def test_it_predicts_what_it_has_not_seen() -> None:
    known, new = some(60, 6), some(200, 7)
    mean, _ = GaussianProcess(known, value_of(known)).predict(new)
    assert np.corrcoef(mean, value_of(new))[0, 1] > 0.98


def test_equal_inputs_and_features_without_spread_do_no_harm() -> None:
    known = Inputs(np.zeros((5, 2), dtype=int), np.ones((5, 1)))
    model = GaussianProcess(known, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    mean, deviation = model.predict(known)
    assert mean == pytest.approx([3.0] * 5)
    assert np.isfinite(deviation).all()
    assert np.isfinite(model.draws(known, 4, np.random.default_rng(0))).all()


def test_many_points_are_fitted_too() -> None:
    known = some(700, 8, features=0)
    mean, _ = GaussianProcess(known, value_of(known)).predict(known)
    assert np.abs(mean - value_of(known)).max() < 0.5


def test_with_a_prior_the_posterior_is_that_of_a_mean_function() -> None:
    """Rasmussen & Williams, section 2.7: a + b·prior by generalised least squares, likeness for what is left."""
    known, new = some(40, 1), some(12, 2)
    rng = np.random.default_rng(6)
    known = Inputs(known.codes, known.features, 1000 + 50 * rng.standard_normal(40))
    new = Inputs(new.codes, new.features, 1000 + 50 * rng.standard_normal(12))
    assert known.prior is not None
    assert new.prior is not None
    values = value_of(known) + 0.2 * known.prior
    model = GaussianProcess(known, values)
    share = model.noise
    inverse = np.linalg.inv((1 - share) * correlation(model, known, known) + share * np.eye(40))
    columns = np.column_stack([np.ones(40), known.prior])
    line = np.linalg.solve(columns.T @ inverse @ columns, columns.T @ inverse @ values)
    assert model.slope == pytest.approx(line[1])
    assert model.slope == pytest.approx(0.2, abs=0.02)
    left = values - columns @ line
    across = (1 - share) * correlation(model, new, known)
    expected = np.column_stack([np.ones(12), new.prior]) @ line + across @ inverse @ left
    variance = left @ inverse @ left / 40
    covariance = variance * ((1 - share) * correlation(model, new, new) - across @ inverse @ across.T)
    mean, deviation = model.predict(new)
    assert mean == pytest.approx(expected)
    assert model.mean(new) == pytest.approx(expected)
    assert deviation == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-4)


def test_a_prior_that_points_the_wrong_way_is_not_followed() -> None:
    known = some(30, 3)
    values = value_of(known)
    misled = GaussianProcess(Inputs(known.codes, known.features, -values), values)
    assert misled.slope == 0
    constant = GaussianProcess(Inputs(known.codes, known.features, np.ones(30)), values)
    assert constant.slope == 0
    assert constant.mean(known) == pytest.approx(misled.mean(known))
