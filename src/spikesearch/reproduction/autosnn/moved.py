"""Table 4: what was found on CIFAR-10, trained on other data, beside networks made by hand."""

from collections.abc import Mapping

from spikesearch.reproduction.autosnn.found import autosnn
from spikesearch.reproduction.autosnn.hand_made import found_note
from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import how_often, network_row
from spikesearch.reproduction.sample import joined, signless
from spikesearch.reproduction.scale import OtherData, Settings

NAMES = {
    "cifarnet-fang": "CIFARNet-Fang",
    "dvs-cifarnet-fang": "CIFARNet-Fang",
    "dvs-cifarnet-fang-5": "CIFARNet-Fang, 5 stages",
    "dvs-resnet17-zheng": "ResNet17-Zheng",
}
# The paper's accuracy in per cent and spikes per image (T = 8) or recording (T = 20).
TABLE4: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "cifar100": {"cifarnet-fang": (66.83, 716_000), "AutoSNN": (69.16, 326_000)},
    "svhn": {"cifarnet-fang": (91.38, 462_000), "AutoSNN": (91.74, 215_000)},
    "tiny-imagenet": {"cifarnet-fang": (45.43, 1_724_000), "AutoSNN": (46.79, 680_000)},
    "cifar10-dvs": {
        "dvs-cifarnet-fang": (69.10, 4_521_000),
        "dvs-resnet17-zheng": (66.10, 1_550_000),
        "AutoSNN": (72.50, 1_269_000),
    },
    "dvs128-gesture": {
        "dvs-cifarnet-fang-5": (95.49, 1_459_000),
        "dvs-resnet17-zheng": (96.53, 1_667_000),
        "AutoSNN": (96.53, 423_000),
    },
}
# Their C; of AutoSNN 64 for images and 16 for events.
WIDTHS = {"cifarnet-fang": 256, "dvs-cifarnet-fang": 128, "dvs-cifarnet-fang-5": 128, "dvs-resnet17-zheng": 64}
# What others reported and the paper quotes, without spikes: network, C, accuracy.
QUOTED = {
    "cifar10-dvs": (("Wu et al., 2019", 128, 60.50),),
    "dvs128-gesture": (("He et al., 2020", 64, 93.40), ("Kaiser et al., 2020", 64, 95.54)),
}


def table4(lab: Lab) -> Result:
    """Each data set that the scale has for this."""
    winner = autosnn(lab)
    rows: list[dict[str, str]] = []
    claims: list[Claim] = []
    found: list[Trained] = []
    for one in lab.scale.moved_to:
        networks = trained(lab, one, winner)
        found += networks.values()
        published = TABLE4.get(one.data.name, {})
        for text, network in networks.items():
            row = network_row(NAMES.get(text, text), network, *published.get(text, (None, None)))
            width = one.others.get(text)
            rows.append(
                {
                    "data": one.data.name,
                    "network": row["network"],
                    "C": str(one.channels if width is None else width),
                    **row,
                    "parameters": f"{network.parameters:,}",
                }
            )
        claims += _claims(one.data.name, networks)
    notes = [found_note(winner), *(one.note for one in lab.scale.moved_to if one.note)]
    left_out = [name for name in TABLE4 if name not in {one.data.name for one in lab.scale.moved_to}]
    if left_out:
        notes.append(f"In the paper's table and not measured here: {joined(left_out)}.")
    ours = Table(f"Trained alike on each data set; its test set; {how_often(found)}.", rows)
    return Result([ours, _paper()], claims, notes=notes)


def _paper() -> Table:
    """All rows as printed; what is quoted there has no spikes."""
    rows = []
    for data, networks in TABLE4.items():
        printed = [(name, width, accuracy, "–") for name, width, accuracy in QUOTED.get(data, ())]
        for text, (accuracy, spikes) in networks.items():
            width = WIDTHS.get(text, 64 if "cifarnet-fang" in networks else 16)
            printed.append((NAMES.get(text, text), width, accuracy, signless(spikes, 0)))
        rows += [
            {"data": data, "network": name, "C": str(width), "accuracy, %": signless(accuracy, 2), "spikes": shown}
            for name, width, accuracy, shown in printed
        ]
    return Table("The paper's table, T = 8 and of events 20; rows without spikes are quoted there.", rows)


def trained(lab: Lab, other: OtherData, winner: str) -> dict[str, Trained]:
    """The networks made by hand at their widths, then AutoSNN."""
    found = {}
    for name, width in {**other.others, "AutoSNN": None}.items():
        changes: Settings = {"network": {"channels": other.channels if width is None else width}}
        text = winner if name == "AutoSNN" else name
        (found[name],) = lab.trained([text], other.data.laid_over(changes), recipe=other.data.recipe)
    return found


def _claims(data: str, networks: Mapping[str, Trained]) -> list[Claim]:
    ours = networks["AutoSNN"]
    others = {name: one for name, one in networks.items() if name != "AutoSNN"}
    best = max(others, key=lambda name: others[name].accuracy.mean)
    return [
        above(
            f"{data}: AutoSNN is more accurate than {NAMES[best]}", ours.accuracy, others[best].accuracy, unit="points"
        ),
        *(
            above(
                f"{data}: AutoSNN emits fewer spikes than {NAMES[name]}",
                one.spikes,
                ours.spikes,
                unit="spikes",
                digits=0,
            )
            for name, one in others.items()
        ),
    ]
