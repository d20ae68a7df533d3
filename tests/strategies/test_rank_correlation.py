"""Rank correlation against values worked out by hand."""

import math

import pytest

from spikesearch.strategies.rank_correlation import Pair, RankCorrelation


def pairs(shared: list[float], trained: list[float], spikes: list[float] | None = None) -> list[Pair]:
    return [
        Pair(shared_accuracy=a, shared_spikes=s, trained_accuracy=b, trained_spikes=s)
        for a, b, s in zip(shared, trained, spikes or [float(k) for k in range(len(shared))], strict=True)
    ]


def test_by_hand() -> None:
    # 1 2 3 4 against 1 3 2 4: five of six pairs agree, so τ = (5 − 1) / 6; ρ = 1 − 6·(1 + 1) / (4·15) = 0.8.
    found = RankCorrelation.of(pairs([0.1, 0.2, 0.3, 0.4], [0.5, 0.7, 0.6, 0.8]), "test")
    assert found is not None
    assert found.accuracy_tau == pytest.approx(4 / 6)
    assert found.accuracy_rho == pytest.approx(0.8)
    assert (found.spikes_tau, found.spikes_rho) == (pytest.approx(1), pytest.approx(1))
    assert (found.networks, found.trained_on) == (4, "test")
    assert RankCorrelation.from_dict(found.as_dict()) == found


def test_ties_are_allowed_for() -> None:
    # 1 1 2 against 1 2 3: two pairs agree, one is tied on the left: τ-b = 2 / √(2 · 3).
    found = RankCorrelation.of(pairs([0.1, 0.1, 0.2], [0.1, 0.2, 0.3]), "validation")
    assert found is not None
    assert found.accuracy_tau == pytest.approx(2 / math.sqrt(6))


def test_equal_figures_have_no_order() -> None:
    found = RankCorrelation.of(pairs([0.5, 0.5, 0.5], [0.1, 0.2, 0.3]), "validation")
    assert found is not None
    assert (found.accuracy_tau, found.accuracy_rho) == (None, None)
    assert "(validation images) cannot be compared, as all estimated accuracies are equal, that by spikes agrees" in (
        str(found)
    )
    assert "1 is the same order" in str(found)
    assert RankCorrelation.from_dict(found.as_dict()) == found
    old = {name: value for name, value in found.as_dict().items() if name != "accuracy_equal"}
    assert "cannot be compared, as all are equal, that by" in str(RankCorrelation.from_dict(old))


def test_where_nothing_can_be_compared_the_scale_is_not_explained() -> None:
    found = RankCorrelation.of(pairs([0.1, 0.2, 0.3], [0.5] * 3, [7.0] * 3), "test")
    assert str(found).endswith(
        "(test images) cannot be compared, as all trained accuracies are equal, that by spikes cannot be compared, as "
        "all estimated and trained numbers of spikes are equal."
    )
    scored = RankCorrelation.of_scores("sahd", [1.0, 1.0, 1.0], [0.1, 0.2, 0.3], "test")
    assert str(scored).endswith("(test images) cannot be compared, as all scores are equal.")


def test_two_networks_say_nothing() -> None:
    assert RankCorrelation.of(pairs([0.1, 0.2], [0.1, 0.2]), "test") is None


def test_few_networks_are_called_rough() -> None:
    few, many = (
        RankCorrelation.of(pairs([k / 20 for k in range(count)], [k / 30 for k in range(count)]), "test")
        for count in (9, 10)
    )
    assert "over 9 networks, too few for more than a rough idea:" in str(few)
    assert "over 10 networks: the order by accuracy (test images) agrees with Kendall's τ-b 1.00" in str(many)
