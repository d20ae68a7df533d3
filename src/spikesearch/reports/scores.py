"""Training-free scores of a search: over the parameters, which any score should beat, and one after the other."""

import math
import statistics
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spikesearch.reports import numbers
from spikesearch.reports.data import ReportData, ScoredFigures
from spikesearch.reports.history import best_so_far
from spikesearch.reports.series import Series
from spikesearch.reports.style import FAINT, INK, PAPER, WIDTH, WINNERS, Picture, legend_below, render, styled

_RASTER_FROM = 600
_DEEP = 6.0  # the part of the figure below the median / that above it, at most


def scores(data: ReportData, series: Sequence[Series]) -> Picture | None:
    """Score over parameters, and the scores in order of evaluation; None where nothing was scored."""
    if data.score is None or not data.scored:
        return None
    with styled():
        figure = Figure(figsize=(WIDTH, 4.6))
        left, right = figure.subplots(1, 2, sharey=True)
        keys: dict[str, Artist] = {}
        _over_parameters(left, data, series, keys)
        _in_order(right, data)
        left.set_ylim(bottom=_floor(data, *left.get_ylim()))
        below = legend_below(figure, keys)
        height = 4.2 + below
        figure.set_size_inches(WIDTH, height)
        figure.subplots_adjust(
            left=0.085, right=0.985, top=1 - 0.42 / height, bottom=(0.56 + below) / height, wspace=0.08
        )
        return render(
            figure, "scores", f"The score {data.score.name} of {len(data.scored)} candidates over their parameters."
        )


def scores_caption(data: ReportData) -> str:
    """What the panels show, in words."""
    if data.score is None:
        return ""
    words = [f"{data.score.name}: {data.score.description}." if data.score.description else ""]
    words.append("Each grey dot is a candidate. Scores are computed without training; larger is predicted better.")
    if data.score.kept:
        words.append("The dark ones were kept, and searched with shared weights.")
    if low := sum(one.score < _floor(data) for one in data.scored):
        words.append(f"{low:,} of them lie below the figure.")
    words.append("Parameters are those of the network to be trained. Right: the line is the best so far.")
    return " ".join(filter(None, words))


def _floor(data: ReportData, low: float = -math.inf, _: float = math.inf) -> float:
    """Where the figure ends below: a network that cannot learn may have -1e9, beside which all others look alike."""
    values = [one.score for one in data.scored]
    median = statistics.median(values)
    floor = median - _DEEP * (max(values) - median)
    return max(low, floor) if floor < median else low


def kept_of(data: ReportData) -> list[ScoredFigures]:
    """The best, which shared weights have seen; none where the score alone decided."""
    return best_of(data)[: data.score.kept] if data.score else []


def best_of(data: ReportData) -> list[ScoredFigures]:
    """All of them, the best first; of equals that with fewer parameters."""
    return sorted(data.scored, key=lambda one: (-one.score, one.parameters, one.architecture))


def _over_parameters(axes: Axes, data: ReportData, series: Sequence[Series], keys: dict[str, Artist]) -> None:
    _cloud(axes, [one.parameters for one in data.scored], [one.score for one in data.scored], FAINT)
    keys["candidate"] = _key("o", FAINT, 5)
    if kept := kept_of(data):
        _cloud(axes, [one.parameters for one in kept], [one.score for one in kept], INK)
        keys["kept"] = _key("o", INK, 5)
    known = {one.architecture: one.score for one in data.scored}
    for one in series:
        score = known.get(one.network.architecture) if one.network.score is None else one.network.score
        if score is None:
            continue
        axes.scatter(
            one.network.parameters,
            score,
            s=one.size,
            marker=one.marker,
            facecolor=one.colour,
            edgecolor=PAPER,
            linewidths=0.8,
            zorder=5 if one.winner else 6,  # a star is larger: what has the same figures is seen on it
        )
        keys[one.label] = _key(one.marker, one.colour, 8 + 3 * (one.marker == "*"))
    axes.set_title("Score and size")
    axes.set_xlabel("parameters")
    axes.set_ylabel(data.score.name if data.score else "")
    axes.margins(0.06)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: numbers.magnitude(value) if value >= 0 else ""))


def _in_order(axes: Axes, data: ReportData) -> None:
    values = [one.score for one in data.scored]
    places = [one.number + 1 for one in data.scored]
    _cloud(axes, places, values, FAINT)
    best = best_so_far(values)
    axes.plot(
        places, best, color=WINNERS[0], drawstyle="steps-post", marker="o" if len(places) == 1 else None, zorder=3
    )
    axes.annotate(
        f"best {score_text(best[-1])}",
        (places[-1], best[-1]),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
        color=INK,
        fontsize=8.5,
    )
    axes.set_title("In order of evaluation")
    axes.set_xlabel("candidates scored")
    axes.grid(axis="x", visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def score_text(value: float | None) -> str:
    """Five digits: `1.2346`, `−12,346`."""
    if value is None:
        return numbers.NONE
    return (
        f"{value:,.0f}".replace("-", numbers.MINUS) if abs(value) >= 1e4 else f"{value:.5g}".replace("-", numbers.MINUS)
    )


def _cloud(axes: Axes, x: Sequence[float], y: Sequence[float], colour: str) -> None:
    many = len(x) > _RASTER_FROM
    axes.scatter(
        x,
        y,
        s=9 if many else 22,
        color=colour,
        alpha=0.4 if many else 0.6,
        linewidths=0,
        rasterized=many,
        zorder=2 if colour == FAINT else 3,
    )


def _key(marker: str, colour: str, size: float) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=colour, markeredgecolor=PAPER
    )
