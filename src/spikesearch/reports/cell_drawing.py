"""Cells drawn, after SNASNet's Fig. 6: nodes in a row, an arrow for each connection with its operation on it.

Six pairs of nodes are connected at most, each in one direction. Neighbours are joined by straight lines, 0 and 2 above
them, 1 and 3 below, 0 and 3 above everything: so no two arrows cross, whatever the cell. Forward arrows are solid,
feedback is dashed. Places are in hundredths of an inch from the upper left corner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.cell_edges import NODES, OUTPUT, Edge, EdgeOp, alive_nodes, has_way
from spikesearch.architectures.cells import CELL_PREFIX, CellArchitecture
from spikesearch.architectures.spikenas_bench import BENCH_PREFIX, BenchArchitecture
from spikesearch.architectures.text import as_architecture, parse
from spikesearch.errors import UserError
from spikesearch.reports import numbers
from spikesearch.reports.series import Series
from spikesearch.reports.style import (
    BOX,
    BOX_INK,
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

Cell = CellArchitecture | BenchArchitecture

MOST_CELLS = 8
"""Of one figure; the table of the page has them all."""

_PER_ROW = 2
_PANEL, _BAND = 480, 272  # width and height of one cell
_FIRST, _STEP = 74, 111  # of node 0, and between nodes
_LINE = 188  # height of the nodes' middles
_RADIUS = 15
_GAP = 3  # between a node and an arrow
_BESIDE = 15  # that the name of an operation stands above a straight arrow, which is too short to carry it
_FORWARD, _FEEDBACK = WINNERS[1], WINNERS[0]
# How far up the handles of the curves lie, and how far inwards; the curve reaches three quarters of that height.
_CURVES = {(0, 2): (74, 46), (1, 3): (-74, 46), (0, 3): (146, 34)}

# By the operation's name; light enough for dark text in both themes.
_PILLS: Mapping[str, tuple[str, str, str]] = {
    "skip": ("skip", BOX, "skip: passed on as it is"),
    "conv1x1": ("conv 1×1", "#cfe3f5", "neuron – conv 1×1 – BN"),
    "conv3x3": ("conv 3×3", "#9cc7ea", "neuron – conv 3×3 – BN"),
    "avgpool3x3": ("pool 3×3", "#f5c767", "average pooling 3×3"),
    "conv3x3_v0.5": ("V_th 0.5", "#d7eec0", "neuron of threshold 0.5 – conv 3×3 – BN"),
    "conv3x3_v1.0": ("V_th 1.0", "#b3dc8a", "neuron of threshold 1.0 – conv 3×3 – BN"),
    "conv3x3_v1.5": ("V_th 1.5", "#8cc258", "neuron of threshold 1.5 – conv 3×3 – BN"),
}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One cell of a figure.

    Attributes:
        cell: what is drawn.
        title: above it, in bold.
        notes: lines below the title.
    """

    cell: Cell
    title: str
    notes: tuple[str, ...] = ()


def draw_cell(architecture: str | Architecture) -> str:
    """A cell as an SVG document, with a legend. The same cell gives the same text.

    Args:
        architecture: a cell of SNASNet or an entry of SpikeNAS-Bench, or its text.

    Raises:
        UserError: it is something else.
    """
    cell = as_architecture(architecture)
    if not isinstance(cell, Cell):
        raise UserError(f"'{cell}' is no cell: give such as 'snasnet: 0302 0030 3003 0000' or 'spikenas-bench:12617'")
    return draw_panels([Panel(cell=cell, title=str(cell))], "cell").svg


def cells(series: Sequence[Series]) -> Picture | None:
    """The networks of a report that are cells, each cell once, or None where there are none."""
    panels: dict[str, Panel] = {}
    for one in series:
        text = one.network.architecture
        cell = cell_of(text)
        if cell is not None and text not in panels and len(panels) < MOST_CELLS:
            named = () if text.endswith(one.label) else (text,)
            panels[text] = Panel(cell=cell, title=one.label, notes=(*named, *_measured(one)))
    return draw_panels(list(panels.values()), "cells") if panels else None


