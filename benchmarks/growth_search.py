"""How the time of an evaluation with shared weights grows with the number of candidates, and falls with workers.

The candidates of every point are the first of one shuffled list of the whole space; a new evaluator measures them all,
so nothing is kept from another point. Workers have one thread each.
"""

import io
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import torch

from benchmarks import ours
from benchmarks.harness import Timing
from benchmarks.peers.setting import Setting
from benchmarks.search_sides import NORMALISATION, digits
from benchmarks.sides import Side, SideResult, interleave_sides
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.training.allocator import keep_freed_memory

SECONDS, MILLISECONDS, MEMORY = "seconds", "ms per candidate", "memory, MiB"


def evaluation_side(setting: Setting, images: int, precision: str, workers: int) -> Callable[[int], object]:
    """All that is asked of a search's evaluator: how many candidates → their measurements."""
    torch.set_num_threads(1)
    keep_freed_memory()
    supernet = ours.build(setting, compiled=True).eval()
    _, test = digits(setting.size)
    data = TensorData(test.images[:images], test.labels[:images])
    candidates = list(get_space("autosnn"))
    random.Random(0).shuffle(candidates)
    with torch.inference_mode():  # a compiled kernel for each worker is read from the disk; this one writes it
        supernet(data.images[: setting.batch] / 255.0, (3,) * 5)

    def evaluate(count: int) -> None:
        evaluator = SharedWeightsEvaluator(
            supernet,
            data,
            normalisation=NORMALISATION,
            batch_size=setting.batch,
            precision=precision,
            workers=workers,
        )
        with evaluator:
            for _ in evaluator.evaluate(candidates[:count]):
                pass

    return evaluate


def run(
    *,
    rounds: int = 3,
    images: int = 96,
    batch: int = 48,
    candidates: tuple[int, ...] = (1, 5, 25, 125, 625, 3125),
    workers: tuple[int, ...] = (1, 2),
    of_workers: int = 125,
    precision: str = "bf16",
    channels: int = 16,
    timesteps: int = 8,
    size: int = 32,
    figure: bool = True,
) -> dict[str, Any]:
    """Measure; `of_workers` candidates are what workers are compared on, so that starting them counts as in a search.

    Args:
        rounds: of the comparison of workers; points with more candidates than `of_workers` are measured once.
        images: validation images.
        batch: images at a time.
        candidates: how many are evaluated together.
        workers: processes that evaluate.
        of_workers: candidates for that.
        precision: of all.
        channels: C.
        timesteps: T.
        size: height and width.
        figure: whether to draw.
    """
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size)
    keywords: dict[str, Any] = {"setting": setting, "images": images, "precision": precision}
    alone = Side(name="1", make=evaluation_side, keywords=keywords | {"workers": 1})
    points = {
        count: interleave_sides([alone], [count], rounds=rounds if count <= of_workers else 1, warmups=1)["1"]
        for count in candidates
    }
    sides = [Side(name=str(n), make=evaluation_side, keywords=keywords | {"workers": n}) for n in workers]
    parallel = interleave_sides(sides, [of_workers], rounds=rounds, warmups=1)
    return {
        "title": "Growth of an evaluation with candidates and workers",
        "settings": {**asdict(setting), "images": images, "precision": precision, "rounds": rounds},
        "tables": [
            {"caption": "Candidates, one process of one thread", "rows": candidate_rows(points)},
            {"caption": f"Workers, {of_workers} candidates", "rows": worker_rows(parallel)},
        ],
        "notes": [
            "Candidates share their first blocks, so that many cost less each. One of the whole space costs little "
            "more than its last block and the readout.",
            "The time of several workers has their start in it, which takes some seconds once for a search.",
        ],
        "files": {"growth_search.svg": draw(points, parallel)} if figure else {},
        "timings": {f"{count} candidates": point.timing for count, point in points.items()}
        | {f"{name} workers": result.timing for name, result in parallel.items()},
    }


def candidate_rows(points: Mapping[int, SideResult]) -> list[dict[str, str]]:
    """One row for each number of candidates; the exponent between neighbours."""
    rows: list[dict[str, str]] = []
    before: tuple[int, float] | None = None
    for count, result in points.items():
        median = result.timing.spread.median
        exponent = "" if before is None else f"{math.log(median / before[1]) / math.log(count / before[0]):.2f}"
        before = count, median
        rows.append(
            {
                "candidates": str(count),
                SECONDS: result.timing.spread.text(),
                MILLISECONDS: f"{1e3 * median / count:.0f}",
                "exponent since the row above": exponent,
                MEMORY: f"{result.step_mib:.0f}",
            }
        )
    return rows


def worker_rows(results: Mapping[str, SideResult]) -> list[dict[str, str]]:
    """One row for each number of workers."""
    timings: dict[str, Timing] = {name: result.timing for name, result in results.items()}
    first = next(iter(timings.values()))
    return [
        {"workers": name, SECONDS: timing.spread.text(), "times as fast": first.ratio_to(timing).text()}
        for name, timing in timings.items()
    ]


def draw(points: Mapping[int, SideResult], parallel: Mapping[str, SideResult]) -> str:
    """SVG: seconds against candidates on logarithmic axes with the linear law, and seconds against workers."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), constrained_layout=True)
    xs = list(points)
    ys = [result.timing.spread.median for result in points.values()]
    left.plot(xs, ys, "o-", label="measured together")
    left.plot(xs, [ys[0] / xs[0] * x for x in xs], ":", color="grey", label="as many times the first")
    left.set(xscale="log", yscale="log", xlabel="candidates", ylabel=SECONDS)
    left.legend()
    names = list(parallel)
    right.bar(names, [result.timing.spread.median for result in parallel.values()], width=0.5)
    right.set(xlabel="workers", ylabel=SECONDS)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    plt.close(figure)
    return drawn.getvalue()
