"""The figures of a bench of scores: τ-b with its intervals, and each score against test accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spikesearch.reports.numbers import MINUS, magnitude
from spikesearch.reports.style import (
    COMPARISONS,
    FAINT,
    INK,
    MUTED,
    PAPER,
    WIDTH,
    WINNERS,
    Picture,
    legend_below,
    render,
    styled,
)
from spikesearch.reports.text import shorten

_COLOURS = {"score": WINNERS[1], "baseline": COMPARISONS[2], "column": COMPARISONS[1], "ceiling": WINNERS[4]}
_LABELS = {
    "score": "score",
    "baseline": "baseline",
    "column": "column of the table",
    "ceiling": "noise ceiling",
}
_COLUMNS = 4
_MOST_POINTS = 4000  # of one scatter plot
_LONG = 16  # characters of a name, above which all are written smaller
_BORDER = 0.005  # share of the networks beyond each end of an axis


class EstimateLike(Protocol):
    """See `bench.agreement.Estimate`."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class RankedLike(Protocol):
    """See `bench.ranking.Ranked`."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def networks(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def estimates(self) -> Mapping[str, EstimateLike]: ...
    @property
    def gain(self) -> EstimateLike: ...


class ContenderLike(Protocol):
    """See `bench.contenders.Contender`."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def values(self) -> np.ndarray: ...


def draw(
    ranked: Sequence[RankedLike], contenders: Sequence[ContenderLike], test: np.ndarray, sets: Mapping[str, np.ndarray]
) -> list[Picture]:
    """`kendall`, the best on top, and `scatter`, in the order of `ranked`."""
    first = next(iter(sets))
    whole = [one for one in ranked if one.networks == first]
    others = [one for one in ranked if one.networks != first]
    last = list(sets)[-1]
    taus = {one.name: one.estimates["kendall"].value for one in ranked if one.networks == last}
    by_name = {one.name: one for one in contenders}
    return [_bars(whole, others), _scatter([by_name[name] for name in taus], taus, test, sets[last], last)]


def _bars(whole: Sequence[RankedLike], others: Sequence[RankedLike]) -> Picture:
    """One bar for each contender, the best on top; the set without untrained networks as diamonds."""
    known = [one for one in whole if not np.isnan(one.estimates["kendall"].value)]
    lines = sorted(known, key=lambda one: -one.estimates["kendall"].value)
    beside = {one.name: one.estimates["kendall"] for one in others}
    with styled():
        height = 1.0 + 0.27 * len(lines)
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
        for place, one in enumerate(lines):
            tau = one.estimates["kendall"]
            axes.barh(place, tau.value, height=0.62, color=_COLOURS[one.kind], linewidth=0)
            axes.plot([tau.low, tau.high], [place, place], color=INK, linewidth=1.2, solid_capstyle="butt")
            if one.name in beside and not np.isnan(beside[one.name].value):
                axes.plot(beside[one.name].value, place, **_DIAMOND)
        axes.set_yticks(range(len(lines)), [shorten(one.name, 24) for one in lines])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}".replace("-", MINUS)))
        axes.set_title(f"Kendall's τ-b with test accuracy, {whole[0].count:,} networks, with 95% intervals")
        below = legend_below(figure, _keys(lines, bool(beside)))
        figure.subplots_adjust(left=0.19, right=0.985, top=1 - 0.36 / height, bottom=(0.32 + below) / height)
        told = ", ".join(f"{one.name} {one.estimates['kendall'].value:.2f}" for one in lines)
        return render(figure, "kendall", f"Kendall's τ-b with test accuracy: {told}.")


_DIAMOND: dict[str, Any] = {
    "marker": "D",
    "markersize": 5.5,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
    "markeredgewidth": 1.2,
    "linestyle": "none",
}


def _keys(lines: Sequence[RankedLike], beside: bool) -> dict[str, Artist]:
    kinds = [kind for kind in _COLOURS if any(one.kind == kind for one in lines)]
    keys: dict[str, Artist] = {_LABELS[kind]: Patch(facecolor=_COLOURS[kind]) for kind in kinds}
    if beside:
        keys["without networks that did not train"] = Line2D([], [], **_DIAMOND)
    return keys


def _scatter(
    contenders: Sequence[ContenderLike], taus: Mapping[str, float], test: np.ndarray, rows: np.ndarray, name: str
) -> Picture:
    """A plot for each contender; at most so many points, evenly chosen."""
    shown = rows[np.unique(np.linspace(0, len(rows) - 1, _MOST_POINTS).astype(int))]
    count = -(-len(contenders) // _COLUMNS)
    title_size = 9.0 if all(len(one.name) <= _LONG for one in contenders) else 7.5
    with styled():
        height = 0.75 + 1.95 * count
        figure = Figure(figsize=(WIDTH, height))
        grid = figure.subplots(count, _COLUMNS, squeeze=False).ravel()
        for axes, one in zip(grid, contenders, strict=False):
            axes.scatter(
                100 * test[shown],
                one.values[shown],
                s=5,
                color=_COLOURS[one.kind],
                alpha=0.45 if len(shown) > 200 else 0.8,
                linewidths=0,
                rasterized=len(shown) > 500,
            )
            tau = taus[one.name]
            text = "" if np.isnan(tau) else f"   τ {tau:.2f}".replace("-", MINUS)
            axes.set_title(f"{shorten(one.name, 20)}{text}", fontsize=title_size)
            _limits(axes, 100 * test[rows], one.values[rows])
        for axes in grid[len(contenders) :]:
            axes.axis("off")
        left_out = ", without those that did not train" if name == "trained" else ""
        figure.text(
            0.05,
            0.1 / height,
            f"Across: test accuracy in percent of {len(rows):,} networks{left_out}. Up: the score, or the column "
            "as it stands in the table.",
            color=MUTED,
            fontsize=8.5,
        )
        figure.subplots_adjust(
            left=0.065, right=0.985, top=1 - 0.34 / height, bottom=0.58 / height, wspace=0.36, hspace=0.5
        )
        names = ", ".join(one.name for one in contenders)
        return render(figure, "scatter", f"Scores against test accuracy, for {names}.")


def _limits(axes: Axes, across: np.ndarray, up: np.ndarray) -> None:
    """Without the few at the ends: a network that scores −10⁹ would hide all others."""
    for values, setter in ((across, axes.set_xlim), (up, axes.set_ylim)):
        low, high = np.quantile(values, [_BORDER, 1 - _BORDER])
        room = 0.08 * (high - low) or max(1e-9, 0.05 * abs(high))
        setter(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _short(value: float) -> str:
    """`21.5 M`, `0.85`: at most four digits."""
    return magnitude(value).replace("-", MINUS) if abs(value) >= 1e4 else f"{value:.4g}".replace("-", MINUS)
