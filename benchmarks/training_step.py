"""One supernet training step: ours, three peers, and the limits, all on the same list of sampled paths."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import torch

from benchmarks import ours
from benchmarks.harness import significant
from benchmarks.limits import ConvolutionsAlone, CopiesAlone
from benchmarks.peers.setting import Path, Setting, path_text, sampled_paths
from benchmarks.sides import Side, SideResult, interleave_sides
from spikesearch.training.allocator import keep_freed_memory

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
JELLY = ("spikingjelly",)


def loop_side(setting: Setting) -> Callable[[Path], object]:
    """Peer (a)."""
    from benchmarks.peers.timestep_loop import TimestepLoop, Training

    training, (images, labels) = Training(TimestepLoop(setting), setting), setting.batch_of_images()
    return lambda path: training.step(images, labels, path)


def multi_step_side(setting: Setting, compiled: str) -> Callable[[Path], object]:
    """Peer (b)."""
    from benchmarks.peers.multi_step import MultiStep, allow_compiled_paths
    from benchmarks.peers.timestep_loop import Training

    allow_compiled_paths()
    training, (images, labels) = Training(MultiStep(setting, compiled), setting), setting.batch_of_images()
    return lambda path: training.step(images, labels, path)


def snntorch_side(setting: Setting) -> Callable[[Path], object]:
    """Peer (c)."""
    from benchmarks.peers.snntorch_loop import SnnTorchLoop, Training

    training, (images, labels) = Training(SnnTorchLoop(setting), setting), setting.batch_of_images()
    return lambda path: training.step(images, labels, path)


def convolutions_side(setting: Setting, paths: list[Path], precision: str) -> Callable[[Path], object]:
    """The limit: a path's convolutions alone."""
    keep_freed_memory()
    return ConvolutionsAlone(setting, paths, DTYPES[precision], channels_last=True).train


def copies_side(setting: Setting, paths: list[Path], precision: str) -> Callable[[Path], object]:
    """The limit: what a path's neurons read and write, copied."""
    keep_freed_memory()
    return CopiesAlone(setting, paths, DTYPES[precision]).train


def all_sides(setting: Setting, paths: list[Path]) -> dict[str, Side]:
    """Short name → side."""
    here: dict[str, Any] = {"setting": setting}
    limit: dict[str, Any] = {"setting": setting, "paths": paths}
    make, convolutions, copies = ours.training_side, convolutions_side, copies_side
    return {
        "ours-bf16": Side(name="ours, bf16", make=make, keywords=here | {"precision": "bf16"}),
        "ours-fp32": Side(name="ours, fp32", make=make, keywords=here | {"precision": "fp32"}),
        "ours-eager": Side(
            name="ours, fp32, not compiled", make=make, keywords=here | {"precision": "fp32", "compiled": False}
        ),
        "loop": Side(name="(a) loop over timesteps", make=loop_side, keywords=here, requires=JELLY),
        "multi-step": Side(
            name="(b) multi-step", make=multi_step_side, keywords=here | {"compiled": "no"}, requires=JELLY
        ),
        "multi-step-nodes": Side(
            name="(b) multi-step, nodes compiled",
            make=multi_step_side,
            keywords=here | {"compiled": "nodes"},
            requires=JELLY,
        ),
        "multi-step-blocks": Side(
            name="(b) multi-step, blocks compiled",
            make=multi_step_side,
            keywords=here | {"compiled": "blocks"},
            requires=JELLY,
        ),
        "snntorch": Side(name="(c) snnTorch", make=snntorch_side, keywords=here, requires=("snntorch",)),
        "convs-fp32": Side(name="convolutions alone, fp32", make=convolutions, keywords=limit | {"precision": "fp32"}),
        "convs-bf16": Side(name="convolutions alone, bf16", make=convolutions, keywords=limit | {"precision": "bf16"}),
        "copies-fp32": Side(name="copies alone, fp32", make=copies, keywords=limit | {"precision": "fp32"}),
        "copies-bf16": Side(name="copies alone, bf16", make=copies, keywords=limit | {"precision": "bf16"}),
    }


