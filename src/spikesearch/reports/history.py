"""The search history: the fitness of every candidate and the best so far, one panel for each λ.

One panel each, because fitness values of different λ cannot be compared.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spikesearch.reports import numbers
from spikesearch.reports.data import ReportData, TrialFigures
from spikesearch.reports.style import FAINT, GRID, INK, WIDTH, WINNERS, Picture, render, styled

_RASTER_FROM = 600
_MOST_BORDERS = 30  # more lines between generations would only be a grey ground


def best_so_far(values: Sequence[float]) -> list[float]:
    """Running maximum."""
    result: list[float] = []
    for value in values:
        result.append(max(value, result[-1]) if result else value)
    return result


def history(data: ReportData) -> Picture | None:
    """The figure, or None before the first evaluation."""
    lambdas = list(dict.fromkeys([winner.lam for winner in data.winners] + [trial.lam for trial in data.trials]))
    groups = [(i, lam, [trial for trial in data.trials if trial.lam == lam]) for i, lam in enumerate(lambdas)]
    groups = [group for group in groups if group[2]]
    if not groups:
        return None
    columns = 1 if len(groups) == 1 else 2 if len(groups) <= 4 else 3
    rows = -(-len(groups) // columns)
    with styled():
        height = 0.65 + 2.45 * rows
        figure = Figure(figsize=(WIDTH, height))
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, (i, lam, trials) in zip(panels, groups, strict=False):
            _panel(axes, lam, trials, WINNERS[i % len(WINNERS)], long_title=columns == 1)
        for axes in panels[len(groups) :]:
            axes.set_visible(False)
        figure.subplots_adjust(
            left=0.07, right=0.985, top=1 - 0.38 / height, bottom=0.5 / height, wspace=0.18, hspace=0.5
        )
        return render(figure, "history", f"Fitness of {len(data.trials)} evaluations and the best so far.")


def _panel(axes: Axes, lam: float, trials: Sequence[TrialFigures], colour: str, *, long_title: bool) -> None:
    places = range(1, len(trials) + 1)
    many = len(trials) > _RASTER_FROM
    borders = [i + 0.5 for i in range(1, len(trials)) if trials[i].generation != trials[i - 1].generation]
    if len(borders) > _MOST_BORDERS:
        borders = []
    for border in borders:
        axes.axvline(border, color=GRID, linewidth=0.8, zorder=1)
    axes.set_xlabel("evaluations; lines part the generations" if borders else "evaluations")
    axes.scatter(
        places,
        [trial.fitness for trial in trials],
        s=7 if many else 18,
        color=FAINT,
        alpha=0.45 if many else 0.7,
        linewidths=0,
        rasterized=many,
        zorder=2,
    )
    best = best_so_far([trial.fitness for trial in trials])
    axes.plot(places, best, color=colour, drawstyle="steps-post", marker="o" if len(trials) == 1 else None, zorder=3)
    axes.annotate(
        f"best {numbers.fitness(best[-1])}",
        (len(trials), best[-1]),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
        color=INK,
        fontsize=8.5,
    )
    what = "Fitness of each candidate and the best so far, " if long_title else ""
    axes.set_title(f"{what}λ = {numbers.lam(lam)}")
    axes.set_ylabel("fitness")
    axes.grid(axis="x", visible=False)
    axes.margins(x=0.02, y=0.14)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
