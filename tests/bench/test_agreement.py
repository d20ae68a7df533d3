"""Kendall's τ-b, Spearman's ρ and recall: by hand, and against scipy on networks that are really drawn repeatedly."""

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from spikesearch.bench.agreement import QUANTITIES, Estimate, agreement, interval, resamples


def whole(scores: list[float], truth: list[float]) -> dict[str, float]:
    found = agreement(np.array(scores), np.array(truth), np.ones((1, len(scores)), np.float32))
    assert tuple(found) == QUANTITIES
    return {name: float(values[0]) for name, values in found.items()}


def test_one_pair_of_six_is_swapped() -> None:
    found = whole([10, 20, 30, 40], [1, 3, 2, 4])
    assert found["kendall"] == pytest.approx((5 - 1) / 6)
    assert found["spearman"] == pytest.approx(1 - 6 * (1 + 1) / (4 * 15))


def test_ties_count_on_neither_side() -> None:
    # The pair (0, 1) is tied in one, (2, 3) in the other, four agree: 4 / √(5·5).
    # Ranks 1.5 1.5 3 4 and 1 2 3.5 3.5; from 2.5: products 1.5 + 0.5 + 0.5 + 1.5, squares 4.5 and 4.5.
    found = whole([1, 1, 2, 3], [1, 2, 3, 3])
    assert found["kendall"] == pytest.approx(0.8)
    assert found["spearman"] == pytest.approx(4 / 4.5)


def test_recall_of_the_best_two_of_two_hundred() -> None:
    truth = np.arange(200.0)
    scores = truth.copy()
    assert whole(list(scores), list(truth))["recall"] == 1
    scores[199], scores[50] = 180.5, 500  # the best falls to the 19th place or so
    found = whole(list(scores), list(truth))
    assert (found["recall"], found["recall_in_tenth"]) == (0.5, 1.0)
    scores[199] = -1
    assert whole(list(scores), list(truth))["recall_in_tenth"] == 0.5


def test_equals_at_the_border_are_taken_with_equal_probability() -> None:
    # 100 networks, so one is wanted; four share the best score, and the best network is one of them.
    truth = np.arange(100.0)
    scores = np.where(truth >= 96, 1.0, 0.0)
    found = whole(list(scores), list(truth))
    assert found["recall"] == pytest.approx(1 / 4)
    assert found["recall_in_tenth"] == 1
    # Ten are wanted: the four, and six of 96.
    scores = np.where(truth >= 96, 0.0, np.where(truth >= 92, 1.0, 0.0))
    assert whole(list(scores), list(truth))["recall_in_tenth"] == pytest.approx(6 / 96)


@pytest.mark.parametrize(("networks", "levels"), [(3, 2), (40, 4), (700, 10_000)])
def test_resamples_are_what_scipy_finds_in_repeated_networks(networks: int, levels: int) -> None:
    rng = np.random.default_rng(networks)
    scores = rng.integers(levels, size=networks).astype(float)
    truth = scores + rng.integers(levels, size=networks)
    counts = resamples(networks, 20, 5)
    assert counts.sum(axis=1).tolist() == [networks] * 20
    found = agreement(scores, truth, counts)
    for place, drawn in enumerate(counts):
        rows = np.repeat(np.arange(networks), drawn.astype(int))
        if len({*scores[rows]}) == 1 or len({*truth[rows]}) == 1:
            assert np.isnan(found["kendall"][place])
            assert np.isnan(found["spearman"][place])
            continue
        assert found["kendall"][place] == pytest.approx(kendalltau(scores[rows], truth[rows]).statistic)
        assert found["spearman"][place] == pytest.approx(spearmanr(scores[rows], truth[rows]).statistic)


def test_many_resamples_are_worked_through_in_parts() -> None:
    rng = np.random.default_rng(1)
    scores, truth = rng.normal(size=(2, 50))
    counts = resamples(50, 600, 2)
    found = agreement(scores, truth, counts)
    one = agreement(scores, truth, counts[550:551])
    assert [found[name][550] for name in QUANTITIES] == [one[name][0] for name in QUANTITIES]
    again = resamples(50, 600, 2)
    assert (again == counts).all()


def test_intervals_cover_what_is_known_of_normal_values() -> None:
    # τ of two normal variables with correlation √½ is (2/π)·asin(√½) = 1/2.
    rng = np.random.default_rng(7)
    covered = 0
    for number in range(60):
        first, noise = rng.normal(size=(2, 150))
        drawn = agreement(first, first + noise, resamples(150, 200, number))["kendall"]
        found = interval(0.5, drawn)
        covered += found.low < 0.5 < found.high
    assert 51 <= covered <= 60  # of 57 expected, with a deviation of 1.7


def test_a_side_without_any_order_has_no_figure() -> None:
    found = whole([1, 1, 1], [1, 2, 3])
    assert np.isnan(found["kendall"])
    assert np.isnan(found["spearman"])
    nothing = interval(np.nan, np.array([np.nan, np.nan]))
    assert nothing.as_dict() == {"value": None, "low": None, "high": None}
    assert interval(0.5, np.array([0.4, np.nan, 0.4])) == Estimate(0.5, 0.4, 0.4)
