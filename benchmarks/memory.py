"""How well the memory of a run is known before it starts: the estimate beside what a process was measured to take.

Each point runs in a process of its own, through the functions that a search uses, with memory kept by the allocator as
in a run. Measured is the most that the process held during the steps, less what it held before the first.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from benchmarks import ours
from benchmarks.peers.setting import Setting
from benchmarks.sides import Side, interleave_sides
from spikesearch.evaluation.trie import PathTrie
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.memory import (
    MemoryEstimate,
    evaluation_memory,
    training_memory,
)
from spikesearch.training.options import TrainingOptions
from spikesearch.training.plan_sizes import largest_path, parameters_of
from spikesearch.training.precision import cast_input, computing_in

_FLOAT = 4


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measurement: what is done, at which size."""

    setting: Setting
    precision: str = "fp32"
    recompute: bool = False
    time_chunk: int = 0
    evaluating: bool = False
    compiled: bool = False

    def options(self) -> TrainingOptions:
        """Of the training."""
        return TrainingOptions(
            precision=self.precision,
            batch_size=self.setting.batch,
            recompute=self.recompute,
            time_chunk=self.time_chunk,
        )


def run(
    *,
    rounds: int = 3,
    timesteps: tuple[int, ...] = (4, 8, 16, 32),
    channels: tuple[int, ...] = (8, 16, 32, 64),
    batch: tuple[int, ...] = (16, 48, 96),
    size: tuple[int, ...] = (16, 32, 48),
    base: tuple[int, ...] = (8, 16, 16, 32),
    device: str = "cpu",
) -> dict[str, Any]:
    """Vary one size at a time around `base` (T, C, N, image size), and the ways to save memory at `base`."""
    found = {name: [row(point, rounds) for point in points] for name, points in _points(base, locals()).items()}
    ratios = [float(one["estimate / measured"]) for rows in found.values() for one in rows]
    return {
        "title": "Memory: estimated before the start, and measured",
        "settings": {"T, C, N, size": base, "rounds": rounds, "device": device, "path": "the largest of the space"},
        "tables": [{"caption": name, "rows": rows} for name, rows in found.items()],
        "notes": [
            f"Ratios lie between {min(ratios):.2f} and {max(ratios):.2f}.",
            "Kernels are compiled in the last table only: the compiler itself takes memory once, whatever the network. "
            "The estimate has that.",
        ],
    }


def _points(base: tuple[int, ...], varied: dict[str, Any]) -> dict[str, list[Point]]:
    names = ("timesteps", "channels", "batch", "size")
    centre = dict(zip(names, base, strict=True))

    def at(**changes: int) -> Setting:
        return Setting(**{**centre, **changes}, device=varied["device"])

    points = {name: [Point(setting=at(**{name: value})) for value in varied[name]] for name in names}
    chunks = [{"time_chunk": max(1, centre["timesteps"] // share)} for share in (2, 4)]
    ways: list[dict[str, Any]] = [{}, {"recompute": True}, *chunks, {"recompute": True, "time_chunk": 4}]
    saving = [Point(setting=at(), precision=form, **way) for form in ("fp32", "bf16") for way in ways]
    evaluating = [Point(setting=at(), precision=form, evaluating=True) for form in ("fp32", "bf16")]
    large = at(batch=max(varied["batch"]))
    compiled = [Point(setting=large, precision=form, compiled=True) for form in ("fp32", "bf16")]
    return {**points, "saving memory": saving, "evaluation": evaluating, "compiled kernels": compiled}


def row(point: Point, rounds: int) -> dict[str, str]:
    """One point, estimated and measured."""
    side = Side(name="ours", make=measured_side, keywords={"point": point})
    result = interleave_sides([side], rounds=rounds, warmups=0, device=point.setting.device)["ours"]
    estimate, before = estimated(point)
    expected = (estimate.process - before) / 2**20
    sizes = {name: str(value) for name, value in asdict(point.setting).items() if name not in ("classes", "device")}
    return {
        **sizes,
        "precision": point.precision,
        "recompute": "yes" if point.recompute else "no",
        "time_chunk": str(point.time_chunk),
        "estimate, MiB": f"{expected:.0f}",
        "measured, MiB": f"{result.step_mib:.0f}",
        "estimate / measured": f"{expected / result.step_mib:.2f}",
    }


def estimated(point: Point) -> tuple[MemoryEstimate, int]:
    """The estimate, and what of it a process holds before its first step: the weights."""
    supernet = ours.build(point.setting, compiled=point.compiled)
    plan = supernet.space.decode(largest_path(supernet.plan)).plan(supernet.dimensions)
    parameters = parameters_of(supernet.plan)
    sizes: dict[str, Any] = {"images": point.setting.batch, "parameters": parameters}
    sizes["device"] = point.setting.device.partition(":")[0]
    if point.evaluating:
        how: dict[str, Any] = {"batch_size": point.setting.batch, "precision": point.precision, "shared": True}
        return evaluation_memory(plan, supernet.options, **how, **sizes), _FLOAT * parameters
    return training_memory(plan, supernet.options, point.options(), **sizes), _FLOAT * parameters


def measured_side(point: Point) -> Callable[[object], object]:
    """One training step of the largest path, or one batch of candidates through the trie."""
    keep_freed_memory()
    supernet = ours.build(point.setting, compiled=point.compiled)
    path = largest_path(supernet.plan)
    images, labels = point.setting.batch_of_images()
    if not point.evaluating:
        supernet.train()
        step = TrainingStep(supernet, make_optimizer(supernet, point.options()), point.options())
        return lambda _: step(images, labels, path)
    supernet.eval()
    others = [(*path[:slot], (path[slot] + 1) % 5, *path[slot + 1 :]) for slot in range(len(path))]
    trie = PathTrie(supernet, [supernet.choices(one) for one in (path, *others)])

    def evaluate(_: object) -> None:
        with torch.no_grad(), computing_in(point.precision, images.device):
            trie.run(cast_input(images, point.precision), labels)

    return evaluate
