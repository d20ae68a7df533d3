"""The candidates of one evolution run, measured with the weights of a supernet: ours against one after another.

A supernet is trained for some steps first, on real images, so that fitness means something. All sides measure the same
candidates, generation by generation, on the same images with the same weights.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path as File
from typing import Any

from benchmarks.peers.setting import Path, Setting, path_text
from benchmarks.search_sides import (
    Generation,
    Ours,
    all_sides,
    loop_side,
    search,
    single_side,
    train_supernet,
)
from benchmarks.sides import Side, SideResult, interleave_sides
from spikesearch.strategies.evaluator import Measurement


def run(
    *,
    rounds: int = 2,
    candidates: int = 200,
    images: int = 96,
    steps: int = 200,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    device: str = "cpu",
    compiled: bool = True,
) -> dict[str, Any]:
    """Measure the candidates of one search on `images` validation images, after `steps` training steps."""
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size, device=device)
    with tempfile.TemporaryDirectory() as folder:
        file = File(folder) / "supernet.pt"
        average_spikes = train_supernet(setting, steps, file, compiled)
        generations = search(setting, file, images, candidates, average_spikes)
        paths = [path for _, found in generations for path in found]
        sides = all_sides(setting, file, images, compiled, generations, average_spikes)
        measured = interleave_sides(
            list(sides.values()), generations, rounds=rounds, warm_items=generations[:1], device=device
        )
        results = {short: measured[side.name] for short, side in sides.items() if side.name in measured}
        tables = [
            {
                "caption": f"{len(paths)} candidates of one search",
                "rows": time_rows(results, len(paths), len(generations)),
            },
            {"caption": "Goals", "rows": goal_rows(results)},
            {
                "caption": "The same numbers? Against ours in fp32, one after another, not compiled",
                "rows": agreement_rows(setting, file, images, paths),
            },
        ]
    return {
        "title": "Measuring candidates with shared weights",
        "settings": {
            **asdict(setting),
            "rounds": rounds,
            "images": images,
            "training steps": steps,
            "average spikes": round(average_spikes),
            "data": "digits enlarged, three channels",
        },
        "tables": tables,
        "notes": [
            "A round is the whole search, generation by generation; sides take turns, each in its own process.",
            "Ours starts every round with a new evaluator: nothing is kept from the round before. Workers start anew "
            "too, which takes seconds that a search pays once.",
            "After so few steps of training many outputs are nearly equal, and bf16 changes which is largest for some "
            "images. What it does to the winner of a search on a trained supernet, with and without finalists: "
            "`python -m benchmarks precision`.",
            "(a) adds in another order than ours, so its spikes differ by rounding, and its answers to few images.",
            "Workers have one thread and half of the batch each; one process has the threads that are named above.",
        ],
        "timings": {short: result.timing for short, result in results.items()},
        "candidates": [path_text(path) for path in paths],
    }


def time_rows(results: dict[str, SideResult], candidates: int, generations: int) -> list[dict[str, str]]:
    """Whole search and single candidate."""
    return [
        {
            "": result.timing.name,
            "seconds, whole search": result.timing.spread.text(generations),
            "ms per candidate": result.timing.spread.text(1e3 * generations / candidates),
            "peak memory of the process, MiB": f"{result.peak_mib:.0f}",
        }
        for result in results.values()
    ]


def goal_rows(results: dict[str, SideResult]) -> list[dict[str, str]]:
    """Ours against (a), and the trie against single evaluations."""
    pairs = (
        ("loop", "ours-fp32", "≥ 3"),
        ("loop", "ours-bf16", "≥ 6"),
        ("loop", "finalists", "≥ 6"),
        ("loop", "workers-fp32", ""),
        ("loop", "workers-bf16", ""),
        ("ours-fp32", "workers-fp32", ""),
        ("ours-bf16", "workers-bf16", ""),
        ("single-fp32", "ours-fp32", ""),
        ("single-bf16", "ours-bf16", ""),
    )
    return [
        {
            "": f"{results[fast].timing.name}, against {results[slow].timing.name}",
            "times faster": results[slow].timing.ratio_to(results[fast].timing).text(),
            "goal": goal,
        }
        for slow, fast, goal in pairs
        if slow in results and fast in results
    ]


def agreement_rows(setting: Setting, file: File, images: int, paths: Sequence[Path]) -> list[dict[str, str]]:
    """How far accuracies and spikes of the sides lie from ours in fp32, one after another, not compiled."""
    generation: Generation = (0, tuple(paths))
    exact = single_side(setting, file, images, "fp32", compiled=False)(generation)
    rows = []
    for name, precision in (("ours, fp32", "fp32"), ("ours, bf16", "bf16")):
        found = Ours(setting, file, images, precision, compiled=True)(generation)
        rows.append(agreement_row(name, [(one.accuracy, one.spikes_per_image) for one in found], exact))
    if not Side(name="(a)", make=loop_side, requires=("spikingjelly",)).missing():
        rows.append(agreement_row("(a) loop over timesteps", loop_side(setting, file, images)(generation), exact))
    return rows


def agreement_row(name: str, figures: Sequence[tuple[float, float]], exact: Sequence[Measurement]) -> dict[str, str]:
    """Largest differences of (accuracy, spikes per image), the latter relative."""
    pairs = list(zip(figures, exact, strict=True))
    accuracy = max(abs(found - one.accuracy) for (found, _), one in pairs)
    spikes = max(abs(found - one.spikes_per_image) / max(one.spikes_per_image, 1.0) for (_, found), one in pairs)
    return {
        "": name,
        "largest difference of accuracy": f"{accuracy:.4f}",
        "largest relative difference of spikes": f"{spikes:.2e}",
    }
