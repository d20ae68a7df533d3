"""Table 7: the same search among ordinary networks, whose result is then trained as a spiking one."""

from spikesearch.reproduction.autosnn.found import evolved, train_found
from spikesearch.reproduction.autosnn.replay import Replayed, evolution, replay
from spikesearch.reproduction.claims import above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Searched
from spikesearch.reproduction.rows import how_often, network_row
from spikesearch.reproduction.scales import Settings

# The paper's accuracy in per cent and spikes per image (C = 16, T = 8).
ORDINARY = (88.02, 134_000)
SPIKING = (88.69, 127_000)
PUBLISHED = "autosnn: SRB_k5 SRB_k3 SCB_k3 SCB_k5 SRB_k5"  # the authors' code; drawn in Figure 12

_SETTINGS: Settings = {
    "network": {"neuron": "relu", "timesteps": 1},
    "supernet": {"loss": "cross-entropy"},
    "search": {"strategy": "exhaustive", "lam": 0.0},
    "train": {"loss": "cross-entropy"},
}


def measured(lab: Lab) -> Searched:
    """Every ordinary network of the space with the weights of one supernet."""
    return lab.searched("autosnn-ann", _SETTINGS)


def table7(lab: Lab) -> Result:
    """Both winners, trained as spiking networks."""
    searches = {
        "w/o spiking neurons (ANN)": replay(evolution(lab.scale), measured(lab), 0.0, lab.scale.seeds),
        "w/ spiking neurons": evolved(lab, 0.0),
    }
    ordinary, spiking = train_found(lab, [one.typical for one in searches.values()])
    rows = [
        {"search space": name, **network_row(f"`{one.architecture}`", one, *paper), **_search(searches[name])}
        for name, one, paper in zip(searches, (ordinary, spiking), (ORDINARY, SPIKING), strict=True)
    ]
    claims = [
        above("the winner of the spiking space is more accurate", spiking.accuracy, ordinary.accuracy, unit="points"),
        above("and emits fewer spikes", ordinary.spikes, spiking.spikes, unit="spikes", digits=0),
    ]
    notes = [
        f"Both are found by evolution, λ = 0, {lab.scale.seeds} seeds: the most frequent winner is trained, of equals "
        "the one of the earliest seed. Each space has a supernet of its own.",
        f"The paper's network of the ANN space is `{PUBLISHED}`.",
    ]
    return Result(
        [Table(f"Trained as spiking networks; test images; {how_often([ordinary, spiking])}.", rows)],
        claims,
        notes=notes,
    )


def _search(search: Replayed) -> dict[str, str]:
    return {
        "estimated accuracy, %": f"{100 * search.fitness.mean:.1f}",
        "found by": f"{search.found_by(search.typical)} of {len(search.winners)} searches",
    }