# (slower side, faster side, goal, stretch): at least so many times faster
FASTER = (
    ("loop", "ours-bf16", 3.0, 3.5),
    ("multi-step", "ours-bf16", 2.7, 3.0),
    ("multi-step-nodes", "ours-bf16", None, None),
    ("multi-step-blocks", "ours-bf16", None, None),
    ("snntorch", "ours-bf16", 3.5, 4.0),
    ("loop", "ours-fp32", 1.6, None),
    ("multi-step", "ours-fp32", 1.5, None),
    ("multi-step-nodes", "ours-fp32", None, None),
    ("multi-step-blocks", "ours-fp32", None, None),
    ("snntorch", "ours-fp32", 2.0, None),
)
# (our side, limit, goal, stretch): at most so many times the limit
NEAR = (("ours-bf16", "convs-bf16", 1.6, 1.4), ("ours-fp32", "convs-fp32", 1.6, 1.4))


def run(
    *,
    rounds: int = 7,
    warmups: int = 1,
    paths: int = 5,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    device: str = "cpu",
    sides: tuple[str, ...] = ("all",),
    seed: int = 1,
) -> dict[str, Any]:
    """Measure one training step of every side; `paths` are sampled once and the same for all.

    A round is one step on every path; its figure is the mean over the paths.
    """
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size, device=device)
    sampled = sampled_paths(paths, seed)
    known = all_sides(setting, sampled)
    chosen = known if sides == ("all",) else {name: known[name] for name in sides}
    if not any(side.missing() for side in known.values()):
        from benchmarks.peers.agreement import check_agreement

        check_agreement()
    measured = interleave_sides(list(chosen.values()), sampled, rounds=rounds, warmups=warmups, device=device)
    results = {short: measured[side.name] for short, side in chosen.items() if side.name in measured}
    return {
        "title": "One supernet training step",
        "settings": {**asdict(setting), "rounds": rounds, "paths": "; ".join(map(path_text, sampled))},
        "tables": [
            {"caption": "Time of one step", "rows": time_rows(results)},
            {"caption": "How many times faster", "rows": faster_rows(results)},
            {"caption": "How near to the convolutions alone", "rows": near_rows(results)},
        ],
        "notes": [
            "Median and quartiles over the rounds; ratios are formed in each round. Sides take turns, each in its own "
            "process.",
            "Peers compute in fp32, as their users do. All sides count the spikes of every layer.",
            "Before the measurement, peers and ours were checked to compute the same from the same weights.",
            *(f"left out, {', '.join(s.missing())} not installed: {s.name}" for s in chosen.values() if s.missing()),
        ],
        "timings": {short: result.timing for short, result in results.items()},
    }


def time_rows(results: Mapping[str, SideResult]) -> list[dict[str, str]]:
    """Seconds, images per second, memory."""
    return [
        {
            "": result.timing.name,
            "ms per step": result.timing.spread.text(1e3),
            "peak memory of the process, MiB": f"{result.peak_mib:.0f}",
        }
        for result in results.values()
    ]


def faster_rows(results: Mapping[str, SideResult]) -> list[dict[str, str]]:
    """Each comparison whose two sides were measured."""
    return [
        {
            "": f"{results[fast].timing.name}, against {results[slow].timing.name}",
            "times faster": results[slow].timing.ratio_to(results[fast].timing).text(),
            "goal": f"≥ {goal}" if goal else "",
            "stretch": f"≥ {stretch}" if stretch else "",
        }
        for slow, fast, goal, stretch in FASTER
        if slow in results and fast in results
    ]


def near_rows(results: Mapping[str, SideResult]) -> list[dict[str, str]]:
    """Our step in units of its convolutions."""
    return [
        {
            "": results[side].timing.name,
            "times the convolutions": results[side].timing.ratio_to(results[limit].timing).text(),
            "goal": f"≤ {significant(goal, 2)}",
            "stretch": f"≤ {significant(stretch, 2)}",
        }
        for side, limit, goal, stretch in NEAR
        if side in results and limit in results
    ]
