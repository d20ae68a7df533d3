"""The winner drawn, after AutoSNN's Fig. 11: one box for each step, its shape, spikes and firing rate beside it.

The boxes narrow with the resolution, so that the funnel of the network shows. Places are in hundredths of an inch
from the upper left corner.
"""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from spikesearch.reports import blocks, numbers
from spikesearch.reports.activity import StepActivity, best_measurement, by_step, display_name
from spikesearch.reports.data import DrawnStep, Network, ReportData
from spikesearch.reports.style import (
    BOX,
    BOX_INK,
    FAINT,
    GRID,
    INK,
    MUTED,
    WIDTH,
    WINNERS,
    Picture,
    render,
    styled,
)
from spikesearch.reports.text import shorten

_ROW, _BOX = 44, 29  # heights
_TOP = 78  # of the first step's middle
_CENTRE, _WIDEST, _NARROWEST = 212, 240, 110
_SHAPE, _SPIKES, _RATE, _PARAMETERS = 450, 488, 708, 945
_SPIKES_BAR, _RATE_BAR = 130, 90
_WINNERS_PER_ROW = 6


def drawing(network: Network, data: ReportData, colour: str = WINNERS[0]) -> Picture | None:
    """The network from top to bottom, or None without its steps; bars in `colour`, the winner's in all figures."""
    if not network.steps:
        return None
    measured, kind = best_measurement(network)
    values = by_step(measured.layers) if measured else {}
    height = _TOP + _ROW * (len(network.steps) + 1) + 8
    with styled():
        figure, axes = _canvas(100 * WIDTH, height)
        _header(axes, kind if data.spiking else "")
        _image(axes, network.steps[0], data)
        for i, step in enumerate(network.steps):
            _row(axes, step, _TOP + _ROW * i, network.steps[0])
        if values:
            _bars(axes, network.steps, values, colour)
        _totals(axes, network, data, _TOP + _ROW * len(network.steps) - 4)
        boxes = ", ".join(f"{display_name(step.name)} {blocks.title(step)}" for step in network.steps)
        return render(figure, "winner", f"The network from input to output: {boxes}.")


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width / 100, height / 100))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def _header(axes: Axes, kind: str) -> None:
    titles = [(_SHAPE, "C × H × W", "right")]
    if kind:
        titles += [(_SPIKES, "spikes per image", "left"), (_RATE, "firing rate", "left")]
    titles.append((_PARAMETERS, "parameters", "right"))
    for x, text, side in titles:
        axes.text(x, 14, text, ha=side, va="center", color=MUTED, fontsize=8.5)
    axes.plot([15, _PARAMETERS], [26, 26], color=GRID, linewidth=0.8)


def _image(axes: Axes, first: DrawnStep, data: ReportData) -> None:
    steps = data.dimensions.get("timesteps")
    coding = "a frame for each" if data.dimensions.get("events") else "the same at each"
    note = f"image, {coding} of {steps} timesteps" if steps and data.spiking else "image"
    axes.text(_CENTRE, 41, note, ha="center", va="center", color=MUTED, fontsize=8.5)
    axes.text(_SHAPE, 41, numbers.shape(first.input), ha="right", va="center", color=MUTED, fontsize=8.5)


