"""Table 9 and Figure 9: which block; Table 10: the same with a penalty on spikes."""

from collections.abc import Mapping

from spikesearch.config.reading import merged
from spikesearch.reproduction.autosnn.layers import draw_layers, layer_table
from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import beside, how_often, network_row, trained_with

BLOCKS = ("SCB_k3", "SRB_k3", "SIB_k3_e1", "SIB_k3_e3")
# The paper's accuracy in per cent, spikes per image and firing rate (C = 16, T = 8).
TABLE9 = {
    "SCB_k3": (86.93, 154_000, 0.18),
    "SRB_k3": (87.54, 146_000, 0.17),
    "SIB_k3_e1": (81.07, 243_000, 0.23),
    "SIB_k3_e3": (88.45, 374_000, 0.17),
}
# By λ_reg: accuracy and spikes.
TABLE10 = {
    "SCB_k3": {1.0: (64.36, 83_000), 0.1: (79.09, 84_000), 0.01: (86.39, 124_000), 0.0: (86.93, 154_000)},
    "SRB_k3": {1.0: (72.76, 49_000), 0.1: (83.25, 70_000), 0.01: (86.59, 109_000), 0.0: (87.54, 146_000)},
    "SIB_k3_e1": {1.0: (56.61, 89_000), 0.1: (73.54, 119_000), 0.01: (81.05, 155_000), 0.0: (81.07, 243_000)},
    "SIB_k3_e3": {1.0: (74.71, 136_000), 0.1: (84.59, 186_000), 0.01: (87.61, 249_000), 0.0: (88.45, 374_000)},
}


def trained(lab: Lab, penalty: float = 0.0) -> dict[str, Trained]:
    """SNN_1 filled with each block, trained with λ_reg = `penalty`; once where that is above 0."""
    texts = [f"autosnn:{block}" for block in BLOCKS]
    settings = merged(lab.scale.blocks_settings, {"train": {"spike_penalty": penalty}})
    networks = lab.trained(texts, settings, repeats=1 if penalty else None)
    return dict(zip(BLOCKS, networks, strict=True))


def table9(lab: Lab) -> Result:
    """Which block."""
    networks = trained(lab)
    rows = [
        {**network_row(block, one, *TABLE9[block][:2]), **beside("firing rate", one.firing_rate, TABLE9[block][2], 3)}
        for block, one in networks.items()
    ]
    plain = networks["SCB_k3"]
    claims = [
        above(f"{block} costs more spikes than SCB_k3", networks[block].spikes, plain.spikes, unit="spikes", digits=0)
        for block in ("SIB_k3_e1", "SIB_k3_e3")
    ]
    claims += [
        above(
            f"{better} is more accurate than {worse}",
            networks[better].accuracy,
            networks[worse].accuracy,
            unit="points",
            own=own,
        )
        for better, worse, own in (
            ("SIB_k3_e3", "SCB_k3", False),
            ("SRB_k3", "SCB_k3", True),
            ("SCB_k3", "SIB_k3_e1", True),
        )
    ]
    notes = trained_with(lab.scale.blocks_settings)
    return Result(
        [Table(f"SNN_1 filled with one block; test images; {how_often(networks.values())}.", rows)], claims, notes=notes
    )


def figure9(lab: Lab) -> Result:
    """The same, layer by layer."""
    networks = trained(lab)
    claims = [
        above(f"{block} emits more spikes than SCB_k3", networks[block].spikes, networks["SCB_k3"].spikes, digits=0)
        for block in ("SIB_k3_e1", "SIB_k3_e3")
    ]
    notes = trained_with(lab.scale.blocks_settings)
    return Result([layer_table(networks)], claims, {"layers": lambda: draw_layers(networks)}, notes)


def _less_desirable(found: Mapping[str, Trained]) -> list[Claim]:
    """That with λ_reg = 0.1 SIB is behind SRB and SCB still."""
    claims = []
    for block in ("SIB_k3_e1", "SIB_k3_e3"):
        one = found[block]
        for other in ("SCB_k3", "SRB_k3"):
            says = f"with λ_reg = 0.1 {block} still costs more spikes than {other}"
            claims.append(above(says, one.spikes, found[other].spikes, unit="spikes", digits=0))
            says = f"with λ_reg = 0.1 {block} is less accurate than {other}"
            claims.append(above(says, found[other].accuracy, one.accuracy, unit="points"))
    return claims


def table10(lab: Lab) -> Result:
    """A penalty on spikes, λ_reg."""
    penalties = lab.scale.penalties
    found = {penalty: trained(lab, penalty) for penalty in sorted(penalties)}
    rows = []
    for block in BLOCKS:
        for penalty in penalties:
            row = network_row(block, found[penalty][block], *TABLE10[block][penalty])
            rows.append({"block": block, "λ_reg": f"{penalty:g}", **{k: v for k, v in row.items() if k != "network"}})
    claims: list[Claim] = []
    for block in BLOCKS:
        without, strong = found[0.0][block], found[1.0][block]
        says = f"λ_reg = 1 saves spikes: {block}"
        claims.append(above(says, without.spikes, strong.spikes, unit="spikes", digits=0, own=True))
        says = f"λ_reg = 1 costs accuracy: {block}"
        claims.append(above(says, without.accuracy, strong.accuracy, unit="points", own=True))
    claims += _less_desirable(found[0.1])
    notes = [
        "The paper says of both SIB that they are worse in accuracy too; its own numbers say so of SIB_k3_e1 alone."
    ]
    notes += [
        f"The networks without penalty are those of Table 9, {lab.scale.repeats} trainings each; others have one."
    ]
    notes += trained_with(lab.scale.blocks_settings)
    left_out = [f"{penalty:g}" for penalty in TABLE10["SCB_k3"] if penalty not in penalties]
    if left_out:
        notes.append(f"λ_reg = {', '.join(left_out)} is in the paper and is not measured here.")
    return Result([Table("SNN_1 filled with one block, trained with λ_reg; test images.", rows)], claims, notes=notes)
