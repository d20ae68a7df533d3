"""Table 3: cells found on one data set, trained on another."""

from spikesearch.reproduction.claims import Claim, paired
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample, signed
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES
from spikesearch.reproduction.snasnet.trainings import Found, accuracy, train, winners

# The paper's accuracy in per cent, and the difference from the best cell found on the data set that is trained on.
TABLE3 = {
    ("forward", "cifar10", "cifar100"): (69.58, -0.62),
    ("forward", "cifar10", "tiny-imagenet"): (51.96, -0.62),
    ("forward", "cifar100", "cifar10"): (92.02, -0.14),
    ("forward", "cifar100", "tiny-imagenet"): (52.28, -0.30),
    ("forward", "tiny-imagenet", "cifar10"): (92.36, 0.20),
    ("forward", "tiny-imagenet", "cifar100"): (70.31, 0.11),
    ("feedback", "cifar10", "cifar100"): (73.09, -0.22),
    ("feedback", "cifar10", "tiny-imagenet"): (54.50, -0.91),
    ("feedback", "cifar100", "cifar10"): (92.93, -0.11),
    ("feedback", "cifar100", "tiny-imagenet"): (56.00, 0.59),
    ("feedback", "tiny-imagenet", "cifar10"): (92.84, -0.20),
    ("feedback", "tiny-imagenet", "cifar100"): (73.14, -0.17),
}
SMALL = 1.0
"""Points: what transfer costs in the paper is less."""


def table3(lab: Lab) -> Result:
    """The cell of each seed beside the one that the same seed found on the data set itself."""
    found = {(target.name): _trained_on(lab, target.name) for target in lab.scale.transfer}
    rows, claims = [], []
    for direction in DIRECTIONS:
        for source in lab.scale.transfer:
            for target in lab.scale.transfer:
                if source == target:
                    continue
                moved = found[target.name][direction, source.name]
                change = _change(moved, found[target.name][direction, target.name])
                rows.append(_row((direction, source.name, target.name), moved, change))
                says = (
                    f"cells found on {source.name} lose less than {SMALL:g} point on {target.name}: {NAMES[direction]}"
                )
                same = [one.cell for one in moved] == [one.cell for one in found[target.name][direction, target.name]]
                claims.append(_claim(says, change, same=same))
    caption = f"Winners of {lab.scale.seeds} searches by SAHD; test images, mean ± standard deviation; Δ seed by seed."
    note = "Δ is from the cells found on the data set itself, all seeds; the paper's from the most accurate one."
    notes = [note, *(one.note for one in lab.scale.transfer if one.note)]
    return Result([Table(caption, rows)], claims, notes=notes)


def _trained_on(lab: Lab, target: str) -> dict[tuple[str, str], list[Found]]:
    """(direction, data set of the search) → networks trained on the target, by seed; all cells side by side."""
    sets = {one.name: one for one in lab.scale.transfer}
    cells = {
        (direction, source): list(winners(lab, "sahd", direction, data).items())
        for direction in DIRECTIONS
        for source, data in sets.items()
    }
    networks = train(lab, [one for some in cells.values() for one in some], sets[target])
    return {kind: [networks[one] for one in some] for kind, some in cells.items()}


def _change(moved: list[Found], own: list[Found]) -> Sample:
    pairs = zip(moved, own, strict=True)
    return Sample(tuple(one.network.accuracy.mean - other.network.accuracy.mean for one, other in pairs))


def _claim(says: str, change: Sample, *, same: bool) -> Claim:
    if same:
        n = (len(change.values),)
        return Claim(says=says, difference=None, n=n, why="every seed found the same cell on both")
    return paired(says, Sample(tuple(value + SMALL for value in change.values)), unit="points")


def _row(kind: tuple[str, str, str], moved: list[Found], change: Sample) -> dict[str, str]:
    paper = TABLE3.get(kind)
    direction, source, target = kind
    return {
        "cells": NAMES[direction],
        "searched on": source,
        "trained on": target,
        "accuracy, %": accuracy(moved).text(2),
        "Δ": change.text(2) if change.mean < 0 else f"+{change.text(2)}",
        "paper's accuracy": "–" if paper is None else f"{paper[0]:.2f}",
        "paper's Δ": "–" if paper is None else signed(paper[1], 2),
    }
