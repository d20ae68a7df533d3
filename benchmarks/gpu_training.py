"""Supernet training on a GPU, images per second: ours in several ways against peers (a) and (b), all in one process.

Steps are queued as in a training, some of them one after another, and the device is waited for at the end.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import torch

from benchmarks import neuron_layer, ours
from benchmarks.harness import Timing, interleave, timing_rows
from benchmarks.peers.setting import Path, Setting, path_text, sampled_paths
from spikesearch.networks.recorder import record
from spikesearch.training.graphs import GraphedForward
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions
from spikesearch.training.precision import allow_tf32

Steps = Sequence[Path]
Side = Callable[[Steps], object]

# short name → (as it stands in the tables, precision, TF32, compiled, graphs)
OURS = {
    "bf16-graphs": ("ours, bf16, CUDA graphs", "bf16", True, True, True),
    "bf16": ("ours, bf16", "bf16", True, True, False),
    "bf16-eager": ("ours, bf16, not compiled", "bf16", True, False, False),
    "tf32-graphs": ("ours, fp32 (TF32), CUDA graphs", "fp32", True, True, True),
    "tf32": ("ours, fp32 (TF32)", "fp32", True, True, False),
    "fp32": ("ours, fp32 without TF32", "fp32", False, True, False),
}
PEERS = {
    "loop": "(a) loop over timesteps",
    "multi-step": "(b) multi-step",
    "multi-step-nodes": "(b) multi-step, nodes compiled",
}


def our_side(setting: Setting, precision: str, tf32: bool, compiled: bool, graphs: bool) -> Side:
    """Ours, counting spikes as in a search: read once at the end of the steps."""
    network = ours.build(setting, compiled=compiled).train()
    options = TrainingOptions(precision=precision, batch_size=setting.batch)
    graphed = GraphedForward(network, setting.batch, precision) if graphs else None
    step = TrainingStep(network, make_optimizer(network, options), options, graphed=graphed)
    images, labels = setting.batch_of_images()

    def side(paths: Steps) -> float:
        allow_tf32(tf32, torch.device(setting.device))
        with record(network) as activity:
            for path in paths:
                loss, *_ = step(images, labels, path)
        if graphed is not None and not graphed.working:
            raise RuntimeError("recording CUDA graphs failed")
        return float(loss) + activity.spikes_per_image

    return side


def peer_side(name: str, setting: Setting) -> Side:
    """A peer, with PyTorch's own settings of TF32, as its users run it."""
    from benchmarks.peers.multi_step import MultiStep, allow_compiled_paths
    from benchmarks.peers.timestep_loop import TimestepLoop, Training

    if name == "loop":
        training = Training(TimestepLoop(setting), setting)
    else:
        allow_compiled_paths()
        training = Training(MultiStep(setting, "nodes" if name.endswith("nodes") else "no"), setting)
    images, labels = setting.batch_of_images()

    def side(paths: Steps) -> None:
        if setting.device.startswith("cuda"):
            torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = True, False
        for path in paths:
            training.step(images, labels, path)

    return side


def working_sides(setting: Setting, chosen: Sequence[str], paths: Steps, notes: list[str]) -> dict[str, Side]:
    """The sides that can run here, each tried once on all paths; the others are noted."""
    jelly = importlib.util.find_spec("spikingjelly") is not None
    found: dict[str, Side] = {}
    for name in chosen:
        title = PEERS[name] if name in PEERS else OURS[name][0]
        if name in PEERS and not jelly:
            notes.append(f"left out, spikingjelly is not installed: {title}")
            continue
        if name in OURS and OURS[name][-1] and not setting.device.startswith("cuda"):
            continue
        try:
            side = peer_side(name, setting) if name in PEERS else our_side(setting, *OURS[name][1:])
            side(paths)
        except (RuntimeError, ImportError) as error:
            notes.append(f"left out, {title}: {(str(error).strip() or type(error).__name__).splitlines()[0]}")
            continue
        found[title] = side
    return found


def run(
    *,
    sides: tuple[str, ...] = (*OURS, "loop", "multi-step"),
    rounds: int = 7,
    paths: int = 8,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    seed: int = 1,
    device: str = "cuda",
) -> dict[str, Any]:
    """Measure `paths` steps of every side in turn, and one PLIF layer; a round's figure is the mean step.

    Left to ask for: "multi-step-nodes", which compiles every node of every candidate, for minutes.
    """
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size, device=device)
    sampled = tuple(sampled_paths(paths, seed))
    notes: list[str] = []
    working = working_sides(setting, sides, sampled, notes)
    whole = interleave(working, [sampled], rounds=rounds, warmups=1, device=device)
    timings = {name: Timing(name=name, seconds=tuple(s / paths for s in t.seconds)) for name, t in whole.items()}
    references = [title for title in PEERS.values() if title in timings]
    rows = timing_rows(timings, references, unit="ms")
    for row, timing in zip(rows, timings.values(), strict=True):
        row["images per second"] = timing_rate(timing, batch)
    shape = (timesteps, batch, channels, size, size)
    layer = interleave(neuron_layer.calls_in_this_process(shape, device), rounds=rounds, warmups=2, device=device)
    return {
        "title": "Supernet training on a GPU",
        "settings": {**asdict(setting), "rounds": rounds, "paths": "; ".join(map(path_text, sampled))},
        "tables": [
            {"caption": "One supernet training step", "rows": rows},
            {
                "caption": "One PLIF layer, forward and backward",
                "rows": timing_rows(layer, (neuron_layer.COPY, neuron_layer.FLOOR), unit="ms"),
            },
        ],
        "notes": [
            "Median and quartiles over the rounds; sides take turns; ratios are formed in each round.",
            "Peers compute in fp32 with PyTorch's own settings (TF32 in convolutions), as their users do. All sides "
            "count the spikes of every layer. Images lie ready on the GPU, without augmentation.",
            *notes,
        ],
        "timings": {"step": timings, "layer": layer},
    }


def timing_rate(timing: Timing, batch: int) -> str:
    """Images per second, median and quartiles."""
    spread = timing.spread
    return f"{batch / spread.median:,.0f} ({batch / spread.upper:,.0f}–{batch / spread.lower:,.0f})"
