"""Table 4: what was found on CIFAR-10, trained on other data, beside networks made by hand."""

from collections.abc import Mapping

from spikesearch.reproduction.autosnn.found import autosnn
from spikesearch.reproduction.autosnn.hand_made import found_note
from spikesearch.reproduction.item import Claim, Result, Table, above
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import network_row
from spikesearch.reproduction.scales import EventData, Settings

NAMES = {
    "dvs-cifarnet-fang": "CIFARNet-Fang",
    "dvs-cifarnet-fang-5": "CIFARNet-Fang, 5 stages",
    "dvs-resnet17-zheng": "ResNet17-Zheng",
}
# The paper's accuracy in per cent and spikes per recording (T = 20).
TABLE4: Mapping[str, Mapping[str, tuple[float, float]]] = {
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


def table4(lab: Lab) -> Result:
    """Each data set that the scale has for this."""
    winner = autosnn(lab)
    rows: list[dict[str, str]] = []
    claims: list[Claim] = []
    for one in lab.scale.events:
        networks = trained(lab, one, winner)
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
    notes = [found_note(winner), *(one.note for one in lab.scale.events if one.note)]
    notes.append("CIFAR-100, SVHN and Tiny-ImageNet, also in the paper's table, are not measured.")
    return Result([Table("Trained alike; test recordings.", rows)], claims, notes=notes)


def trained(lab: Lab, events: EventData, winner: str) -> dict[str, Trained]:
    """The networks made by hand at their widths, then AutoSNN."""
    found = {}
    for name, width in {**events.others, "AutoSNN": None}.items():
        changes: Settings = {"network": {"channels": events.channels if width is None else width}}
        text = winner if name == "AutoSNN" else name
        (found[name],) = lab.trained([text], events.data.laid_over(changes), recipe=events.data.recipe)
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
                f"{data}: and emits fewer spikes than {NAMES[name]}", one.spikes, ours.spikes, unit="spikes", digits=0
            )
            for name, one in others.items()
        ),
    ]