def _row(axes: Axes, step: DrawnStep, y: float, first: DrawnStep) -> None:
    axes.annotate(
        "",
        (_CENTRE, y - _BOX / 2),
        xytext=(_CENTRE, y - _ROW + _BOX / 2 if step is not first else y - _BOX / 2 - 13),
        arrowprops={"arrowstyle": "-|>", "color": FAINT, "lw": 1.0, "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0},
    )
    width = _box_width(step, first)
    box(axes, step, _CENTRE - width / 2, y - _BOX / 2, width)
    axes.text(15, y, display_name(step.name), va="center", color=MUTED, fontsize=8.5)
    shape = numbers.shape(step.output) if step.block != "FC" else numbers.count(step.output[0])
    axes.text(_SHAPE, y, shape, ha="right", va="center")
    axes.text(_PARAMETERS, y, numbers.count(step.parameters), ha="right", va="center")


def box(axes: Axes, step: DrawnStep, x: float, y: float, width: float) -> None:
    """One step's box with its upper left corner at (x, y); an identity is drawn empty and dashed."""
    empty = blocks.is_identity(step)
    fill = blocks.colour(step)
    axes.add_patch(
        FancyBboxPatch(
            (x + 4, y + 4),
            width - 8,
            _BOX - 8,
            boxstyle="round,pad=4,rounding_size=5",
            facecolor="none" if empty else fill,
            edgecolor=FAINT if empty else "none",
            linestyle=(0, (4, 3)) if empty else "-",
            linewidth=1.1,
        )
    )
    axes.text(
        x + width / 2,
        y + _BOX / 2 + 0.5,
        shorten(blocks.title(step), max(8, int(width / 8.2))),
        ha="center",
        va="center",
        color=INK if empty or fill == BOX else BOX_INK,
        fontweight="bold" if step.slot else "normal",
    )


def _box_width(step: DrawnStep, first: DrawnStep) -> float:
    """Between narrowest and widest by the logarithm of the resolution: each halving takes the same off."""
    most = math.log2(max(first.output[1:]) + 1)
    share = math.log2(max(step.output[1:])) / most if step.block != "FC" else 0.0
    return _NARROWEST + (_WIDEST - _NARROWEST) * min(1.0, share)


def _bars(axes: Axes, steps: Sequence[DrawnStep], values: Mapping[str, StepActivity], colour: str) -> None:
    most = max((value.spikes_per_image for value in values.values()), default=0.0) or 1.0
    highest = max((value.firing_rate or 0.0 for value in values.values()), default=0.0) or 1.0
    for i, step in enumerate(steps):
        y = _TOP + _ROW * i
        value = values.get(step.name)
        if value is None or value.firing_rate is None:
            axes.text(_SPIKES, y, "no neurons", va="center", color=MUTED, fontsize=8.5)
            continue
        _bar(
            axes,
            _SPIKES,
            y,
            _SPIKES_BAR * value.spikes_per_image / most,
            colour,
            numbers.spikes(value.spikes_per_image),
        )
        _bar(axes, _RATE, y, _RATE_BAR * value.firing_rate / highest, FAINT, numbers.rate(value.firing_rate))


def _bar(axes: Axes, x: float, y: float, length: float, colour: str, text: str) -> None:
    if length > 0:
        length = max(length, 1.0)
        axes.add_patch(Rectangle((x, y - 6), length, 12, facecolor=colour, linewidth=0))
    axes.text(x + length + 7 * (length > 0), y, text, va="center")


def _totals(axes: Axes, network: Network, data: ReportData, y: float) -> None:
    axes.plot([15, _PARAMETERS], [y - 14, y - 14], color=GRID, linewidth=0.8)
    y += 8
    measured, _ = best_measurement(network)
    classes = f"{data.data.classes} classes" if data.data.classes else ""
    axes.text(15, y, "whole network", va="center", color=MUTED, fontsize=8.5)
    axes.text(_SHAPE, y, classes, ha="right", va="center", fontweight="bold")
    if measured and data.spiking:
        axes.text(_SPIKES, y, numbers.spikes(measured.spikes_per_image), va="center", fontweight="bold")
        axes.text(_RATE, y, f"{numbers.rate(measured.firing_rate)} without FC", va="center", fontweight="bold")
    axes.text(_PARAMETERS, y, numbers.count(network.parameters), ha="right", va="center", fontweight="bold")


def side_by_side(data: ReportData) -> Picture | None:
    """The winners of all λ in columns, as Fig. 11 shows them; None for fewer than two."""
    winners = [winner for winner in data.winners if winner.network.steps]
    if len(winners) < 2:
        return None
    columns = -(-len(winners) // -(-len(winners) // _WINNERS_PER_ROW))  # 7 become 4 and 3
    width = min(215.0, (100 * WIDTH - 100) / columns)
    rows = [winners[i : i + columns] for i in range(0, len(winners), columns)]
    steps = max(len(winner.network.steps) for winner in winners)
    band = 96 + 38 * steps
    with styled():
        figure, axes = _canvas(100 * WIDTH, band * len(rows))
        for i, row in enumerate(rows):
            for step, y in _places(row[0].network.steps, i * band):
                axes.text(15, y + _BOX / 2, display_name(step.name), va="center", color=MUTED, fontsize=8.5)
            for j, winner in enumerate(row):
                _column(axes, winner.network, winner.lam, 95 + j * width, i * band, width)
        texts = "; ".join(f"λ = {numbers.lam(winner.lam)}: {winner.network.architecture}" for winner in winners)
        return render(figure, "winners", f"The networks chosen for each λ: {texts}.")


def _places(steps: Sequence[DrawnStep], top: float) -> list[tuple[DrawnStep, float]]:
    return [(step, top + 40 + 38 * i) for i, step in enumerate(steps)]


def _column(axes: Axes, network: Network, lam: float, x: float, top: float, width: float) -> None:
    inner = width - 16
    middle = x + inner / 2
    axes.text(middle, top + 18, f"λ = {numbers.lam(lam)}", ha="center", va="center", fontweight="bold")
    bottom = top
    for step, y in _places(network.steps, top):
        if y > top + 40:
            axes.plot([middle, middle], [y - 8, y], color=FAINT, linewidth=1.0)
        box(axes, step, x, y, inner)
        bottom = y + _BOX
    measured, kind = best_measurement(network)
    if measured:
        estimate = "" if kind.startswith("trained") else " (estimate)"
        lines = (
            f"{numbers.percent(measured.accuracy, measured.images)}{estimate or ' accuracy'}",
            f"{numbers.spikes(measured.spikes_per_image)} spikes",
        )
        for i, text in enumerate(lines):
            axes.text(middle, bottom + 16 + 17 * i, text, ha="center", va="center", fontsize=8.5)
