"""Seconds of a training-free score for one candidate, against the same computation done step by step.

Both sides build a network for every repeat, draw its weights and run its batch. The naive side is a Python loop over
timesteps around SpikingJelly's single-step nodes, with kernels computed in forward hooks and gradients by `backward`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness import Spread, Timing, interleave
from benchmarks.peers import cell_loop
from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.cell_blocks import CellBlock
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.named import find_space
from spikesearch.data.augment import Normalisation
from spikesearch.networks.builder import build_network, network_options
from spikesearch.scores.sample import Sample
from spikesearch.scores.scorer import Scorer
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.training.allocator import keep_freed_memory

NORMALISATION = Normalisation((0.5,) * 3, (0.25,) * 3)
GOAL_SECONDS = 0.25
_LARGEST = max(score.batch_size for score in SCORES_TABLE.values())  # images of a batch
SEARCH = 5_000  # candidates of SNASNet's search

Side = Callable[[Architecture], object]


def run(
    *,
    candidates: int = 12,
    rounds: int = 3,
    channels: int = 16,
    timesteps: int = 5,
    batch: int = 0,
    size: int = 32,
    space: str = "snasnet-feedback",
    scores: tuple[str, ...] = ("spike-paths", "grad-norm", "sahd"),
) -> dict[str, Any]:
    """Score cells drawn uniformly from `space`: each score with its own repeats and its own number of images,
    unless `batch` says another."""
    keep_freed_memory()
    cells = drawn(space, candidates)
    dimensions = cells[0].dimensions(channels=channels, timesteps=timesteps, image=(3, size, size))
    images = torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (4 * max(batch, _LARGEST), 3, size, size), dtype=np.uint8)
    )
    labels = torch.arange(len(images)) % dimensions.classes
    sides: dict[str, Side] = {}
    for name in scores:
        own = batch or SCORES_TABLE[name].batch_size
        sides[f"{name}, ours"] = ours(name, images, labels, dimensions, own)
        if name in cell_loop.SCORES:
            sides[f"{name}, ours in bf16"] = ours(name, images, labels, dimensions, own, "bf16")
            sides[f"{name}, naive"] = naive(name, images, labels, dimensions, own)
    timings = interleave(sides, cells, rounds=rounds, warmups=1)
    return {
        "title": "Cost of training-free scores",
        "settings": {
            **{"space": space, "candidates": candidates, "rounds": rounds, "channels": channels},
            **{"timesteps": timesteps, "batch": batch or "each score's own", "size": size},
        },
        "tables": [
            {"caption": "Seconds per candidate, all repeats", "rows": rows(scores, timings, batch)},
            {"caption": "The same scores? One repeat, BatchNorm per timestep", "rows": agreement(cells, dimensions)},
        ],
        "notes": [
            "A score's time is that of all its repeats, networks built anew for each; images are random bytes.",
            "Ours takes BatchNorm over all timesteps, its default; the naive side at each timestep.",
            "Freed memory stays with the process, as where spikesearch scores; the naive side has that of it too.",
            f"A search is {SEARCH:,} candidates by two processes with one thread each, extrapolated.",
        ],
        "timings": timings,
        "cells": [str(cell) for cell in cells],
    }


def drawn(space: str, count: int) -> list[Architecture]:
    """Cells drawn uniformly."""
    chosen, rng = find_space(space), np.random.default_rng(0)
    return [chosen.sample(rng) for _ in range(count)]


def ours(
    name: str, images: Tensor, labels: Tensor, dimensions: Dimensions, batch: int, precision: str = "fp32"
) -> Side:
    """The scorer, asked for one candidate at a time."""
    scorer = Scorer(
        [name],
        images=images,
        labels=labels,
        normalisation=NORMALISATION,
        dimensions=dimensions,
        batch_size=batch,
        precision=precision,
    )
    return lambda cell: next(scorer.scores([cell]))


def naive(name: str, images: Tensor, labels: Tensor, dimensions: Dimensions, batch: int) -> Side:
    """The same number of repeats, each with another batch."""
    batches = [
        (NORMALISATION(images[first : first + batch]), labels[first : first + batch])
        for first in range(0, SCORES_TABLE[name].repeats * batch, batch)
    ]

    def score(cell: Architecture) -> float:
        found = []
        for x, y in batches:
            network = cell_loop.NetworkLoop(edges_of(cell, dimensions), dimensions)
            found.append(cell_loop.SCORES[name](network, x, y))
        return sum(found) / len(found)

    return score


def edges_of(cell: Architecture, dimensions: Dimensions) -> Any:
    """The connections of a cell."""
    return next(step.block.edges for step in cell.plan(dimensions).steps if isinstance(step.block, CellBlock))


def rows(scores: tuple[str, ...], timings: dict[str, Timing], batch: int) -> list[dict[str, str]]:
    """One line for each score."""
    found = []
    for name in scores:
        mine, theirs = timings[f"{name}, ours"], timings.get(f"{name}, naive")
        row = {
            "score": name,
            "images": str(batch or SCORES_TABLE[name].batch_size),
            "repeats": str(SCORES_TABLE[name].repeats),
            "ours [s]": mine.spread.text(),
            "goal [s]": f"≤ {GOAL_SECONDS}",
            "minutes for a search": Spread.of([one * SEARCH / 2 / 60 for one in mine.seconds]).text(),
        }
        if theirs is not None:
            half = timings[f"{name}, ours in bf16"]
            row |= {"naive [s]": theirs.spread.text(), "naive / ours": theirs.ratio_to(mine).text()}
            row |= {"ours in bf16 [s]": half.spread.text(), "naive / bf16": theirs.ratio_to(half).text()}
        found.append(row)
    return found


def agreement(cells: list[Architecture], dimensions: Dimensions) -> list[dict[str, str]]:
    """The largest relative difference of the two sides' scores on equal weights and images."""
    largest = dict.fromkeys(cell_loop.SCORES, 0.0)
    for cell in cells[:3]:
        for name, (mine, theirs) in both_values(cell, dimensions).items():
            largest[name] = max(largest[name], abs(mine - theirs) / abs(theirs))
    return [{"score": name, "largest relative difference": f"{value:.1e}"} for name, value in largest.items()]


def both_values(cell: Architecture, dimensions: Dimensions, images: int = 16) -> dict[str, tuple[float, float]]:
    """For each score that the naive side has, (ours, naive) on equal weights and images, BatchNorm per timestep."""
    x = torch.randn(images, *dimensions.image, generator=torch.Generator().manual_seed(0))
    y = torch.arange(images) % dimensions.classes
    plan = cell.plan(dimensions)
    options = network_options(plan.dimensions.neuron, {"tau": plan.tau, "batch_norm": "per-timestep", "dropout": 0.0})
    network = build_network(plan, options, seed=0)
    peer = cell_loop.NetworkLoop(edges_of(cell, dimensions), dimensions)
    cell_loop.load_ours(peer, network.state_dict())
    listeners = {kind for name in cell_loop.SCORES for kind in SCORES_TABLE[name].listeners}
    sample = Sample(plan, x, y, options=options, seed=0, listeners=listeners, gradient=True, network=network)
    naive = {name: score(peer, x, y) for name, score in cell_loop.SCORES.items()}
    return {name: (SCORES_TABLE[name].measure(sample), value) for name, value in naive.items()}
