"""Spikes and firing rates of the steps of networks: stem, blocks, pooling, FC. Figures 2, 3 and 9."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikesearch.reproduction.item import Table
from spikesearch.reproduction.lab import Trained
from spikesearch.reproduction.rows import how_often
from spikesearch.reproduction.sample import Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Step:
    """One step of a network, over its trainings.

    Attributes:
        spikes: per image, all layers of the step and all timesteps.
        firing_rate: spikes / (positions · T).
    """

    spikes: Sample
    firing_rate: Sample


def steps_of(network: Trained) -> dict[str, Step]:
    """`stem`, `tbd1`, `ds1`, …, in network order."""
    each = [_steps(repeat["layers"]) for repeat in network.repeats]
    return {
        name: Step(Sample(tuple(one[name][0] for one in each)), Sample(tuple(one[name][1] for one in each)))
        for name in each[0]
    }


def _steps(layers: Sequence[tuple[str, int, float, float]]) -> dict[str, tuple[float, float]]:
    """(Spikes per image, firing rate) of each step of one training."""
    found: dict[str, tuple[float, float, float]] = {}
    for layer, positions, spikes, rate in layers:
        step = layer.split(".")[0]
        before = found.get(step, (0.0, 0.0, 0))
        # positions · rate are the spikes of one timestep, so no T is needed here
        found[step] = (before[0] + spikes, before[1] + positions * rate, before[2] + positions)
    return {step: (spikes, fired / positions) for step, (spikes, fired, positions) in found.items()}


def layer_table(networks: Mapping[str, Trained]) -> Table:
    """Spikes and firing rate of each step, networks beside one another."""
    steps = {name: steps_of(network) for name, network in networks.items()}
    names = list(dict.fromkeys(step for one in steps.values() for step in one))
    rows = [
        {
            "step": step,
            **{f"{name}: spikes": one[step].spikes.text(0) if step in one else "–" for name, one in steps.items()},
            **{f"{name}: rate": one[step].firing_rate.text(3) if step in one else "–" for name, one in steps.items()},
        }
        for step in sorted(names, key=_place)
    ]
    return Table(f"Spikes per image and firing rate of each step; test images; {how_often(networks.values())}.", rows)


_ORDER = ("stem", "tbd1", "ds1", "tbd2", "tbd3", "ds2", "tbd4", "tbd5", "ds3", "gap", "fc")


def _place(step: str) -> int:
    return _ORDER.index(step)


def draw_layers(networks: Mapping[str, Trained]) -> "Figure":
    """Bars of spikes above bars of firing rates, a group for each step; whiskers are the deviation over trainings."""
    from matplotlib.figure import Figure

    steps = {name: steps_of(network) for name, network in networks.items()}
    names = [step for step in _ORDER if any(step in one for one in steps.values())]
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    spikes, rates = figure.subplots(2, 1, sharex=True)
    width = 0.8 / len(steps)
    for number, (name, one) in enumerate(steps.items()):
        places = [index + (number - (len(steps) - 1) / 2) * width for index in range(len(names))]
        here = [one.get(step) for step in names]
        for axes, samples in (
            (spikes, [step.spikes if step else None for step in here]),
            (rates, [step.firing_rate if step else None for step in here]),
        ):
            heights = [one.mean if one else 0 for one in samples]
            spread = [(one.deviation or 0) if one else 0 for one in samples]
            axes.bar(places, heights, width, yerr=spread if any(spread) else None, capsize=2, label=name)
    spikes.set_ylabel("spikes per image")
    rates.set_ylabel("firing rate")
    rates.set_xticks(range(len(names)), [name.upper() if name != "stem" else name for name in names])
    spikes.legend()
    for axes in (spikes, rates):
        axes.grid(axis="y", alpha=0.3)
        axes.set_axisbelow(True)
    return figure
