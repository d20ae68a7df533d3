"""Tables 1 and 8: global average pooling (GAP), and how to down-sample. Figures 2 and 3: the same, layer by layer."""

from collections.abc import Mapping, Sequence

from spikesearch.reproduction.autosnn.layers import draw_layers, layer_table, steps_of
from spikesearch.reproduction.claims import Claim, above, scatters_more
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import how_often, network_row

MACROS = {"SNN_1": "autosnn", "SNN_2": "autosnn-snn2", "SNN_3": "autosnn-snn3", "SNN_4": "autosnn-snn4"}
CHOICES = {
    "SNN_1": "max pooling",
    "SNN_2": "max pooling, GAP",
    "SNN_3": "blocks of stride 2",
    "SNN_4": "average pooling",
}
# The paper's accuracy in per cent and spikes per image (C = 16, T = 8).
TABLE1 = {
    "SNN_1": (86.93, 154_000),
    "SNN_2": (85.05, 168_000),
    "SNN_3": (87.94, 222_000),
    "SNN_4": (79.59, 293_000),
}
TABLE8 = {
    "SNN_1": (87.54, 146_000),
    "SNN_2": (85.82, 168_000),
    "SNN_3": (89.18, 221_000),
    "SNN_4": (83.79, 291_000),
}


def trained(lab: Lab, block: str, macros: Sequence[str] = tuple(MACROS)) -> dict[str, Trained]:
    """Networks of one block. All four macros are trained at once where one of them is missing: items share them."""
    networks = lab.trained([f"{space}:{block}" for space in MACROS.values()])
    found = dict(zip(MACROS, networks, strict=True))
    return {name: found[name] for name in macros}


def table1(lab: Lab) -> Result:
    """All blocks SCB_k3."""
    networks = trained(lab, "SCB_k3")
    return _choices(networks, TABLE1, [_unstable(networks)])


def table8(lab: Lab) -> Result:
    """All blocks SRB_k3."""
    return _choices(trained(lab, "SRB_k3"), TABLE8, [])


def _unstable(networks: Mapping[str, Trained]) -> Claim:
    """What section 3.2 observes of the trainings of SNN_4."""
    says = "trainings with average pooling vary more than those with max pooling (deviation of accuracy)"
    return scatters_more(says, networks["SNN_4"].accuracy, networks["SNN_1"].accuracy, unit="points")


def _choices(
    networks: Mapping[str, Trained], paper: Mapping[str, tuple[float, float]], more: Sequence[Claim]
) -> Result:
    rows = [network_row(f"{name}: {CHOICES[name]}", one, *paper[name]) for name, one in networks.items()]
    accuracy = {name: one.accuracy for name, one in networks.items()}
    spikes = {name: one.spikes for name, one in networks.items()}
    claims = [
        above("GAP lowers accuracy", accuracy["SNN_1"], accuracy["SNN_2"], unit="points"),
        above("GAP costs spikes", spikes["SNN_2"], spikes["SNN_1"], unit="spikes", digits=0),
        above(
            "blocks of stride 2 are more accurate than max pooling", accuracy["SNN_3"], accuracy["SNN_1"], unit="points"
        ),
        above("blocks of stride 2 cost spikes", spikes["SNN_3"], spikes["SNN_1"], unit="spikes", digits=0),
        above("average pooling is less accurate than max pooling", accuracy["SNN_1"], accuracy["SNN_4"], unit="points"),
        above("average pooling costs spikes", spikes["SNN_4"], spikes["SNN_1"], unit="spikes", digits=0),
    ]
    caption = f"Networks of one block, trained alike; test images; {how_often(networks.values())}."
    return Result([Table(caption, rows)], [*claims, *more])


def figure2(lab: Lab) -> Result:
    """Layer by layer, without and with GAP."""
    networks = trained(lab, "SCB_k3", ("SNN_1", "SNN_2"))
    one, two = (steps_of(network) for network in networks.values())
    claims = [
        above(f"with GAP {step.upper()} fires more", two[step].firing_rate, one[step].firing_rate, digits=3)
        for step in ("tbd5", "ds3")
    ]
    claims.append(
        above("GAP's neurons fire less than DS3 before them", two["ds3"].firing_rate, two["gap"].firing_rate, digits=3)
    )
    note = "Panel C, the activations of the same networks with ReLU, is not drawn."
    return Result([layer_table(networks)], claims, {"layers": lambda: draw_layers(networks)}, [note])


def figure3(lab: Lab) -> Result:
    """Layer by layer, with max pooling and with blocks of stride 2."""
    networks = trained(lab, "SCB_k3", ("SNN_1", "SNN_3"))
    one, three = (steps_of(network) for network in networks.values())
    claims: list[Claim] = [
        above(
            f"with blocks of stride 2 {step.upper()} emits more spikes", three[step].spikes, one[step].spikes, digits=0
        )
        for step in ("tbd1", "ds1", "tbd3", "ds2", "tbd5", "ds3")
    ]
    return Result([layer_table(networks)], claims, {"layers": lambda: draw_layers(networks)})