def cell_of(text: str) -> Cell | None:
    """The cell that an architecture is, or None."""
    if text.partition(":")[0] not in (CELL_PREFIX, BENCH_PREFIX):
        return None
    found = parse(text)
    return found if isinstance(found, Cell) else None


def _measured(one: Series) -> tuple[str, ...]:
    test = one.network.test
    if test is None:
        return ()
    accuracy = numbers.percent(test.accuracy, test.images)
    return (f"{accuracy} test accuracy, {numbers.spikes(test.spikes_per_image)} spikes per image",)


def draw_panels(panels: Sequence[Panel], name: str) -> Picture:
    """Cells side by side with one legend."""
    columns = min(_PER_ROW, len(panels))
    rows = -(-len(panels) // columns)
    width = WIDTH if columns > 1 else _PANEL / 100
    with styled():
        figure = Figure(figsize=(width, 1.0))
        below = legend_below(figure, _keys(panels))
        height = _BAND * rows + 100 * below
        figure.set_size_inches(width, height / 100)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, 100 * width)
        axes.set_ylim(height, 0)
        axes.axis("off")
        for place, panel in enumerate(panels):
            _draw(axes, panel, _PANEL * (place % columns), _BAND * (place // columns))
        told = "; ".join(f"{panel.title}: {_words(panel.cell)}" for panel in panels)
        return render(figure, name, f"Cells and their connections. {told}.")


def connection_words(edge: Edge) -> str:
    """`0 → 1`, `2 → 0, feedback`."""
    return f"{edge.source} → {edge.target}" + (", feedback" if edge.feedback else "")


def op_words(op: EdgeOp) -> str:
    """As it is written on the arrow: `conv 3×3`."""
    return _PILLS[op.name][0]


def _words(cell: Cell) -> str:
    """The connections in words, for those who do not see them."""
    if not cell.edges:
        return "no connections"
    return ", ".join(
        f"{op_words(edge.op)} {'back ' if edge.feedback else ''}from {edge.source} to {edge.target}"
        for edge in cell.edges
    )


def _keys(panels: Sequence[Panel]) -> dict[str, Artist]:
    """What the legend explains: only what occurs."""
    edges = [edge for panel in panels for edge in panel.cell.edges]
    keys: dict[str, Artist] = {}
    if any(not edge.feedback for edge in edges):
        keys["within a timestep"] = Line2D([], [], color=_FORWARD)
    if any(edge.feedback for edge in edges):
        keys["feedback: arrives one timestep later"] = Line2D([], [], color=_FEEDBACK, linestyle=(0, (4, 2.5)))
    if any(_dead(panel.cell) for panel in panels):
        keys["without effect on the output"] = Line2D([], [], color=FAINT)
    for name, (_, colour, words) in _PILLS.items():
        if any(edge.op.name == name for edge in edges):
            keys[words] = Patch(facecolor=colour)
    return keys


def _draw(axes: Axes, panel: Panel, x: float, y: float) -> None:
    axes.text(x + 18, y + 20, shorten(panel.title, 52), va="center", fontweight="bold")
    for number, note in enumerate(panel.notes):
        axes.text(x + 18, y + 38 + 16 * number, shorten(note, 64), va="center", color=MUTED, fontsize=8.5)
    dead, alive = _dead(panel.cell), alive_nodes(_links(panel.cell))
    for edge in panel.cell.edges:
        _arrow(axes, edge, x, y + _LINE, alive=edge not in dead)
    if not has_way(_links(panel.cell)):
        axes.text(x + _PANEL / 2, y + _BAND - 12, "no way from input to output", ha="center", color=MUTED, fontsize=8.5)
    for node in range(NODES):
        _node(axes, node, x + _FIRST + _STEP * node, y + _LINE, alive=node in alive)
    for text, place, side in (("input", _FIRST - _RADIUS - 7, "right"), ("output", _FIRST + 3 * _STEP + 22, "left")):
        axes.text(x + place, y + _LINE, text, ha=side, va="center", color=MUTED, fontsize=8.5)


def _node(axes: Axes, node: int, x: float, y: float, *, alive: bool) -> None:
    end = node in (0, OUTPUT)
    axes.add_patch(
        Circle(
            (x, y),
            _RADIUS,
            facecolor=BOX if end else PAPER,
            edgecolor=INK if alive else FAINT,
            linewidth=1.2,
            linestyle="-" if alive else (0, (3, 2)),
            zorder=4,
        )
    )
    colour = INK if alive else MUTED
    axes.text(x, y + 0.5, str(node), ha="center", va="center", color=colour, fontweight="bold", zorder=5)


def _arrow(axes: Axes, edge: Edge, x: float, y: float, *, alive: bool) -> None:
    """One connection; of a dead node in grey."""
    points = _curve(min(edge.source, edge.target), max(edge.source, edge.target))
    points = (points[::-1] if edge.feedback else points) + np.array([x, y])
    colour = FAINT if not alive else _FEEDBACK if edge.feedback else _FORWARD
    points, whole = _outside_nodes(points), points
    line = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    # The shaft and the head apart: a dashed head looks torn.
    axes.add_patch(
        FancyArrowPatch(
            path=line,
            arrowstyle="-",
            color=colour,
            linewidth=1.6,
            linestyle=(0, (4, 2.5)) if edge.feedback else "-",
            zorder=2,
        )
    )
    head = Path(_part(points, 0.93, 1.0), line.codes)
    axes.add_patch(FancyArrowPatch(path=head, arrowstyle="-|>", color=colour, mutation_scale=11, linewidth=0, zorder=3))
    middle = _part(whole, 0.5, 0.5)[0]
    straight = abs(edge.source - edge.target) == 1
    _pill(axes, edge.op, middle[0], middle[1] - _BESIDE * straight, alive=alive)


def _pill(axes: Axes, op: EdgeOp, x: float, y: float, *, alive: bool) -> None:
    text, colour, _ = _PILLS[op.name]
    width, height = 6.3 * len(text) + 10, 17
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2 + 3, y - height / 2 + 3),
            width - 6,
            height - 6,
            boxstyle="round,pad=3,rounding_size=5",
            facecolor=colour if alive else PAPER,
            edgecolor=PAPER if alive else FAINT,
            linewidth=1.0,
            zorder=5,
        )
    )
    ink = MUTED if not alive else INK if colour == BOX else BOX_INK
    axes.text(x, y + 0.5, text, ha="center", va="center", fontsize=8, color=ink, zorder=6)


