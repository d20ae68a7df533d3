"""Table 6 from given figures: the winner of each λ is read from the candidates of a real search."""

from collections.abc import Callable, Mapping
from typing import Any

from reproduction.autosnn.given import Given, GivenLab, Pairs, filled
from spikesearch.reproduction.autosnn.enlarged import table6
from spikesearch.reproduction.lab import Searched

SPACES = ("autosnn-snn3", "autosnn-extra")


def figures(text: str, settings: Mapping[str, Any]) -> Pairs:
    """1,000 spikes of SCB_k3, 900 of SRB_k3, 300 where most blocks are left out."""
    if text.count("SCB_k3") == 8:
        return [(70.0, 1000.0)] * 2
    return [(60.0, 300.0)] * 2 if text.count("skip") > 4 else [(75.0, 900.0)] * 2


def eight(blocks: int) -> tuple[float, float]:
    """Fitness 0.5 without blocks; of all eight 0.9 · 9^λ: 0.82, 0.75, 0.63 for λ = −0.04, −0.08, −0.16."""
    return 0.5 + 0.05 * blocks, 100.0 * (1 + blocks)


def test_table6(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    for space in SPACES:
        given.searches[space] = Searched(filled(space, 8, eight), 100.0, {})
    found = table6(lab(given, rounds=15))  # 15 · 20 candidates are all 256
    assert [settings["search"]["lam"] for _, settings in given.searched] == [[-0.04, -0.08], [-0.08, -0.16]]
    for (name, settings), space in zip(given.searched, SPACES, strict=True):
        assert name == settings["space"]["name"] == space
        assert settings["search"]["strategy"] == "evolution"
        assert settings["search"]["rounds"] * settings["search"]["population"] == 300
    rows = found.tables[0].rows
    assert [row["network"] for row in rows] == [
        *("all SCB_k3", "all SRB_k3", "AutoSNN, λ = −0.04", "AutoSNN, λ = −0.08"),
        *("all SCB_k3", "all SRB_k3", "AutoSNN, λ = −0.08", "AutoSNN, λ = −0.16"),
    ]
    assert [row["paper's spikes"] for row in rows[:4]] == ["222,000", "221,000", "170,000", "65,000"]
    assert rows[2]["architecture"] == f"`autosnn-snn3: {' '.join(['SRB_k3'] * 8)}`"
    # what is found has as many spikes as all SRB_k3, which it is
    assert [(one.difference, one.verdict) for one in found.claims] == [(0, "no difference")] * 2


def test_claims_are_against_the_more_frugal_uniform_network(lab: Callable[..., GivenLab], given: Given) -> None:
    given.networks = figures
    for space in SPACES:
        given.searches[space] = Searched(filled(space, 8, lambda blocks: (0.5, 100.0 * (1 + blocks))), 100.0, {})
    found = table6(lab(given, rounds=15))
    assert [one.difference for one in found.claims] == [600] * 2  # 900 of SRB_k3, not 1,000, less 300
