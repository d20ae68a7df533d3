"""Claims and what is said of them, by numbers that can be checked by hand."""

import pytest

from spikesearch.reproduction.item import Claim, Result, above
from spikesearch.reproduction.sample import Sample


def claim(difference: float, error: float | None = None) -> Claim:
    return Claim(says="x", difference=difference, error=error)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (claim(1.0), "holds"),
        (claim(-1.0), "does not hold"),
        (claim(0.0), "does not hold"),
        (claim(1.0, 0.5), "holds"),
        (claim(1.0, 0.51), "holds, within the noise"),
        (claim(-1.0, 0.51), "does not hold, within the noise"),
        (claim(-1.0, 0.4), "does not hold"),
    ],
)
def test_verdicts(one: Claim, verdict: str) -> None:
    assert one.verdict == verdict


def test_a_difference_of_means_has_both_errors() -> None:
    # deviations √2 and 2√2 of two values: errors 1 and 2, together √5
    found = above("x", Sample((9.0, 11.0)), Sample((1.0, 5.0)))
    assert found.difference == 7
    assert found.error == pytest.approx(5**0.5)
    assert above("x", Sample((9.0,)), Sample((1.0,))).error is None
    # measured once, it is taken to scatter by √2 as well: errors 1 and √2
    assert above("x", Sample((5.0, 7.0)), Sample((1.0,))).error == pytest.approx(3**0.5)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ([], "The paper concludes nothing that these numbers could tell."),
        ([claim(1)], "The paper's conclusion holds here."),
        ([claim(1, 2)], "The paper's conclusion holds here, within the noise."),
        ([claim(-1)], "The paper's conclusion does not hold here."),
        ([claim(1), claim(2)], "All 2 conclusions of the paper hold here."),
        ([claim(1), claim(2, 3)], "All 2 conclusions of the paper hold here, 1 of them within the noise."),
        ([claim(1), claim(-2)], "1 of 2 conclusions of the paper hold here."),
    ],
)
def test_one_sentence(claims: list[Claim], said: str) -> None:
    assert Result((), claims).agreement == said
