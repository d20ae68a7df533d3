"""Training curves: loss, accuracy and spikes per image by epoch, of the supernet and of the trained networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spikesearch.reports.data import EpochFigures, ReportData
from spikesearch.reports.series import Series
from spikesearch.reports.style import INK, WIDTH, Picture, legend_below, percent_axis, render, spikes_axis, styled

Quantity = Callable[[EpochFigures], float | None]


@dataclass(frozen=True)
class _Line:
    label: str
    colour: str
    style: str
    epochs: Sequence[EpochFigures]
    marker: str
    order: int = 3  # later drawn above


def curves(data: ReportData, series: Sequence[Series]) -> Picture | None:
    """The figure, or None before the first epoch has ended."""
    lines = [
        _Line(one.label, one.colour, "-", one.network.curve, one.marker, 3 + one.winner)
        for one in series
        if one.network.curve
    ]
    if data.supernet:
        lines.insert(0, _Line("supernet", INK, (0, (4, 2)), data.supernet, "o"))  # type: ignore[arg-type]
    if not lines:
        return None
    with styled():
        figure = Figure(figsize=(WIDTH, 3.4))
        panels = figure.subplots(1, 3)
        _panel(panels[0], lines, "Training loss", lambda epoch: epoch.loss)
        _panel(panels[1], lines, "Training accuracy", lambda e: None if e.accuracy is None else 100 * e.accuracy)
        _panel(panels[2], lines, "Spikes per image", lambda epoch: epoch.spikes_per_image)
        percent_axis(panels[1])
        panels[2].set_ylim(bottom=0)
        spikes_axis(panels[2], which="y")
        below = legend_below(figure, {str(line.get_label()): line for axes in panels for line in axes.get_lines()})
        height = 3.1 + below
        figure.set_size_inches(WIDTH, height)
        figure.subplots_adjust(
            left=0.06, right=0.985, top=1 - 0.38 / height, bottom=(0.55 + below) / height, wspace=0.24
        )
        return render(figure, "curves", f"Training curves of {', '.join(line.label for line in lines)}.")


def _panel(axes: Axes, lines: Sequence[_Line], title: str, quantity: Quantity) -> None:
    empty = True
    for line in lines:
        points = [(epoch.epoch, quantity(epoch)) for epoch in line.epochs]
        known = [(epoch, value) for epoch, value in points if value is not None]
        if not known:
            continue
        empty = False
        axes.plot(
            [epoch for epoch, _ in known],
            [value for _, value in known],
            color=line.colour,
            linestyle=line.style,
            linewidth=1.4,
            label=line.label,
            zorder=line.order,
            marker=line.marker if len(known) == 1 else None,
            clip_on=len(known) > 1,  # a star at the border is shown whole
        )
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5, min_n_ticks=1))
    if len({epoch.epoch for line in lines for epoch in line.epochs}) == 1:
        middle = lines[0].epochs[0].epoch
        axes.set_xlim(middle - 0.5, middle + 0.5)  # or there would be ticks at fractions of an epoch
    if empty:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center", color=INK)
