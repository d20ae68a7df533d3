"""Max pooling of spikes, with and without gradients: our compiled loops against PyTorch's own.

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


Pool = Callable[[Tensor], Tensor]
Pair = tuple[Tensor, Tensor]  # spikes, gradient of the pooled ones


def train(pool: Pool) -> Callable[[Pair], tuple[Tensor, ...]]:
    """Forward and backward."""
    return lambda pair: torch.autograd.grad(pool(pair[0]), pair[0], pair[1])


def evaluate(pool: Pool) -> Callable[[Pair], Tensor]:
    """Forward alone."""
    return torch.no_grad()(lambda pair: pool(pair[0]))


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
        "title": "Max pooling 2×2 of spikes",
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
        raise SystemExit(
            f"{list(shape)} of {dtype} is not pooled in compiled loops: they take 2 million values and more, a "
            "multiple of 16 channels, even sizes; choose other --batch, --channels or --size"
        )
    pools = {OURS: compiled_max_pool, TORCH: lambda x: F.max_pool2d(x, 2)}
    for pair in pairs:
        for mode in (train, evaluate):
            ours, theirs = (mode(pool)(pair) for pool in pools.values())
            if not torch.equal(ours[0], theirs[0]):
                raise SystemExit(f"{mode.__name__}: the results differ")
    row: dict[str, str] = {}
    for mode, what in ((train, "forward and backward"), (evaluate, "without gradients")):
        timings = interleave({name: mode(pool) for name, pool in pools.items()}, pairs, rounds=rounds)
        row |= {f"{what}: {name} [ms]": timing.spread.text(1e3) for name, timing in timings.items()}
        row[f"{what}: times faster"] = timings[TORCH].ratio_to(timings[OURS]).text()
    return row
