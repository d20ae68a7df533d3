"""Figure 5: accuracy and spikes with different timesteps, AutoSNN beside networks made by hand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikesearch.config.reading import merged
from spikesearch.reproduction.autosnn.found import autosnn
from spikesearch.reproduction.autosnn.hand_made import HAND_MADE, TABLE3, against_best, found_note
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import network_row, trained_with

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The paper prints numbers of this T alone, those of Table 3; its networks have C = 16 where ours have the scale's.
PRINTED_TIMESTEPS, PRINTED_WIDTH = 8, 16


def figure5(lab: Lab) -> Result:
    """Each network with each T of the scale."""
    texts = {"AutoSNN": autosnn(lab), **HAND_MADE}
    networks: dict[int, dict[str, Trained]] = {}
    for timesteps in lab.scale.timesteps:
        settings = merged(lab.scale.timesteps_settings, {"network": {"timesteps": timesteps}})
        trained = lab.trained(list(texts.values()), settings, repeats=1)
        networks[timesteps] = dict(zip(texts, trained, strict=True))
    rows = [
        {"T": str(timesteps), **network_row(name, one, *_printed(name, timesteps))}
        for timesteps, found in networks.items()
        for name, one in found.items()
    ]
    claims = [claim for timesteps, found in networks.items() for claim in against_best(f"T = {timesteps}", found)]
    notes = [
        found_note(texts["AutoSNN"]),
        "Each network is trained once for each T, at one width. The paper prints numbers for T = 8 alone (Table 3).",
    ]
    notes += trained_with(lab.scale.timesteps_settings)
    table = Table("Networks of equal width; test images; each trained once.", rows)
    return Result([table], claims, {"timesteps": lambda: draw_timesteps(networks)}, notes)


def _printed(name: str, timesteps: int) -> tuple[float | None, float | None]:
    return TABLE3[name][PRINTED_WIDTH][:2] if timesteps == PRINTED_TIMESTEPS else (None, None)


def draw_timesteps(networks: Mapping[int, Mapping[str, Trained]]) -> "Figure":
    """Accuracy over spikes, a line for each network through its timesteps, which are the numbers beside the dots."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    names = next(iter(networks.values()))
    for name, marker in zip(names, "*osD^", strict=True):
        points = [(found[name].spikes.mean, found[name].accuracy.mean) for found in networks.values()]
        size = 12 if name == "AutoSNN" else 7
        axes.plot([x for x, _ in points], [y for _, y in points], f"{marker}-", lw=1, markersize=size, label=name)
        for timesteps, point in zip(networks, points, strict=True):
            axes.annotate(str(timesteps), point, xytext=(6, -11), textcoords="offset points", fontsize=8)
    axes.set_xlabel("spikes per image; numbers are timesteps")
    axes.set_ylabel("test accuracy, %")
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.margins(0.12)
    axes.legend()
    return figure
