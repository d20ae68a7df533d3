"""A whole training-free search over SNASNet's cells with feedback, against the same scores computed naively.

The search phase of a run, as `spikesearch search` runs it, on CIFAR-10: candidates drawn as the authors draw them,
duplicates scored once, worker processes of one thread each. Before and after it, as many processes at once take turns
between ours and the naive computation, on cells drawn uniformly: the ratio of every cell is formed on its own.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.harness import Spread, timed
from benchmarks.peers import cell_loop
from benchmarks.score_cost import both_values, drawn, edges_of
from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.scoring import make_scorer, proxy_of
from spikesearch.assembly.starting import create_run, stored_config
from spikesearch.assembly.workbench import Workbench
from spikesearch.config.reading import load_config
from spikesearch.config.sections import Config
from spikesearch.data.augment import Normalisation
from spikesearch.phases.search import run_search
from spikesearch.strategies.score_names import DEFAULT_SCORE
from spikesearch.studies.progress import Reporter
from spikesearch.studies.scored import read_scored
from spikesearch.training.allocator import keep_freed_memory

SPACE = "snasnet-feedback"
GOAL_MINUTES = 15
_GENERATION = 100  # candidates proposed at once
_POOL = 2_000  # images that the sample's processes get; batches are drawn from them


@dataclass(frozen=True, kw_only=True)
class Search:
    """One search, timed.

    Attributes:
        score: its name.
        draws: candidates drawn.
        scored: different ones, each scored once.
        seconds: of the search phase, workers' start included; data are loaded before.
    """

    score: str
    draws: int
    scored: int
    seconds: float

    def minutes(self, candidates: int) -> float:
        """Of so many candidates, at this pace."""
        return self.seconds / self.scored * candidates / 60


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One cell, scored by both sides one after the other: seconds."""

    ours: float
    naive: float


