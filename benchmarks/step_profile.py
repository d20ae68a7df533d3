"""Where the time of one supernet training step of ours goes, by PyTorch's profiler."""

from dataclasses import asdict
from typing import Any

from torch.profiler import ProfilerActivity, profile

from benchmarks import ours
from benchmarks.harness import Spread
from benchmarks.peers.setting import Path, Setting, path_text, sampled_paths

# What is counted with all that it calls; none of them calls another. "Backward" is added to functions of our own.
PARTS = {
    "convolutions and fully connected layer": (
        "aten::mkldnn_convolution",
        "aten::convolution_backward",
        "aten::mm",
        "aten::addmm",
    ),
    "BatchNorm": ("aten::native_batch_norm", "aten::native_batch_norm_backward"),
    "neurons": ("FusedMultistep", "FusedMultistepBackward"),
    "max pooling": (
        "_MaxPool",
        "_MaxPoolBackward",
        "aten::max_pool2d_with_indices",
        "aten::max_pool2d_with_indices_backward",
    ),
    "counting spikes": ("aten::sum",),
    "additions (shortcuts)": ("aten::add",),
    "optimizer": ("Optimizer.step#Adam.step",),
}


def run(*, rounds: int = 5, paths: int = 5, batch: int = 96, channels: int = 16, timesteps: int = 8) -> dict[str, Any]:
    """Profile steps of ours on sampled paths, once compiled and warm; a round is one step on every path."""
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels)
    sampled = sampled_paths(paths, seed=1)
    return {
        "title": "Where the time of a supernet training step goes",
        "settings": {**asdict(setting), "rounds": rounds, "paths": "; ".join(map(path_text, sampled))},
        "tables": [
            {"caption": precision, "rows": profiled(setting, precision, sampled, rounds)}
            for precision in ("bf16", "fp32")
        ],
        "notes": [
            "The profiler makes every call some microseconds longer. What is left is Python, casts and small tensors."
        ],
    }


def profiled(setting: Setting, precision: str, paths: list[Path], rounds: int) -> list[dict[str, str]]:
    """Milliseconds and shares of a step, by part."""
    step = ours.training_side(setting, precision)
    for path in paths * 2:
        step(path)
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        with profile(activities=[ProfilerActivity.CPU]) as events:
            for path in paths:
                step(path)
        averages = events.key_averages()
        total = {event.key: event.cpu_time_total for event in averages}
        times = {part: sum(total.get(name, 0.0) for name in names) for part, names in PARTS.items()}
        times["all the rest"] = sum(event.self_cpu_time_total for event in averages) - sum(times.values())
        found.append({part: time / 1e3 / len(paths) for part, time in times.items()})
    whole = Spread.of([sum(one.values()) for one in found]).median
    rows = []
    for part in found[0]:
        spread = Spread.of([one[part] for one in found])
        rows.append({"": part, "ms per step": spread.text(), "share": f"{100 * spread.median / whole:.1f} %"})
    return [*rows, {"": "sum", "ms per step": Spread.of([sum(one.values()) for one in found]).text(), "share": ""}]
