"""Figure 8: accuracy over how many connections of which kind a cell has."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from spikesearch.architectures.cell_edges import Edge
from spikesearch.reproduction.claims import Claim
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample, signed, signless
from spikesearch.reproduction.snasnet.search_spaces import CUT, by_score, everything
from spikesearch.reproduction.snasnet.searches import NAMES, as_cell
from spikesearch.reproduction.snasnet.trainings import Found

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS: Mapping[str, frozenset[str]] = {
    "connections": frozenset({"skip", "conv1x1", "conv3x3", "avgpool3x3"}),
    "skip": frozenset({"skip"}),
    "conv 3×3": frozenset({"conv3x3"}),
    "conv 1×1": frozenset({"conv1x1"}),
    "average pooling": frozenset({"avgpool3x3"}),
    "convolutions": frozenset({"conv1x1", "conv3x3"}),
}
ROWS: Mapping[str, tuple[str, Callable[[Edge], bool]]] = {
    "SNASNet-Fw": ("forward", lambda edge: not edge.feedback),
    "SNASNet-Bw, forward connections": ("feedback", lambda edge: not edge.feedback),
    "SNASNet-Bw, feedback": ("feedback", lambda edge: edge.feedback),
    "SNASNet-Bw, both": ("feedback", lambda edge: True),
}
"""The rows of the figure: which cells, and which of their connections are counted."""

# (row, kind, sign of the slope that the paper sees, its words)
_CONCLUSIONS = (
    ("SNASNet-Fw", "connections", 1, "forward cells: more connections are better"),
    ("SNASNet-Fw", "convolutions", 1, "forward cells: more convolutions are better"),
    ("SNASNet-Fw", "average pooling", -1, "forward cells: average pooling is not preferred"),
    ("SNASNet-Bw, forward connections", "convolutions", 1, "feedback cells: more forward convolutions are better"),
    ("SNASNet-Bw, feedback", "connections", -1, "feedback cells: few feedback connections are preferred"),
    ("SNASNet-Bw, feedback", "skip", -1, "feedback cells: feedback skips degrade accuracy"),
)


def figure8(lab: Lab) -> Result:
    """All cells that Tables 1 and 4 train: winners of three scores, and random ones."""
    data = lab.scale.ablation
    groups = {**everything(lab, data), **by_score(lab, "hamming", data)}
    cells = {
        direction: unique(
            [one for kind, some in groups.items() for one in some if kind.startswith(name) and kind != CUT]
        )
        for direction, name in NAMES.items()
    }
    rows = [_row(row, kind, cells) for row in ROWS for kind in KINDS]
    claims = [_claim(says, sign, row, *_points(row, kind, cells)) for row, kind, sign, says in _CONCLUSIONS]
    caption = f"Accuracy over the number of connections of a kind, {data.name}: straight lines through all cells."
    notes = [
        f"{len(cells['forward'])} forward and {len(cells['feedback'])} feedback cells, winners and random ones; the "
        "paper has the winners of 100 searches.",
        "Differences are slopes of straight lines through all cells (least squares), with the sign that the paper "
        "sees; ± is a standard error; numbers of connections of different kinds depend on one another.",
    ]
    return Result([Table(caption, rows)], claims, {"attributes": lambda: _drawn(cells)}, notes)


def _points(row: str, kind: str, cells: Mapping[str, Sequence[Found]]) -> tuple[list[int], list[float]]:
    """(Connections of that kind, accuracy) of each cell of a row."""
    direction, counted = ROWS[row]
    some = cells[direction]
    return [count(one.cell, kind, counted) for one in some], [one.network.accuracy.mean for one in some]


def _row(row: str, kind: str, cells: Mapping[str, Sequence[Found]]) -> dict[str, str]:
    x, y = _points(row, kind, cells)
    found = slope(x, y)
    shown = {"cells": row, "of": kind, "networks": f"{len(x)}", "number": f"{min(x)} to {max(x)}"}
    if found is None:
        return {**shown, "points of accuracy for each": "–"}
    value, error = found
    spread = "" if error is None else f" ± {signless(error, 2)}"
    return {**shown, "points of accuracy for each": f"{signed(value, 2)}{spread}"}


def _claim(says: str, sign: int, row: str, x: Sequence[int], y: Sequence[float]) -> Claim:
    n, found = len(x), slope(x, y)
    if found is None:
        has = f"each of the {n} cells has {x[0]}" if x[0] else f"none of the {n} cells has any"
        return Claim(says=says, difference=None, n=(n,), why=has)
    return Claim(
        says=says,
        difference=sign * found[0] + 0.0,
        error=found[1],
        freedom=n - 2 if n > 2 else math.inf,
        n=(n,),
        unit="points for each",
    )


def unique(cells: Sequence[Found]) -> list[Found]:
    """Each cell of each seed once."""
    return list({(one.seed, one.cell): one for one in cells}.values())


def count(text: str, kind: str, counted: Callable[[Edge], bool]) -> int:
    """How many connections of a kind a cell has, of those that count."""
    return sum(counted(edge) and edge.op.name in KINDS[kind] for edge in as_cell(text).edges)


def slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float | None] | None:
    """Of the least-squares line, with its standard error √(Σ residuals² / (n − 2) / Σ (x − x̄)²).

    None where all x are equal; no error of two points.
    """
    if len(set(x)) < 2:
        return None
    middle, level = sum(x) / len(x), sum(y) / len(y)
    spread = sum((one - middle) ** 2 for one in x)
    found = sum((one - middle) * (other - level) for one, other in zip(x, y, strict=True)) / spread
    if len(x) < 3:
        return found, None
    rest = sum((other - level - found * (one - middle)) ** 2 for one, other in zip(x, y, strict=True))
    return found, math.sqrt(rest / (len(x) - 2) / spread)


def _drawn(cells: Mapping[str, Sequence[Found]]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9), layout="constrained")
    shown = [kind for kind in KINDS if kind != "convolutions"]
    panels = figure.subplots(len(ROWS), len(shown), sharey=True, squeeze=False)
    for line, (row, (direction, counted)) in zip(panels, ROWS.items(), strict=True):
        for axes, kind in zip(line, shown, strict=True):
            _panel(axes, cells[direction], kind, counted)
        line[0].set_ylabel(f"{row}\naccuracy, %", fontsize=8)
    for axes, kind in zip(panels[0], shown, strict=True):
        axes.set_title(kind, fontsize=10)
    return figure


def _panel(axes: "Axes", cells: Sequence[Found], kind: str, counted: Callable[[Edge], bool]) -> None:
    """A dot for each cell, a line through the means."""
    by_number: dict[int, list[float]] = {}
    for one in cells:
        by_number.setdefault(count(one.cell, kind, counted), []).append(one.network.accuracy.mean)
    for number, values in by_number.items():
        axes.plot([number] * len(values), values, ".", color="C0", alpha=0.5)
    numbers = sorted(by_number)
    axes.plot(numbers, [Sample(tuple(by_number[number])).mean for number in numbers], "o-", color="C1")
    axes.set_xticks(numbers)
    axes.grid(alpha=0.3)
