"""Max pooling of spikes, forward and backward: our compiled loops against PyTorch's own.

Every call takes another of several tensors, as a training step does: the caches hold none of them.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.harness import interleave
from spikesearch.networks.compiled_pool import compiled_max_pool, pool_compiles
from spikesearch.training.allocator import keep_freed_memory

OURS, TORCH = "ours, compiled", "PyTorch"
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}
TENSORS = 4


def call(pool: Callable[[Tensor], Tensor]) -> Callable[[tuple[Tensor, Tensor]], object]:
    """Forward and backward of one (spikes, gradient of the pooled ones)."""
    return lambda pair: torch.autograd.grad(pool(pair[0]), pair[0], pair[1])


def run(*, rounds: int = 9, timesteps: int = 8, batch: int = 96, channels: int = 16, size: int = 32) -> dict[str, Any]:
    """Measure the three poolings of AutoSNN's supernet."""
    keep_freed_memory()
    rows: list[dict[str, str]] = []
    for precision, dtype in DTYPES.items():
        for halvings in range(3):
            c, side = channels * 2**halvings, size // 2**halvings
            found = measure((timesteps * batch, c, side, side), dtype, rounds)
            rows.append({"precision": precision, "[C, H, W]": f"{c}, {side}, {side}", **found})
    return {
        "title": "Max pooling 2×2 of spikes, forward and backward",
        "settings": {"timesteps": timesteps, "batch": batch, "rounds": rounds},
        "tables": [{"caption": "The poolings of AutoSNN's supernet", "rows": rows}],
        "notes": ["Values and gradients of both are equal, bit for bit; that is checked before anything is timed."],
    }


def measure(shape: tuple[int, int, int, int], dtype: torch.dtype, rounds: int) -> dict[str, str]:
    """Times and their ratio at one shape [T·N, C, H, W]."""
    rng = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(TENSORS):
        spikes = (torch.rand(shape, generator=rng) < 0.1).to(dtype).contiguous(memory_format=torch.channels_last)
        grad = torch.randn(*shape[:2], shape[2] // 2, shape[3] // 2, generator=rng).to(dtype)
        pairs.append((spikes.requires_grad_(), grad.contiguous(memory_format=torch.channels_last)))
    if not pool_compiles(pairs[0][0]):
        raise SystemExit(f"{list(shape)} of {dtype} is not pooled in compiled loops: choose larger, even sizes")
    sides = {OURS: call(compiled_max_pool), TORCH: call(lambda x: F.max_pool2d(x, 2))}
    for pair in pairs:
        if not torch.equal(compiled_max_pool(pair[0]), F.max_pool2d(pair[0], 2)):
            raise SystemExit("the values differ")
        ours, theirs = (side(pair) for side in sides.values())
        if not torch.equal(ours[0], theirs[0]):  # type: ignore[index]
            raise SystemExit("the gradients differ")
    timings = interleave(sides, pairs, rounds=rounds)
    return {
        **{f"{name} [ms]": timing.spread.text(1e3) for name, timing in timings.items()},
        "times faster": timings[TORCH].ratio_to(timings[OURS]).text(),
    }