def _curve(first: int, second: int) -> np.ndarray:
    """The four points of the cubic curve from the left to the right one of two nodes, from node 0's line, [4, 2]."""
    left, right = _FIRST + _STEP * first, _FIRST + _STEP * second
    up, inwards = _CURVES.get((first, second), (0, (right - left) / 3))
    return np.array([(left, 0.0), (left + inwards, -up), (right - inwards, -up), (right, 0.0)])


def _part(points: np.ndarray, begin: float, end: float) -> np.ndarray:
    """The part of a cubic curve between two parameters, as a cubic curve, [4, 2] (de Casteljau, by polar forms)."""

    def polar(*parameters: float) -> np.ndarray:
        left = points
        for t in parameters:
            left = (1 - t) * left[:-1] + t * left[1:]
        found: np.ndarray = left[0]
        return found

    return np.array([polar(*[begin] * (3 - number), *[end] * number) for number in range(4)])


def _outside_nodes(points: np.ndarray) -> np.ndarray:
    """The curve without what lies within its nodes and beside them."""
    steps = np.linspace(0, 1, 401)
    places = np.array([_part(points, t, t)[0] for t in steps])
    free = [np.hypot(*(places - points[end]).T) > _RADIUS + _GAP for end in (0, 3)]
    outside = steps[free[0] & free[1]]
    return _part(points, float(outside[0]), float(outside[-1]))


def _links(cell: Cell) -> list[tuple[int, int]]:
    return [(edge.source, edge.target) for edge in cell.edges]


def _dead(cell: Cell) -> list[Edge]:
    """The connections of dead nodes."""
    alive = alive_nodes(_links(cell))
    return [edge for edge in cell.edges if not {edge.source, edge.target} <= alive]
