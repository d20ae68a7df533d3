"""Spikes and firing rate along the network, after AutoSNN's Fig. 2 and 9: the winner beside other networks.

By step (stem, TBD1, DS1, …) and not by layer: different blocks have different layers, and steps are what all networks
of a space share. Networks of other steps, such as those made by hand, have panels of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesearch.reports.data import Network, step_of
from spikesearch.reports.series import Series
from spikesearch.reports.style import WIDTH, Picture, legend_below, render, spikes_axis, styled
from spikesearch.strategies.evaluator import LayerActivity, Measurement


@dataclass(frozen=True)
class StepActivity:
    """The spikes of one step; the rate is None where nothing can spike (an identity skip)."""

    spikes_per_image: float = 0.0
    firing_rate: float | None = None


Shown = tuple[Series, dict[str, StepActivity]]


def by_step(layers: Sequence[LayerActivity]) -> dict[str, StepActivity]:
    """Layers summed up to steps, in network order; the rate is the mean over all the step's positions."""
    grouped: dict[str, list[LayerActivity]] = {}
    for layer in layers:
        grouped.setdefault(step_of(layer.name), []).append(layer)
    result = {}
    for name, members in grouped.items():
        positions = sum(layer.positions for layer in members)
        weighted = sum(layer.positions * layer.firing_rate for layer in members)
        result[name] = StepActivity(
            spikes_per_image=sum(layer.spikes_per_image for layer in members),
            firing_rate=weighted / positions if positions else None,
        )
    return result


def best_measurement(network: Network) -> tuple[Measurement | None, str]:
    """The most telling measurement there is, and what it is in words; None and nothing when there is none."""
    if network.test:
        several = len(network.trained.repeats) if network.trained else 0
        mean = f", mean of {several} trainings" if several > 1 else ""
        return network.test, f"trained, {network.test.images:,} test images{mean}"
    if network.trained and network.trained.validation:
        measured = network.trained.validation
        return measured, f"trained, {measured.images:,} validation images"
    if network.shared:
        return network.shared, f"shared weights, {network.shared.images:,} validation images"
    return None, ""


def activity(series: Sequence[Series]) -> Picture | None:
    """The figure for the networks that share the first one's kind of measurement; None when nothing was measured."""
    shown, kind = _comparable(series)
    if not shown:
        return None
    panels = _panels(shown)
    with styled():
        figure = Figure(figsize=(WIDTH, 4.6 * len(panels)))
        rows = figure.add_gridspec(len(panels), 1, hspace=0.2)
        found: dict[str, Any] = {}
        for row, panel in enumerate(panels):
            places = rows[row].subgridspec(2, 1, height_ratios=(3, 2), hspace=0.16)
            upper, lower = figure.add_subplot(places[0]), figure.add_subplot(places[1])
            _panel(upper, lower, panel)
            if len(panels) > 1:
                upper.set_title(", ".join(one.label for one, _ in panel), loc="right", fontsize=9, fontweight="normal")
            handles, labels = upper.get_legend_handles_labels()
            found |= dict(zip(labels, handles, strict=True))
        figure.axes[0].set_title(f"Spikes per image and firing rate by step ({kind})")
        below = legend_below(figure, found)
        height = 4.4 * len(panels) + below
        figure.set_size_inches(WIDTH, height)
        figure.subplots_adjust(left=0.07, right=0.985, top=1 - 0.4 / height, bottom=(0.38 + below) / height)
        names = ", ".join(one.label for one, _ in shown)
        return render(figure, "activity", f"Spikes per image and firing rate of each step of {names}.")


def _panels(shown: Sequence[Shown]) -> list[Sequence[Shown]]:
    """Networks that can share an axis of steps: all steps of one are steps of the other, in the same order."""
    groups: list[list[Shown]] = []
    for entry in shown:
        for group in groups:
            steps = (_step_names(group), _step_names([entry]))
            if any(_within(few, many) for few, many in (steps, steps[::-1])):
                group.append(entry)
                break
        else:
            groups.append([entry])
    return list(groups)


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    rest = iter(many)
    return all(step in rest for step in few)


def _panel(upper: Axes, lower: Axes, shown: Sequence[Shown]) -> None:
    """Spikes as bars above, firing rates as lines below."""
    steps = _step_names(shown)
    for i, (one, values) in enumerate(shown):
        _bars(upper, one, [values.get(step, StepActivity()).spikes_per_image for step in steps], i, len(shown))
        _rates(lower, one, [values.get(step, StepActivity()).firing_rate for step in steps], i, len(shown))
    upper.sharex(lower)
    upper.set_ylabel("spikes per image")
    upper.margins(y=0.08)
    spikes_axis(upper, which="y")
    upper.set_ylim(bottom=0)
    lower.set_ylabel("firing rate")
    lower.margins(y=0.12)
    lower.set_ylim(bottom=0)
    lower.set_xticks(range(len(steps)), [display_name(step) for step in steps])
    for axes in (upper, lower):
        axes.grid(axis="x", visible=False)
        axes.tick_params(axis="x", length=0)
    upper.tick_params(axis="x", labelbottom=False)
    lower.tick_params(axis="x", labelsize=8.5 if len(steps) <= 14 else 7)


def _comparable(series: Sequence[Series]) -> tuple[list[Shown], str]:
    """Networks with layers, all measured in the first one's way: a trained network beside an estimate would mislead."""
    shown: list[Shown] = []
    kind = ""
    for one in series:
        measured, words = best_measurement(one.network)
        if measured and measured.layers and words == (kind or words):
            kind = words
            shown.append((one, by_step(measured.layers)))
    return shown, kind


def _step_names(shown: Sequence[Shown]) -> list[str]:
    """The steps of the plans; a network without a plan gives those that spiked."""
    names: dict[str, None] = {}
    for one, values in shown:
        names.update(dict.fromkeys([step.name for step in one.network.steps] or values))
    return list(names)


def _bars(axes: Axes, one: Series, values: Sequence[float], index: int, total: int) -> None:
    width = min(0.8 / total, 0.3)
    places = [i + (index - (total - 1) / 2) * width for i in range(len(values))]
    axes.bar(places, values, width=0.9 * width, color=one.colour, label=one.label, linewidth=0)


def _rates(axes: Axes, one: Series, values: Sequence[float | None], index: int, total: int) -> None:
    places = [i for i, value in enumerate(values) if value is not None]
    axes.plot(
        places,
        [value for value in values if value is not None],
        color=one.colour,
        marker=one.marker,
        markersize=9 if one.marker == "*" else 5,
        linewidth=1.4 if one.winner else 1.0,
        zorder=3 + total - index,
    )


def display_name(step: str) -> str:
    """A step's name as the papers write it: `tbd1` → `TBD1`, `stem_pool1` → `stem pool1`."""
    return step.upper() if step.startswith(("tbd", "ds", "fc", "gap")) else step.replace("_", " ")
