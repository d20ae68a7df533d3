"""One PLIF layer, forward and backward: ours, SpikingJelly's, a plain loop, and one copy of the layer's tensor.

Every side has a process of its own, because the memory allocator is a setting of a process and decides much of the
time: runs of ours keep freed memory, SpikingJelly's users run with the C library's default, which maps and clears large
tensors page by page at each allocation. A copy of the tensor is timed under both.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.harness import Spread, Timing, timing_rows
from benchmarks.sides import Side, SideResult, interleave_sides
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions
from spikesearch.training.allocator import keep_freed_memory

Call = Callable[[Any], object]

OURS, HALF, EAGER, PLAIN = "ours, compiled", "ours, compiled, bf16", "ours, eager", "plain loop"
JELLY, JELLY_COMPILED = "SpikingJelly multi-step, eager", "SpikingJelly multi-step, compiled"
COPY, KEPT_COPY = "one copy of the tensor", "one copy, freed memory kept"
FLOOR = "the bytes to be moved, freed memory kept"

# (numerator, denominator, goal, stretch, whether the ratio should be at least the goal)
GOALS = (
    (JELLY, OURS, 5.0, None, True),
    (JELLY_COMPILED, OURS, 1.5, 2.0, True),
    (OURS, COPY, 2.0, None, False),
    (OURS, KEPT_COPY, 2.0, None, False),
)


def tensors(shape: tuple[int, ...], device: str) -> tuple[Tensor, Tensor]:
    """Input currents and the gradient of the spikes, [T, N, C, H, W]; the same for every side."""
    rng = torch.Generator().manual_seed(0)
    z, grad = (torch.randn(shape, generator=rng).to(device) for _ in range(2))
    return z.requires_grad_(), grad


def layer_call(layer: nn.Module, z: Tensor, grad: Tensor, before: Callable[[], object] | None = None) -> Call:
    """Forward and backward of a layer with one parameter w; gradients of the input and of w, kept by nobody."""

    def call(_: object) -> None:
        if before is not None:
            before()
        torch.autograd.grad(layer(z), (z, next(layer.parameters())), grad)

    return call


def our_side(
    shape: tuple[int, ...], threads: int, device: str, dtype: torch.dtype = torch.float32, **options: Any
) -> Call:
    """Ours, as a run has it."""
    torch.set_num_threads(threads)
    keep_freed_memory()
    z, grad = tensors(shape, device)
    return layer_call(
        SpikingNeuron(NeuronOptions(**options)).to(device), z.detach().to(dtype).requires_grad_(), grad.to(dtype)
    )


def jelly_side(shape: tuple[int, ...], threads: int, device: str, compiled: bool) -> Call:
    """SpikingJelly's PLIF node over all timesteps, reset before every call as its users do."""
    from spikingjelly.activation_based import functional, neuron, surrogate

    torch.set_num_threads(threads)
    node: nn.Module = neuron.ParametricLIFNode(
        init_tau=2.0, surrogate_function=surrogate.ATan(2.0), detach_reset=True, step_mode="m"
    ).to(device)
    layer: nn.Module = torch.compile(node) if compiled else node  # type: ignore[assignment]
    return layer_call(layer, *tensors(shape, device), lambda: functional.reset_net(node))


def copy_side(shape: tuple[int, ...], threads: int, device: str, kept: bool) -> Call:
    """One copy of the layer's tensor."""
    torch.set_num_threads(threads)
    if kept:
        keep_freed_memory()
    still = tensors(shape, device)[0].detach()
    return lambda _: still.clone()


def floor_side(shape: tuple[int, ...], threads: int, device: str) -> Call:
    """What has to be moved: forward reads a tensor and writes one; backward reads two and writes one."""
    torch.set_num_threads(threads)
    keep_freed_memory()
    z, grad = tensors(shape, device)
    still = z.detach()
    return lambda _: (still.clone(), still + grad)


def all_sides(shape: tuple[int, ...], threads: int, device: str = "cpu") -> list[Side]:
    """Every side on the same input and the same gradient of the spikes."""
    here: dict[str, Any] = {"shape": shape, "threads": threads, "device": device}
    jelly = ("spikingjelly",)
    return [
        Side(name=OURS, make=our_side, keywords=here | {"compile": True}),
        Side(name=HALF, make=our_side, keywords=here | {"compile": True, "dtype": torch.bfloat16}),
        Side(name=EAGER, make=our_side, keywords=here),
        Side(name=PLAIN, make=our_side, keywords=here | {"fused": False}),
        Side(name=JELLY, make=jelly_side, keywords=here | {"compiled": False}, requires=jelly),
        Side(name=JELLY_COMPILED, make=jelly_side, keywords=here | {"compiled": True}, requires=jelly),
        Side(name=COPY, make=copy_side, keywords=here | {"kept": False}),
        Side(name=KEPT_COPY, make=copy_side, keywords=here | {"kept": True}),
        Side(name=FLOOR, make=floor_side, keywords=here),
    ]


def calls_in_this_process(shape: tuple[int, ...], device: str) -> dict[str, Call]:
    """What is timed, by name: for a GPU, whose memory PyTorch keeps for every side alike."""
    sides = all_sides(shape, torch.get_num_threads(), device)
    return {side.name: side.make(**side.keywords) for side in sides if not side.missing()}


def goal_rows(results: dict[str, SideResult]) -> list[dict[str, str]]:
    """One row for each goal whose two sides ran."""
    rows = []
    for numerator, denominator, goal, stretch, at_least in GOALS:
        if numerator in results and denominator in results:
            ratio: Spread = results[numerator].timing.ratio_to(results[denominator].timing)
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
    rounds: int = 15,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    thread_counts: tuple[int, ...] = (1, 2),
) -> dict[str, Any]:
    """Measure; returns title, settings, tables, notes and the raw seconds.

    Args:
        rounds: measured, after two that are thrown away.
        timesteps: T.
        batch: N.
        channels: C.
        size: H and W.
        thread_counts: each is a comparison of its own.
    """
    tables, seconds = [], {}
    for threads in thread_counts:
        sides = all_sides((timesteps, batch, channels, size, size), threads)
        results = interleave_sides(sides, rounds=rounds, warmups=2)
        timings: dict[str, Timing] = {name: result.timing for name, result in results.items()}
        label = f"{threads} thread{'s' if threads > 1 else ''}"
        tables.append({"caption": label, "rows": timing_rows(timings, (COPY, KEPT_COPY), "ms", OURS)})
        tables.append({"caption": f"Goals: {label}", "rows": goal_rows(results)})
        seconds[label] = timings
    return {
        "title": "One PLIF layer, forward and backward",
        "settings": {"T": timesteps, "N": batch, "C": channels, "image": f"{size}×{size}", "rounds": rounds},
        "tables": tables,
        "notes": [
            "Each side in a process of its own, in turns; ratios are formed within a round. Ours keeps freed memory, "
            "as its runs do; SpikingJelly and the plain copy run with the C library's default, as their users have it.",
            f"“{FLOOR}”: one copy (forward) and one sum of two tensors (backward reads the gradient and the input and "
            "writes the input's gradient). A layer that gives its input's gradient memory of its own cannot move fewer "
            "bytes: 2.5 copies.",
        ],
        "seconds": seconds,
    }


def main() -> None:
    """`python -m benchmarks.neuron_layer`: the same as `python -m benchmarks neuron_layer`."""
    from benchmarks.__main__ import main as run_by_name

    run_by_name(["neuron_layer"])


if __name__ == "__main__":
    main()
