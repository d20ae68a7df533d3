"""One PLIF layer, forward and backward: ours, SpikingJelly's, a plain loop, and one copy of the layer's tensor.

All sides run in one process and in turns. The memory allocator is a setting of the whole process and decides much of
every side's time, so the comparison is made twice: as glibc comes, which maps and clears large tensors page by page at
each allocation, and with freed memory kept, as runs of ours do.
"""

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.harness import Spread, Timing, interleave, timing_rows
from benchmarks.ours import keep_memory
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions

Side = Callable[[Any], object]

OURS, EAGER, PLAIN = "ours, compiled", "ours, eager", "plain loop"
JELLY, JELLY_COMPILED = "SpikingJelly multi-step, eager", "SpikingJelly multi-step, compiled"
COPY, FLOOR = "one copy of the tensor", "the bytes to be moved"

# (numerator, denominator, goal, stretch, whether the ratio should be at least the goal)
GOALS = (
    (JELLY, OURS, 5.0, None, True),
    (JELLY_COMPILED, OURS, 1.5, 2.0, True),
    (OURS, COPY, 2.0, None, False),
)


def layer_side(layer: nn.Module, z: Tensor, grad: Tensor, before: Callable[[], object] | None = None) -> Side:
    """Forward and backward of a layer with one parameter w; gradients of the input and of w, kept by nobody."""

    def side(_: object) -> None:
        if before is not None:
            before()
        torch.autograd.grad(layer(z), (z, next(layer.parameters())), grad)

    return side


def jelly_sides(z: Tensor, grad: Tensor) -> dict[str, Side]:
    """SpikingJelly's PLIF node over all timesteps, reset before every call as its users do."""
    from spikingjelly.activation_based import functional, neuron, surrogate

    def node() -> Any:
        return neuron.ParametricLIFNode(
            init_tau=2.0, surrogate_function=surrogate.ATan(2.0), detach_reset=True, step_mode="m"
        ).to(z.device)

    eager, inner = node(), node()
    compiled: nn.Module = torch.compile(inner)  # type: ignore[assignment]
    return {
        JELLY: layer_side(eager, z, grad, lambda: functional.reset_net(eager)),
        JELLY_COMPILED: layer_side(compiled, z, grad, lambda: functional.reset_net(inner)),
    }


def all_sides(shape: tuple[int, ...], device: str = "cpu") -> dict[str, Side]:
    """Every side on the same input [T, N, C, H, W] and the same gradient of the spikes."""
    rng = torch.Generator().manual_seed(0)
    z, grad = (torch.randn(shape, generator=rng).to(device) for _ in range(2))
    z.requires_grad_()
    still, out = z.detach(), {}
    out[OURS] = layer_side(SpikingNeuron(NeuronOptions(compile=True)).to(device), z, grad)
    half_z, half_grad = still.bfloat16().requires_grad_(), grad.bfloat16()
    out[f"{OURS}, bf16"] = layer_side(SpikingNeuron(NeuronOptions(compile=True)).to(device), half_z, half_grad)
    out[EAGER] = layer_side(SpikingNeuron().to(device), z, grad)
    out[PLAIN] = layer_side(SpikingNeuron(NeuronOptions(fused=False)).to(device), z, grad)
    if importlib.util.find_spec("spikingjelly") is not None:
        out |= jelly_sides(z, grad)
    out[COPY] = lambda _: still.clone()
    # forward reads one tensor and writes one; backward reads two (gradient, input) and writes one
    out[FLOOR] = lambda _: (still.clone(), still + grad)
    return out


def goal_rows(timings: dict[str, Timing]) -> list[dict[str, str]]:
    """One row for each goal whose two sides ran."""
    rows = []
    for numerator, denominator, goal, stretch, at_least in GOALS:
        if numerator in timings and denominator in timings:
            ratio: Spread = timings[numerator].ratio_to(timings[denominator])
            met = ratio.median >= goal if at_least else ratio.median <= goal
            wanted = f"{'≥' if at_least else '≤'} {goal:g}" + (f" (stretch {stretch:g})" if stretch else "")
            rows.append(
                {
                    "ratio": f"{numerator} / {denominator}",
                    "median (quartiles)": ratio.text(),
                    "goal": wanted,
                    "met": "yes" if met else "no",
                }
            )
    return rows


def run(
    *,
    repeats: int = 9,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    thread_counts: tuple[int, ...] = (1, 2),
) -> dict[str, Any]:
    """Measure; returns title, settings, tables, notes and the raw seconds.

    Args:
        repeats: measured rounds of each comparison, after two that are thrown away.
        timesteps: T.
        batch: N.
        channels: C.
        size: H and W.
        thread_counts: each is a comparison of its own; kernels are compiled for each.
    """
    before = torch.get_num_threads()
    tables, seconds = [], {}
    try:
        for memory in ("as the system allocates", "freed memory kept"):
            if memory == "freed memory kept":
                keep_memory()
            for threads in thread_counts:
                torch.set_num_threads(threads)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", category=FutureWarning)
                    timings = interleave(all_sides((timesteps, batch, channels, size, size)), rounds=repeats)
                label = f"{threads} thread{'s' if threads > 1 else ''}, {memory}"
                tables.append({"caption": label, "rows": timing_rows(timings, (COPY, FLOOR), "ms", OURS)})
                tables.append({"caption": f"Goals: {label}", "rows": goal_rows(timings)})
                seconds[label] = timings
    finally:
        torch.set_num_threads(before)
    return {
        "title": "One PLIF layer, forward and backward",
        "settings": {"T": timesteps, "N": batch, "C": channels, "image": f"{size}×{size}", "repeats": repeats},
        "tables": tables,
        "notes": [
            "All sides in one process, in turns; ratios are formed within a round.",
            f"“{FLOOR}”: one copy (forward) and one sum of two tensors (backward reads the gradient and the input and "
            "writes the input's gradient). A layer that gives its input's gradient memory of its own cannot move fewer "
            "bytes, which is about 2.3 copies where memory is kept.",
        ],
        "seconds": seconds,
    }


def main() -> None:
    """`python -m benchmarks.neuron_layer`: the same as `python -m benchmarks neuron_layer`."""
    from benchmarks.__main__ import main as run_by_name

    run_by_name(["neuron_layer"])


if __name__ == "__main__":
    main()
