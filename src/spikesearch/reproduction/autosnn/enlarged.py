"""Table 6: spaces of eight blocks, too large to be measured whole; the search is a real one here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikesearch.reproduction.autosnn.found import shown
from spikesearch.reproduction.autosnn.replay import evolution, replay
from spikesearch.reproduction.autosnn.searching import alike
from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import how_often, network_row
from spikesearch.reproduction.sample import joined
from spikesearch.reproduction.scale import Settings

UNIFORM = ("SCB_k3", "SRB_k3")


@dataclass(frozen=True)
class Enlarged:
    """One of the two spaces.

    Attributes:
        space: its name here.
        title: what the paper calls it.
        uniform: the paper's accuracy in per cent and spikes of networks of one block.
        found: the same of what it found, by λ.
    """

    space: str
    title: str
    uniform: Mapping[str, tuple[float, float]]
    found: Mapping[float, tuple[float, float]]


TABLE6 = (
    Enlarged(
        "autosnn-snn3",
        "TBD blocks instead of max pooling",
        {"SCB_k3": (87.94, 222_000), "SRB_k3": (89.18, 221_000)},
        {-0.04: (89.05, 170_000), -0.08: (87.92, 65_000)},
    ),
    Enlarged(
        "autosnn-extra",
        "a TBD block before each max pooling",
        {"SCB_k3": (87.04, 230_000), "SRB_k3": (88.69, 228_000)},
        {-0.08: (88.60, 143_000), -0.16: (87.29, 60_000)},
    ),
)


def winners(lab: Lab, space: str, lambdas: tuple[float, ...]) -> dict[float, str]:
    """What one search with each λ found; all of them use one supernet."""
    settings: Settings = {"space": {"name": space}, "search": {"lam": list(lambdas), **_budget(lab)}}
    searched = lab.searched(space, settings)
    # The search of the run's seed once more: it proposes nothing that is not among its candidates.
    return {lam: replay(evolution(lab.scale), searched, lam, 1).typical for lam in lambdas}


def _budget(lab: Lab) -> dict[str, object]:
    strategy = evolution(lab.scale)
    names = ("rounds", "population", "parents", "mutations", "crossovers")
    return {"strategy": "evolution", **{name: getattr(strategy, name) for name in names}}


def table6(lab: Lab) -> Result:
    """Both spaces."""
    rows: list[dict[str, str]] = []
    claims: list[Claim] = []
    trained: list[Trained] = []
    for one in TABLE6:
        found = winners(lab, one.space, tuple(one.found))
        texts = [f"{one.space}:{block}" for block in UNIFORM]
        networks = lab.trained([*texts, *found.values()])
        uniform = dict(zip(UNIFORM, networks, strict=False))
        ours = dict(zip(found, networks[len(UNIFORM) :], strict=True))
        rows += [_row(one, f"all {block}", uniform[block], one.uniform[block]) for block in UNIFORM]
        rows += [_row(one, f"AutoSNN, {shown(lam)}", ours[lam], one.found[lam]) for lam in ours]
        claims += [_claim(one, group, ours[group[0]], uniform) for group in alike(found)]
        trained += networks
    note = (
        f"Of each λ one search ({lab.scale.rounds} rounds of {lab.scale.population}) with seed 0; both of a space use "
        "the same supernet."
    )
    caption = f"Networks of eight blocks, trained alike; test images; {how_often(trained)}."
    return Result([Table(caption, rows)], claims, notes=[note])


def _row(one: Enlarged, name: str, network: Trained, paper: tuple[float, float]) -> dict[str, str]:
    return {
        "space": one.title,
        **network_row(name, network, *paper),
        "architecture": f"`{network.architecture}`",
    }


def _claim(one: Enlarged, lambdas: Sequence[float], network: Trained, uniform: Mapping[str, Trained]) -> Claim:
    rival = min(uniform, key=lambda block: uniform[block].spikes.mean)
    names = joined([shown(lam) for lam in lambdas])
    says = f"{one.title}: both uniform networks emit more spikes than what is found with {names}"
    return above(says, uniform[rival].spikes, network.spikes, unit="spikes", digits=0)
