"""Figure 5: accuracy and spikes with different timesteps, AutoSNN beside networks made by hand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikesearch.reproduction.autosnn.found import autosnn
from spikesearch.reproduction.item import Claim, Result, Table, above
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import network_row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HAND_MADE = {
    "CIFARNet-Wu": "cifarnet-wu",
    "CIFARNet-Fang": "cifarnet-fang",
    "ResNet11-Lee": "resnet11-lee",
    "ResNet19-Zheng": "resnet19-zheng",
}
# The paper prints numbers of T = 8 only: Table 3, C = 16. Accuracy in per cent and spikes per image.
TABLE3_NARROW = {
    "AutoSNN": (88.67, 108_000),
    "CIFARNet-Wu": (84.36, 361_000),
    "CIFARNet-Fang": (80.82, 104_000),
    "ResNet11-Lee": (84.43, 140_000),
    "ResNet19-Zheng": (83.95, 341_000),
}
PRINTED_TIMESTEPS = 8


def figure5(lab: Lab) -> Result:
    """Each network with each T of the scale."""
    texts = {"AutoSNN": autosnn(lab), **HAND_MADE}
    networks: dict[int, dict[str, Trained]] = {}
    for timesteps in lab.scale.timesteps:
        trained = lab.trained(list(texts.values()), {"network": {"timesteps": timesteps}}, repeats=1)
        networks[timesteps] = dict(zip(texts, trained, strict=True))
    rows = [
        {"T": str(timesteps), **network_row(name, one, *_printed(name, timesteps))}
        for timesteps, found in networks.items()
        for name, one in found.items()
    ]
    claims = [claim for timesteps, found in networks.items() for claim in _claims(timesteps, found)]
    notes = [
        f"AutoSNN is `{texts['AutoSNN']}`, what was found here with λ = −0.08.",
        "Each network is trained once for each T. The paper prints numbers for T = 8 alone (Table 3).",
    ]
    table = Table("Networks of equal width; test images.", rows)
    return Result([table], claims, {"timesteps": lambda: draw_timesteps(networks)}, notes)


def _printed(name: str, timesteps: int) -> tuple[float, float] | tuple[None, None]:
    return TABLE3_NARROW[name] if timesteps == PRINTED_TIMESTEPS else (None, None)


def _claims(timesteps: int, found: Mapping[str, Trained]) -> list[Claim]:
    """Against the most accurate of the others: who beats that one beats all, in accuracy."""
    best = max(HAND_MADE, key=lambda name: found[name].accuracy.mean)
    ours, theirs = found["AutoSNN"], found[best]
    where = f"T = {timesteps}: AutoSNN"
    return [
        above(f"{where} is more accurate than all others ({best})", ours.accuracy, theirs.accuracy, unit="points"),
        above(f"{where} emits fewer spikes than {best}", theirs.spikes, ours.spikes, unit="spikes", digits=0),
    ]


def draw_timesteps(networks: Mapping[int, Mapping[str, Trained]]) -> "Figure":
    """Accuracy over spikes, a line for each network through its timesteps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    names = next(iter(networks.values()))
    for name, marker in zip(names, "*osD^", strict=True):
        points = [(found[name].spikes.mean, found[name].accuracy.mean) for found in networks.values()]
        size = 12 if name == "AutoSNN" else 7
        axes.plot([x for x, _ in points], [y for _, y in points], f"{marker}-", lw=1, markersize=size, label=name)
        for timesteps, point in zip(networks, points, strict=True):
            axes.annotate(f"T={timesteps}", point, xytext=(6, -11), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("spikes per image")
    axes.set_ylabel("test accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure
