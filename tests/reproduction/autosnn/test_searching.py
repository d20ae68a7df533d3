"""Tables 2 and 5 from given figures; every number is computed by hand."""

from collections.abc import Callable

import pytest

from reproduction.autosnn.given import Given, GivenLab, Pairs
from spikesearch.reproduction.autosnn.found import sampled
from spikesearch.reproduction.autosnn.searching import table2, table5

MakeLab = Callable[..., GivenLab]

ALL, NONE = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3", "autosnn: skip skip skip skip skip"
DRAWN = sampled("autosnn", 2)
FIGURES: dict[str, Pairs] = {
    ALL: [(60.0, 1000.0), (62.0, 1100.0), (64.0, 1200.0)],
    NONE: [(50.0, 400.0), (52.0, 500.0), (54.0, 600.0)],
    DRAWN[0]: [(54.0, 700.0)],
    DRAWN[1]: [(58.0, 900.0)],
}


@pytest.fixture
def known(given: Given) -> Given:
    given.networks = lambda text, settings: FIGURES[text]
    return given


def test_table2(lab: MakeLab, known: Given) -> None:
    found = table2(lab(known))
    assert known.asked == [([ALL, ALL, ALL, NONE], {}, 3, "digits")]
    trained, fitness, winners = found.tables
    assert [row["architecture"] for row in trained.rows] == [f"`{text}`" for text in (ALL, ALL, ALL, NONE)]
    first, last = trained.rows[0], trained.rows[-1]
    assert (first["accuracy, %"], first["paper's accuracy, %"]) == ("62.00 ± 2.00", "88.69")
    assert first["difference in accuracy"] == "−26.69"
    assert (last["spikes"], last["paper's spikes"], last["difference in spikes"]) == ("500 ± 100", "54,000", "−53,500")
    # λ = −0.24: none of the blocks has 0.5 · 1^λ, all of them 0.75 · 6^λ = 0.488
    assert [row["evolution"] for row in fitness.rows] == [
        "0.7500 ± 0.0000",
        "0.6498 ± 0.0000",
        "0.5631 ± 0.0000",
        "0.5000 ± 0.0000",
    ]
    assert {row["evolution finds the best of all"] for row in fitness.rows} == {"2 of 2"}
    assert winners.rows[3]["blocks left out, all seeds"] == "5.0 ± 0.0"


def test_claims_of_table2(lab: MakeLab, known: Given) -> None:
    claims = table2(lab(known)).claims
    assert [(one.difference, one.verdict) for one in claims] == [
        (0, "no difference"),  # −0.08 and −0.16 found what λ = 0 did, and count once
        (600, "holds"),
        (pytest.approx(10), "holds"),
        (5, "holds"),
    ]
    # standard errors 100/√3 of both
    assert claims[1].error == pytest.approx(100 * (2 / 3) ** 0.5)


def test_table5(lab: MakeLab, known: Given) -> None:
    found = table5(lab(known))
    assert known.asked == [([ALL] * 4, {}, 3, "digits"), (DRAWN, {}, 1, "digits")]
    rows = found.tables[0].rows
    assert [row["accuracy, %"] for row in rows] == ["56.00 ± 2.83", *["62.00 ± 2.00"] * 4]
    assert [row["paper's spikes"] for row in rows] == ["123,000", "132,000", "133,000", "127,000", "108,000"]
    assert rows[0]["spikes"] == "800 ± 141"
    assert [row["network"] for row in found.tables[2].rows] == [f"`{text}`" for text in DRAWN]
    differences = [one.difference for one in found.claims]
    # both λ and both strategies found one network: two claims against sampling, one of accuracy, two of fitness, spikes
    assert differences == pytest.approx([6, 6, 0, 0, 0, 0])
    assert [one.own for one in found.claims] == [False, True, False, True, True, False]
    # of random sampling the error is over architectures: √8 / √2
    assert found.claims[0].error == pytest.approx((4 / 3 + 4) ** 0.5)


def test_random_sampling_is_the_same_for_few_and_many() -> None:
    assert sampled("autosnn", 2) == sampled("autosnn", 10)[:2]
    assert len(set(sampled("autosnn", 10))) == 10
