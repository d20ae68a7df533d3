"""All 3,125 architectures of AutoSNN's space with shared weights: at once, against one after another."""

import tempfile
from dataclasses import asdict
from pathlib import Path as File
from typing import Any

import torch

from benchmarks import ours
from benchmarks.peers.setting import Setting, sampled_paths
from benchmarks.search_sides import Generation, ours_side, single_side
from benchmarks.sides import Side, interleave_sides
from spikesearch.architectures.spaces.autosnn import get_space


def run(
    *,
    singles: int = 40,
    images: int = 96,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    precisions: tuple[str, ...] = ("fp32", "bf16"),
    compiled: bool = True,
) -> dict[str, Any]:
    """Measure; `singles` architectures, measured one after another, stand for all."""
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size)
    with tempfile.TemporaryDirectory() as folder:
        file = File(folder) / "supernet.pt"
        torch.save(ours.build(setting).state_dict(), file)
        rows = rows_of(precisions, setting, file, images, compiled, singles)
    return {
        "title": "Measuring a whole space",
        "settings": {**asdict(setting), "images": images},
        "tables": [{"caption": "All architectures of `autosnn`, weights as built", "rows": rows}],
        "notes": ["The sample runs before and after the whole; every slot has each of its blocks equally often in it."],
    }


def rows_of(
    precisions: tuple[str, ...], setting: Setting, file: File, images: int, compiled: bool, singles: int
) -> list[dict[str, str]]:
    """All architectures of the space at once, against a sample of them one after another, extrapolated."""
    space = get_space("autosnn")
    everything: Generation = (0, tuple(space.encode(architecture) for architecture in space))
    rows = []
    for precision in precisions:
        keywords = {"setting": setting, "file": file, "images": images, "precision": precision, "compiled": compiled}
        whole = Side(name="whole", make=ours_side, keywords=keywords)
        single = Side(name="single", make=single_side, keywords=keywords)
        sample: Generation = (0, tuple(sampled_paths(singles, seed=3)))
        # a sample before and after, so that the comparison is interleaved although the whole takes minutes
        first = interleave_sides([single], [sample], rounds=1)["single"].timing.seconds[0]
        took = interleave_sides([whole], [everything], rounds=1, warmups=0)["whole"]
        second = interleave_sides([single], [sample], rounds=1)["single"].timing.seconds[0]
        expected = (first + second) / 2 * space.size / singles
        rows.append(
            {
                "precision": precision,
                f"all {space.size} at once, s": f"{took.timing.seconds[0]:.1f}",
                f"one after another, s (from {singles})": f"{expected:.1f}",
                "times faster": f"{expected / took.timing.seconds[0]:.2f}",
                "goal": "≥ 4",
                "peak memory of the process, MiB": f"{took.peak_mib:.0f}",
            }
        )
    return rows
