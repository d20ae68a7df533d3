"""Figure 7: training curves of cells."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from spikesearch.reproduction.claims import above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.snasnet.search_spaces import RANDOM, SEARCHED, everything, kind_of
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES
from spikesearch.reproduction.snasnet.trainings import Found, accuracy

if TYPE_CHECKING:
    from matplotlib.figure import Figure


Curve = Sequence[tuple[float, float]]


def figure7(lab: Lab) -> Result:
    """Searched and random cells, with and without feedback."""
    data = lab.scale.ablation
    found = everything(lab, data)
    groups = {
        kind: found[kind]
        for direction in DIRECTIONS
        for kind in (kind_of(direction, SEARCHED), kind_of(direction, RANDOM))
    }
    rows = [
        {
            "cells": kind,
            "networks": f"{len(cells)}",
            "loss, mean of all epochs": mean_loss(cells).text(3),
            "loss, last epoch": _sample(cells, lambda curve: curve[-1][0]).text(3),
            "training accuracy, last epoch, %": _sample(cells, lambda curve: 100 * curve[-1][1]).text(2),
            "test accuracy, %": accuracy(cells).text(2),
        }
        for kind, cells in groups.items()
    ]
    claims = []
    for direction in DIRECTIONS:
        searched, drawn = (groups[kind_of(direction, how)] for how in (SEARCHED, RANDOM))
        says = f"searched cells converge faster than random ones (mean loss): {NAMES[direction]}"
        claims.append(above(says, mean_loss(drawn), mean_loss(searched), digits=3, own=True))
        says = f"searched cells are more accurate in the end: {NAMES[direction]}"
        claims.append(above(says, accuracy(searched), accuracy(drawn), unit="points", own=True))
    note = (
        "The paper shows curves of searched cells alone and says that they converge fast; random cells are added here."
    )
    caption = f"Training on {data.name}; mean ± standard deviation over cells and seeds."
    return Result([Table(caption, rows)], claims, {"curves": lambda: _drawn(groups)}, [note])


def mean_loss(cells: Sequence[Found]) -> Sample:
    """Training loss, mean over all epochs: small where it falls soon."""
    return _sample(cells, lambda curve: sum(loss for loss, _ in curve) / len(curve))


def _sample(cells: Sequence[Found], quantity: Callable[[Curve], float]) -> Sample:
    return Sample(tuple(quantity(one.network.curve) for one in cells))


def _drawn(groups: Mapping[str, Sequence[Found]]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    loss, right = figure.subplots(1, 2)
    for number, (kind, cells) in enumerate(groups.items()):
        for one in cells:
            label = kind if one is cells[0] else None
            epochs = range(1, len(one.network.curve) + 1)
            how = {"color": f"C{number}", "marker": "." if len(epochs) < 5 else "", "alpha": 0.8}
            loss.plot(epochs, [value for value, _ in one.network.curve], label=label, **how)
            right.plot(epochs, [100 * value for _, value in one.network.curve], **how)
    loss.set_ylabel("training loss")
    right.set_ylabel("training accuracy, %")
    loss.legend(fontsize=8)
    for axes in (loss, right):
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    return figure
