"""Claims and what is said of them, by numbers that can be checked by hand."""

import pytest
from scipy.stats import ttest_ind

from spikesearch.reproduction.claims import Claim, above, agreement, jackknife, paired, quantile, scatters_more
from spikesearch.reproduction.sample import Sample


def claim(difference: float | None, error: float | None = None, freedom: float = 1, *, own: bool = False) -> Claim:
    return Claim(says="x", difference=difference, error=error, freedom=freedom, own=own, why="")


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (claim(1.0), "for it, no error known"),
        (claim(-1.0), "against it, no error known"),
        (claim(0.0), "no difference"),
        (claim(0.0, 0.0), "no difference"),
        (claim(0.0, 0.1), "within the noise"),
        (claim(None), "cannot be told"),
        # of one degree of freedom t is 12.71, of two 4.30
        (claim(12.8, 1.0), "holds"),
        (claim(12.6, 1.0), "within the noise"),
        (claim(-12.8, 1.0), "does not hold"),
        (claim(-4.2, 1.0, 2), "within the noise"),
        (claim(-4.4, 1.0, 2), "does not hold"),
    ],
)
def test_verdicts(one: Claim, verdict: str) -> None:
    assert one.verdict == verdict


def test_quantiles_of_student() -> None:
    # printed in every table of the distribution
    assert quantile(1) == pytest.approx(12.706, abs=1e-3)
    assert quantile(10) == pytest.approx(2.228, abs=1e-3)
    assert quantile(float("inf")) == pytest.approx(1.960, abs=1e-3)


def test_a_reason_stands_behind_the_verdict() -> None:
    assert Claim(says="x", difference=None, why="no cell has any").verdict == "cannot be told: no cell has any"


def test_a_difference_of_means_is_welchs() -> None:
    # deviations √2 and 2√2 of two values: errors 1 and 2, together √5; (1 + 4)² / (1²/1 + 4²/1) degrees of freedom
    found = above("x", Sample((9.0, 11.0)), Sample((1.0, 5.0)))
    assert (found.difference, found.n) == (7, (2, 2))
    assert (found.error, found.freedom) == (pytest.approx(5**0.5), pytest.approx(25 / 17))
    one, two = (3.0, 4.5, 9.0, 7.0), (1.0, 2.0, 2.5)
    found, known = above("x", Sample(one), Sample(two)), ttest_ind(one, two, equal_var=False)
    assert found.freedom == pytest.approx(known.df)
    assert found.limit == pytest.approx(found.difference - known.confidence_interval(0.95).low)


def test_what_was_measured_once_scatters_as_the_other_does() -> None:
    assert above("x", Sample((9.0,)), Sample((1.0,))).error is None
    # deviation √2: errors 1 and √2, known from two values
    found = above("x", Sample((5.0, 7.0)), Sample((1.0,)))
    assert (found.error, found.freedom) == (pytest.approx(3**0.5), 1)


def test_one_network_against_itself_is_a_tie() -> None:
    assert above("x", Sample((5.0, 7.0)), Sample((5.0, 7.0))).verdict == "no difference"


def test_pairs() -> None:
    found = paired("x", Sample((1.0, 3.0)))
    assert (found.difference, found.error, found.freedom, found.n) == (2, pytest.approx(1), 1, (2,))
    assert paired("x", Sample((1.0,))).error is None


def test_one_thing_varies_more_than_another() -> None:
    # deviations 2√2 and √2, each with an error of s / √2: 2 and 1
    found = scatters_more("x", Sample((2.0, 6.0)), Sample((1.0, 3.0)))
    assert (found.difference, found.error) == (pytest.approx(2**0.5), pytest.approx(5**0.5))
    assert scatters_more("x", Sample((2.0, 6.0)), Sample((1.0,))).verdict == "cannot be told: not repeated"


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = (1.0, 2.0, 6.0)
    assert jackknife(values, lambda some: sum(some) / len(some)) == pytest.approx(Sample(values).error)
    assert jackknife(values, lambda some: None) is None


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ([], "The paper concludes nothing that these numbers could tell."),
        ([claim(1, 1, own=True)], "The paper concludes nothing that these numbers could tell."),
        ([claim(1, 0.01)], "The paper's conclusion holds here."),
        ([claim(1, 2)], "The paper's conclusion is within the noise."),
        ([claim(-1, 0.01)], "The paper's conclusion does not hold here."),
        ([claim(1, 0.01), claim(2, 0.01), claim(-9, 0.01, own=True)], "Both conclusions of the paper hold here."),
        ([claim(1, 0.01)] * 3, "All 3 conclusions of the paper hold here."),
        (
            [claim(1, 0.01), claim(2, 3), claim(-2, 0.01), claim(-1, 4), claim(None)],
            "Of 5 conclusions of the paper 1 holds here, 1 does not hold here, 2 are within the noise and "
            "1 cannot be told.",
        ),
        ([claim(1), claim(-1)], "Of 2 conclusions of the paper 1 points that way, no error known and 1 points the "),
    ],
)
def test_one_sentence(claims: list[Claim], said: str) -> None:
    assert agreement(claims).startswith(said)
