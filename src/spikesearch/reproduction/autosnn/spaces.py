"""Figure 4: architectures drawn from the spaces of all four macro architectures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikesearch.reproduction.autosnn.design_choices import CHOICES, MACROS
from spikesearch.reproduction.autosnn.found import sampled
from spikesearch.reproduction.autosnn.replay import mean_of
from spikesearch.reproduction.claims import above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Clouds = Mapping[str, Sequence[Trained]]
"""Networks by macro architecture."""


def trained(lab: Lab) -> Clouds:
    """The same draws for all macro architectures of as many blocks; each network trained once."""
    count, settings = lab.scale.cloud, lab.scale.cloud_settings
    return {name: lab.trained(sampled(space, count), settings, repeats=1) for name, space in MACROS.items()}


def figure4(lab: Lab) -> Result:
    """Which space is better on average."""
    clouds = trained(lab)
    accuracy = {name: mean_of([one.accuracy for one in found]) for name, found in clouds.items()}
    spikes = {name: mean_of([one.spikes for one in found]) for name, found in clouds.items()}
    rows = [
        {
            "space": f"{name}: {CHOICES[name]}",
            "architectures": str(len(found)),
            "accuracy, %": accuracy[name].text(2),
            "spikes": spikes[name].text(0),
            "spikes against SNN_1": f"{spikes[name].mean / (spikes['SNN_1'].mean or 1):.2f}",
        }
        for name, found in clouds.items()
    ]
    claims = [
        claim
        for other in ("SNN_2", "SNN_4")
        for claim in (
            above(f"SNN_1's space is more accurate than {other}'s", accuracy["SNN_1"], accuracy[other], unit="points"),
            above(f"and emits fewer spikes than {other}'s", spikes[other], spikes["SNN_1"], unit="spikes", digits=0),
        )
    ]
    says = "SNN_1's space emits fewer spikes than SNN_3's (the paper: 1.4 times as many there)"
    claims.append(above(says, spikes["SNN_3"], spikes["SNN_1"], unit="spikes", digits=0))
    note = (
        f"{lab.scale.cloud} architectures of each space, trained once each; the paper has 100, trained for 120 epochs. "
        "± is the spread over architectures."
    )
    table = Table("Architectures drawn at random, trained from scratch; test images.", rows)
    return Result([table], claims, {"spaces": lambda: draw_spaces(clouds)}, [note])


def draw_spaces(clouds: Clouds) -> "Figure":
    """SNN_1 beside each of the others, every architecture a dot, the mean larger."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    others = [name for name in clouds if name != "SNN_1"]
    panels = figure.subplots(1, len(others), sharex=True, sharey=True)
    for axes, other in zip(panels, others, strict=True):
        for name, colour in (("SNN_1", "C0"), (other, "C1")):
            xs = [one.spikes.mean for one in clouds[name]]
            ys = [one.accuracy.mean for one in clouds[name]]
            axes.plot(xs, ys, "o", color=colour, markersize=4, alpha=0.5, label=name)
            axes.plot(sum(xs) / len(xs), sum(ys) / len(ys), "D", color=colour, markersize=9, markeredgecolor="k")
        axes.set_xlabel("spikes per image")
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
        axes.legend()
    panels[0].set_ylabel("test accuracy, %")
    return figure
