"""Figure 4: whether scores put cells in the order that training gives them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikesearch.reproduction.claims import Claim, jackknife
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import signless
from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.search_spaces import CUT, RANDOM, everything
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, SCORES, searched
from spikesearch.reproduction.snasnet.trainings import Found
from spikesearch.strategies.rank_correlation import RankCorrelation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The paper's Kendall τ over 50 random cells.
FIGURE4 = {"hamming": 0.519, "sahd": 0.646}

_WHOLE = "winners and random cells"  # of random ones alone the paper speaks

Points = Sequence[tuple[Mapping[str, float], float]]
"""(Score by name, accuracy in per cent) of each cell."""


def figure4(lab: Lab) -> Result:
    """Random cells, and for more of them all that Table 1 trains, winners too."""
    data = lab.scale.ablation
    groups = everything(lab, data)
    scores = {seed: scores_of(lab, seed, data) for seed in range(lab.scale.seeds)}
    alone = [one for kind, cells in groups.items() if kind.endswith(RANDOM) for one in cells]
    whole = [one for kind, cells in groups.items() if kind != CUT for one in cells]
    points = {"random cells": points_of(alone, scores), _WHOLE: points_of(whole, scores)}
    rows = [
        {
            "cells": f"{len(some)} {name}",
            "score": score,
            "Kendall τ": _shown(tau(some, score)),
            "paper's τ, 50 random cells": f"{FIGURE4[score]:.3f}" if score in FIGURE4 else "–",
        }
        for name, some in points.items()
        for score in SCORES
    ]
    claims = [
        claim
        for name, some in points.items()
        for claim in _apart(
            f"SAHD orders {name} as training does more often than the Hamming distance", some, own=name == _WHOLE
        )
    ]
    notes = [
        f"Cells of {lab.scale.seeds} seeds together: each is scored on weights and images of its seed.",
        "The error of a difference of two τ is a jackknife's: each cell left out once.",
    ]
    table = Table(f"Order by score and by test accuracy, {data.name}; 1 is the same, 0 no relation.", rows)
    return Result([table], claims, {"scores": lambda: _drawn(points)}, notes)


def scores_of(lab: Lab, seed: int, data: DataSet) -> dict[str, dict[str, float]]:
    """Score → cell → value, of all cells that the searches of a seed saw."""
    return {
        score: {
            cell: value
            for direction in DIRECTIONS
            for cell, value in searched(lab, score, direction, seed, data).trials.items()
        }
        for score in SCORES
    }


def points_of(cells: Sequence[Found], scores: Mapping[int, Mapping[str, Mapping[str, float]]]) -> Points:
    """Each cell of each seed once."""
    each = {(one.seed, one.cell): one for one in cells}
    return [
        ({score: scores[seed][score][cell] for score in SCORES}, one.network.accuracy.mean)
        for (seed, cell), one in each.items()
    ]


def tau(points: Points, score: str) -> float | None:
    """Kendall's τ-b of a score and the accuracy; None of fewer than three cells, or where one side is all equal."""
    found = RankCorrelation.of_scores(score, [one[score] for one, _ in points], [value for _, value in points], "test")
    return None if found is None else found.accuracy_tau


def _apart(says: str, points: Points, *, own: bool) -> list[Claim]:
    def difference(some: Points) -> float | None:
        aware, plain = tau(some, "sahd"), tau(some, "hamming")
        return None if aware is None or plain is None else aware - plain

    found = difference(points)
    if found is None:
        return [Claim(says=says, difference=None, n=(len(points),), own=own, why="τ is not known of these cells")]
    error, n = jackknife(points, difference), len(points)
    return [Claim(says=says, difference=found, error=error, freedom=n - 1, n=(n,), own=own)]


def _shown(value: float | None) -> str:
    return "–" if value is None else signless(value, 3)


def _drawn(points: Mapping[str, Points]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    alone, whole = points.values()
    for axes, score in zip(figure.subplots(1, len(SCORES), sharey=True), SCORES, strict=True):
        for some, label, fill in ((whole, "all", "none"), (alone, "random", "full")):
            x, y = [one[score] for one, _ in some], [value for _, value in some]
            axes.plot(x, y, "o", color="C0", fillstyle=fill, label=label)
        axes.set_title(f"{score}: τ = {_shown(tau(alone, score))}, all {_shown(tau(whole, score))}", fontsize=10)
        axes.set_xlabel("score")
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("test accuracy, %")
    figure.axes[0].legend()
    return figure
