"""The trade-off plot: accuracy against spikes per image, after AutoSNN's Fig. 1 and 5.

Two panels, because the two accuracies must not be mistaken for each other: on the left the search's estimates (shared
weights of the supernet, validation images, hollow markers), on the right networks trained from scratch (test images,
filled markers). A network has the same colour and shape in both.
"""

import itertools
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox, BboxBase

from spikesearch.reports import numbers, repeats
from spikesearch.reports.candidates import distinct, front
from spikesearch.reports.data import ReportData
from spikesearch.reports.series import Series
from spikesearch.reports.style import (
    FAINT,
    INK,
    PAPER,
    WIDTH,
    Picture,
    legend_below,
    percent_axis,
    render,
    spikes_axis,
    styled,
)
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.objectives import pareto_front

_LEAST_FOR_FRONT = 3  # networks: through two, the line would say nothing
# Where a name may stand beside its point: (points to the right, points up, the side that is aligned).
_PLACES = (
    *((9, 0, "left"), (-9, 0, "right"), (7, 9, "left"), (-7, 9, "right"), (7, -9, "left"), (-7, -9, "right")),
    *(
        (0, 14, "center"),
        (0, -14, "center"),
        (10, 16, "left"),
        (-10, 16, "right"),
        (10, -16, "left"),
        (-10, -16, "right"),
    ),
)
_RASTER_FROM = 600  # points: a cloud beyond this is drawn as pixels, or the page grows by megabytes


def tradeoff(data: ReportData, series: Sequence[Series]) -> Picture | None:
    """The figure, or None while nothing has been evaluated, or where nothing spikes."""
    searched, trained = _panels(data, series)
    if not data.spiking or not (searched or trained):
        return None
    with styled():
        figure = Figure(figsize=(WIDTH, 4.6))
        panels = figure.subplots(1, searched + trained, squeeze=False)[0]
        keys: dict[str, Artist] = {}
        if searched:
            _estimates(panels[0], data, series, keys)
        if trained:
            _trained(panels[-1], series, keys)
        below = legend_below(figure, keys)
        height = 4.2 + below
        figure.set_size_inches(WIDTH, height)
        figure.subplots_adjust(
            left=0.07, right=0.985, top=1 - 0.42 / height, bottom=(0.56 + below) / height, wspace=0.2
        )
        if trained:
            _name_points(panels[-1], series)
        parts = [f"{len(distinct(data.trials))} candidates"] * bool(data.trials) + [one.label for one in series]
        return render(figure, "tradeoff", f"Accuracy against spikes per image: {', '.join(parts)}.")


def tradeoff_caption(data: ReportData, series: Sequence[Series]) -> str:
    """What the panels show, in words."""
    searched, trained = _panels(data, series)
    words = ["Up and to the left is better."]
    if searched:
        words.append(f"{'Left' if trained else 'Here'}: estimates with the supernet's weights on validation images.")
    if data.trials:
        words.append("Each grey dot is a candidate of the search.")
    if trained:
        words.append(
            f"{'Right' if searched else 'Here'}: networks trained from scratch, on test images; " + _lines(series)
        )
        if _trained_front(series):
            words.append("The line through them is their Pareto front, of test images, which chose nothing.")
    if searched and trained:
        words.append("The two accuracies are different things and must not be compared with each other.")
    return " ".join(words)


def _lines(series: Sequence[Series]) -> str:
    """What the lines through the markers are."""
    several = {repeats.accuracy_deviation(one.network) is not None for one in series if one.network.test}
    error = "one standard error of the accuracy up and down"
    spread = "one standard deviation over the trainings of the network, in accuracy and in spikes"
    if several == {True}:
        return f"the markers are means, the lines {spread}."
    if several == {False}:
        return f"the lines are {error}."
    return f"the lines are {spread}, or {error} where it was trained once."


def _panels(data: ReportData, series: Sequence[Series]) -> tuple[bool, bool]:
    """Whether there are estimates, and whether there are trained networks."""
    return (
        bool(data.trials) or any(one.network.shared for one in series),
        any(one.network.test for one in series),
    )


def _estimates(axes: Axes, data: ReportData, series: Sequence[Series], keys: dict[str, Artist]) -> None:
    """Left: what the search saw."""
    cloud = distinct(data.trials)
    if cloud:
        axes.scatter(
            [trial.spikes_per_image for trial in cloud],
            [100 * trial.accuracy for trial in cloud],
            s=26 if len(cloud) <= _RASTER_FROM else 12,
            color=FAINT,
            alpha=0.55 if len(cloud) <= _RASTER_FROM else 0.35,
            linewidths=0,
            rasterized=len(cloud) > _RASTER_FROM,
            zorder=2,
        )
        keys["candidate"] = _key("o", FAINT, filled=True, size=5)
    best = front(data.trials)
    if best:
        axes.plot(
            [trial.spikes_per_image for trial in best],
            [100 * trial.accuracy for trial in best],
            color=INK,
            linewidth=1.1,
            marker="o",
            markersize=3.6,
            drawstyle="steps-post",
            zorder=3,
        )
        keys["Pareto front"] = Line2D([], [], color=INK, linewidth=1.1, marker="o", markersize=3.6)
    for one in series:
        if one.network.shared:
            _mark(axes, one, one.network.shared, filled=False)
            keys.setdefault(one.label, _key(one.marker, one.colour, filled=False))
    axes.set_title("Estimates: shared weights, validation images")
    _label(axes, "validation accuracy (estimate)")