def run(
    *,
    data: str = "",
    score: str = DEFAULT_SCORE,
    candidates: int = 5_000,
    second: str = "sahd",
    second_candidates: int = 500,
    sample: int = 20,
    sampling: str = "authors",
    workers: int = 2,
) -> dict[str, Any]:
    """Search `candidates` by `score`, and `second_candidates` by `second`; `data` holds CIFAR-10's files."""
    if not data:
        raise SystemExit("score_search needs CIFAR-10: give --data DIR, see `spikesearch data cifar10`")
    keep_freed_memory()
    searches, pairs = [], {}
    for name, count in ((score, candidates), (second, second_candidates)):
        with tempfile.TemporaryDirectory() as scratch:
            bench = workbench(Path(scratch) / "run", data, name, count, sampling, workers)
            cells = [str(cell) for cell in drawn(SPACE, sample)]
            before = both_sides(bench, cells[: sample // 2])
            searches.append(searched(bench))
            pairs[name] = before + both_sides(bench, cells[sample // 2 :])
    return {
        "title": "A training-free search",
        "settings": {
            **{"space": SPACE, "data": "CIFAR-10, training images", "sampling": sampling, "sample": sample},
            **{"worker processes": workers, "threads of each": 1},
        },
        "tables": [
            {"caption": "The search phase, and its candidates", "rows": search_rows(searches, candidates)},
            {
                "caption": f"The same scores naively, for {sample} cells in turns with ours",
                "rows": [naive_row(one, pairs[one.score], candidates, workers) for one in searches],
            },
            {"caption": "The same scores? Equal weights, BatchNorm per timestep", "rows": agreement_rows(pairs)},
        ],
        "notes": [
            "A search is timed from the first proposal to the stored winner, the start of its worker processes and the "
            "storing of every trial included, in one go; the sample's halves run before and after it.",
            f"In the sample {workers} processes of one thread work at once, as in the search; each scores a cell by "
            "both sides, one right after the other. Ratios are of single cells: median and quartiles over the sample.",
            "Naive: timestep by timestep with SpikingJelly's single-step nodes, BatchNorm at each timestep, a network "
            "built for each repeat, as many repeats and images as ours takes.",
            "Extrapolated: seconds of a candidate times candidates; of those drawn twice each is scored once.",
        ],
        "searches": [vars(one) for one in searches],
        "pairs": {name: [vars(one) for one in found] for name, found in pairs.items()},
    }


def workbench(path: Path, data: str, score: str, count: int, sampling: str, workers: int) -> Workbench:
    """A new run whose search phase has not begun, its data loaded."""
    # batch_size is of the test of trained networks, which does not take place, but whose memory is looked after
    population = _GENERATION if count % _GENERATION == 0 else count
    settings = {
        "data": {"name": "cifar10", "folder": data},
        "space": {"name": SPACE, "sampling": sampling},
        "search": {
            "strategy": "random",
            "score": score,
            "rounds": count // population,
            "population": population,
            "batch_size": 100,
        },
        "run": {"workers": workers, "threads": 1, "device": "cpu"},
    }
    folder = create_run(load_config("", settings), "", settings, Parts(), path, "score_search")
    bench = Workbench(folder, stored_config(folder), Parts())
    _ = bench.device, bench.train_data, bench.normalisation
    return bench


def searched(bench: Workbench) -> Search:
    """The search phase, run and timed."""
    began = time.perf_counter()
    run_search(bench, Reporter())
    seconds = time.perf_counter() - began
    section = bench.config.search
    return Search(
        score=section.score,
        draws=section.rounds * section.population,
        scored=len(read_scored(bench.folder.study)),
        seconds=seconds,
    )


def both_sides(bench: Workbench, cells: Sequence[str]) -> list[Pair]:
    """Seconds of both sides for each cell, by as many processes at once as the search has."""
    data, count = bench.train_data, bench.config.run.workers
    shared = (bench.config, bench.dimensions, data.images[:_POOL], data.labels[:_POOL], bench.normalisation)
    context = multiprocessing.get_context("spawn")  # threads of this process must not be forked
    with context.Pool(count) as pool:
        parts = pool.starmap(take_turns, [(*shared, cells[first::count]) for first in range(count)], chunksize=1)
    return [pair for part in parts for pair in part]


def take_turns(
    config: Config,
    dimensions: Dimensions,
    images: Tensor,
    labels: Tensor,
    normalisation: Normalisation,
    cells: Sequence[str],
) -> list[Pair]:
    """In one process with one thread: each cell by ours and by the naive side; the first is thrown away once."""
    keep_freed_memory()
    torch.set_num_threads(1)
    scorer = make_scorer(config, dimensions, images, labels, normalisation)
    size, name = proxy_of(config, dimensions), config.search.score
    count, repeats = config.score.batch_size or len(images), config.score.repeats or 1
    batches = [
        (normalisation(images[first : first + count]), labels[first : first + count])
        for first in range(0, repeats * count, count)
    ]

    def naively(cell: Architecture) -> None:
        for x, y in batches:
            cell_loop.SCORES[name](cell_loop.NetworkLoop(edges_of(cell, size), size), x, y)

    found = []
    for cell in [parse(text) for text in (*cells[:1], *cells)]:
        ours = timed(lambda one: next(scorer.scores([one])), cell, "cpu")
        found.append(Pair(ours=ours, naive=timed(naively, cell, "cpu")))
    return found[1:]


def search_rows(searches: Sequence[Search], candidates: int) -> list[dict[str, str]]:
    """One line for each search."""
    return [
        {
            "score": one.score,
            "drawn": f"{one.draws:,}",
            "different ones, scored": f"{one.scored:,}",
            "search phase [s]": f"{one.seconds:.1f}",
            "ms per candidate": f"{1e3 * one.seconds / one.scored:.0f}",
            f"minutes for {candidates:,}": f"{one.minutes(candidates):.1f}"
            + (", extrapolated" if one.scored != candidates else ""),
            "goal": f"≤ {GOAL_MINUTES} min",
        }
        for one in searches
    ]


def naive_row(search: Search, pairs: Sequence[Pair], candidates: int, workers: int) -> dict[str, str]:
    """The sample: both sides, their ratio, and what the search would take naively."""
    mean = statistics.fmean(pair.naive for pair in pairs)
    return {
        "score": search.score,
        "cells": str(len(pairs)),
        "ours [s]": Spread.of([pair.ours for pair in pairs]).text(),
        "naive [s]": Spread.of([pair.naive for pair in pairs]).text(),
        "naive / ours": Spread.of([pair.naive / pair.ours for pair in pairs]).text(),
        f"minutes for {candidates:,}, naive, extrapolated": f"{mean * candidates / workers / 60:.1f}",
        "naive / measured search": f"{mean / workers / (search.seconds / search.scored):.1f}",
    }


def agreement_rows(scores: Iterable[str]) -> list[dict[str, str]]:
    """Largest relative differences of the values, on small images and three cells."""
    cells = drawn(SPACE, 3)
    dimensions = cells[0].dimensions(channels=4, timesteps=4, image=(3, 16, 16))
    found = [both_values(cell, dimensions) for cell in cells]
    return [
        {
            "score": name,
            "largest relative difference": f"{max(abs(a - b) / abs(b) for a, b in (one[name] for one in found)):.1e}",
        }
        for name in scores
    ]
