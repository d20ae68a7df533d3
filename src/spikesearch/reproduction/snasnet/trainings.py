"""What is trained of each search seed: winners and random cells alike. All items share these networks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spikesearch.reproduction.claims import Claim, paired
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.sample import Sample, signed
from spikesearch.reproduction.scales import DataSet, Settings
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, searched, winner


@dataclass(frozen=True)
class Found:
    """One cell that was trained.

    Attributes:
        seed: of the search and of the training.
        cell: canonical text.
        network: what came of it.
    """

    seed: int
    cell: str
    network: Trained


def winners(lab: Lab, score: str, direction: str, data: DataSet) -> dict[int, str]:
    """The best cell of each search, by seed."""
    return {seed: winner(searched(lab, score, direction, seed, data).trials) for seed in range(lab.scale.seeds)}


def random_cells(lab: Lab, direction: str, data: DataSet) -> dict[int, list[str]]:
    """The first cells that each search draws: random ones, which every score has scored. Of both directions and all
    seeds together `scale.few`, or a few more, as every seed has as many."""
    count = -(-lab.scale.few // (lab.scale.seeds * len(DIRECTIONS)))
    return {seed: list(searched(lab, "sahd", direction, seed, data).trials)[:count] for seed in range(lab.scale.seeds)}


def train(
    lab: Lab, wanted: Iterable[tuple[int, str]], data: DataSet, settings: Settings | None = None
) -> dict[tuple[int, str], Found]:
    """Train cells, each with the seed of its search, all cells of a seed side by side.

    Args:
        lab: where.
        wanted: (seed, text) of each.
        data: on which data set.
        settings: laid over the scale's.
    """
    by_seed: dict[int, dict[str, None]] = {}
    for seed, cell in wanted:
        by_seed.setdefault(seed, {}).setdefault(cell)
    found: dict[tuple[int, str], Found] = {}
    for seed, cells in sorted(by_seed.items()):
        own = data.laid_over({**(settings or {}), "run": {"seed": seed}})
        networks = lab.trained(list(cells), own, recipe=data.recipe)
        found |= {(seed, cell): Found(seed, cell, network) for cell, network in zip(cells, networks, strict=True)}
    return found


def accuracy(found: Sequence[Found]) -> Sample:
    """In per cent, one value of each cell and seed."""
    return Sample(tuple(one.network.accuracy.mean for one in found))


def spikes(found: Sequence[Found]) -> Sample:
    """Per image, one value of each cell and seed."""
    return Sample(tuple(one.network.spikes.mean for one in found))


def group_row(name: str, found: Sequence[Found], beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """Mean ± deviation over cells and seeds; after the name whatever else tells the row from others."""
    shown = {"cells": name, **(beside or {}), "networks": f"{len(found)}"}
    if not found:
        return {**shown, "accuracy, %": "–", "spikes": "–", "parameters": "–"}
    return {
        **shown,
        "accuracy, %": accuracy(found).text(2),
        "spikes": spikes(found).text(0),
        "parameters": Sample(tuple(float(one.network.parameters) for one in found)).text(0),
    }


def beside_paper(found: Sequence[Found], paper: tuple[float, float | None] | None) -> dict[str, str]:
    """The paper's mean ± deviation, in per cent, and the difference from it."""
    if not found or paper is None:
        return {"paper's accuracy": "–", "difference": "–"}
    mean, deviation = paper
    shown = f"{mean:.2f}" if deviation is None else f"{mean:.2f} ± {deviation:.2f}"
    return {"paper's accuracy": shown, "difference": signed(accuracy(found).mean - mean, 2)}


def cell_row(kind: str, one: Found) -> dict[str, str]:
    """One cell of a table that lists them all."""
    return {
        "cells": kind,
        "seed": f"{one.seed}",
        "cell": f"`{one.cell.removeprefix('snasnet: ')}`",
        "accuracy, %": one.network.accuracy.text(2),
        "spikes": one.network.spikes.text(0),
        "parameters": f"{one.network.parameters:,}",
    }


def above_by_seed(says: str, larger: Sequence[Found], smaller: Sequence[Found], *, own: bool = False) -> list[Claim]:
    """The claim that one is more accurate than the other, seed by seed; none where no seed has both.

    What both share, the cells drawn and the order of images, does not widen the error then.
    """
    others = {one.seed: one for one in smaller}
    pairs = [(one, others[one.seed]) for one in larger if one.seed in others]
    if not pairs:
        return []
    apart = Sample(tuple(a.network.accuracy.mean - b.network.accuracy.mean for a, b in pairs))
    return [paired(says, apart, unit="points", own=own)]