def _trained(axes: Axes, series: Sequence[Series], keys: dict[str, Artist]) -> None:
    """Right: what training from scratch made of it."""
    best = _trained_front(series)
    if best:
        axes.plot(
            [measured.spikes_per_image for measured in best],
            [100 * measured.accuracy for measured in best],
            color=INK,
            linewidth=1.1,
            drawstyle="steps-post",
            zorder=3,
        )
        keys.setdefault("Pareto front", Line2D([], [], color=INK, linewidth=1.1))
    for one in series:
        if one.network.test:
            _mark(axes, one, one.network.test, filled=True)
            _spread(axes, one, one.network.test)
            keys[one.label] = _key(one.marker, one.colour, filled=True)
    axes.set_title("Trained from scratch: test images")
    _label(axes, "test accuracy")


def _trained_front(series: Sequence[Series]) -> list[Measurement]:
    """The trained networks that no other beats, fewest spikes first; none of fewer than three, or if one beats all."""
    tests = [one.network.test for one in series]
    tested = [test for test in tests if test and test.spikes_per_image > 0]
    if len(tested) < _LEAST_FOR_FRONT:
        return []
    best = [tested[index] for index in pareto_front([(test.accuracy, test.spikes_per_image) for test in tested])]
    return best if len(best) > 1 else []


def _name_points(axes: Axes, series: Sequence[Series]) -> None:
    """Names beside the trained networks, wherever one fits; the legend has them all anyway."""
    taken: list[Bbox] = []
    tested = [(one, one.network.test) for one in series if one.network.test]
    for one, measured in tested:
        x, y = axes.transData.transform((measured.spikes_per_image, 100 * measured.accuracy))
        taken.append(Bbox.from_bounds(x - 7, y - 7, 14, 14))
        error = _error(one, measured)
        ends = axes.transData.transform([(0, 100 * measured.accuracy + sign * error) for sign in (-1, 1)])
        taken.append(Bbox.from_extents(x - 1, ends[0][1], x + 1, ends[1][1]))
        wide = repeats.spikes_deviation(one.network) or 0.0
        sides = axes.transData.transform([(measured.spikes_per_image + sign * wide, 0) for sign in (-1, 1)])
        taken.append(Bbox.from_extents(sides[0][0], y - 1, sides[1][0], y + 1))
    taken += _stairs(axes, _trained_front(series))
    for one, measured in tested:
        for dx, dy, side in _PLACES:
            text = axes.annotate(
                one.label,
                (measured.spikes_per_image, 100 * measured.accuracy),
                xytext=(dx, dy),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8.5,
                zorder=7,
            )
            place = text.get_window_extent()
            if not any(place.overlaps(other) for other in taken) and _inside(place, axes.bbox):
                taken.append(place)
                break
            text.remove()


def _stairs(axes: Axes, best: Sequence[Measurement]) -> list[Bbox]:
    """Where the line of the front runs: along, then up."""
    found: list[Bbox] = []
    if not best:
        return found
    corners = axes.transData.transform([(one.spikes_per_image, 100 * one.accuracy) for one in best])
    for (x, y), (next_x, next_y) in itertools.pairwise(corners):
        found += [Bbox.from_extents(x, y - 1, next_x, y + 1), Bbox.from_extents(next_x - 1, y, next_x + 1, next_y)]
    return found


def _inside(place: Bbox, room: BboxBase) -> bool:
    return bool(place.x0 >= room.x0 and place.x1 <= room.x1 and place.y0 >= room.y0 and place.y1 <= room.y1)


def _mark(axes: Axes, one: Series, measured: Measurement, *, filled: bool) -> None:
    spikes, accuracy = measured.spikes_per_image, 100 * measured.accuracy
    axes.scatter(
        spikes,
        accuracy,
        s=one.size,
        marker=one.marker,
        facecolor=one.colour if filled else PAPER,
        edgecolor=PAPER if filled else one.colour,
        linewidths=0.8 if filled else 1.6,
        zorder=5 if one.winner else 6,  # a star is larger: what has the same figures is seen on it
        clip_on=False,  # at the border, as with no error at all, it is shown whole
    )


def _spread(axes: Axes, one: Series, measured: Measurement) -> None:
    """Lines of one standard deviation over the trainings; of one training, of the standard error of its accuracy."""
    wide = repeats.spikes_deviation(one.network)
    if wide is None and not measured.images:
        return
    axes.errorbar(
        measured.spikes_per_image,
        100 * measured.accuracy,
        yerr=_error(one, measured),
        xerr=wide,
        color=one.colour,
        linewidth=1.0,
        zorder=4,
    )


def _error(one: Series, measured: Measurement) -> float:
    """Half of the line up and down, in points."""
    deviation = repeats.accuracy_deviation(one.network)
    if deviation is not None:
        return 100 * deviation
    return 100 * numbers.standard_error(measured.accuracy, measured.images)


def _label(axes: Axes, accuracy: str) -> None:
    axes.margins(0.09)
    axes.set_xlabel("spikes per image")
    axes.set_ylabel(accuracy)
    percent_axis(axes)
    spikes_axis(axes)


def _key(marker: str, colour: str, *, filled: bool, size: float = 8) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=size + 3 * (marker == "*"),
        markerfacecolor=colour if filled else PAPER,
        markeredgecolor=PAPER if filled and size > 5 else colour,
        markeredgewidth=0.8 if filled else 1.5,
    )
