"""Counting spikes: exact, on the device, without waiting for it."""

import torch
from torch import Tensor

from spikesearch.neurons.layout import is_dense

_EXACT_IN_HALF = 256  # integers up to 2^8 are exact in bfloat16: a row of 256 zeros and ones sums exactly
_EXACT_IN_FLOAT = 2**24  # the same for float32


def count_spikes(spikes: Tensor) -> Tensor:
    """Number of ones in a tensor of zeros and ones, any shape and floating type, as an int64 tensor of no dimension.

    Sums rows that are short enough to stay exact in floating point, which on CPU is about 12 times faster than
    `torch.count_nonzero` (measured: 1.1 against 13.7 ms for 12.6 million float32 values on one thread). A counter
    inside the compiled forward kernel costs as much as this sum (1.2 ms), so the kernels have none.
    """
    x = spikes.detach()
    # the order does not matter for a sum, but a copy would: take the memory as it lies where it has no gaps
    flat = x.as_strided((x.numel(),), (1,)) if is_dense(x.shape, x.stride()) else x.reshape(-1)
    total = torch.zeros((), dtype=torch.int64, device=x.device)
    for start in range(0, flat.numel(), _EXACT_IN_FLOAT):  # nearly always one part
        part = flat[start : start + _EXACT_IN_FLOAT]
        # elsewhere one reduction that adds in float32 is one kernel, and exact
        if part.device.type == "cpu" and part.dtype in (torch.bfloat16, torch.float16):
            whole = part.numel() // _EXACT_IN_HALF * _EXACT_IN_HALF
            rows = part[:whole].view(-1, _EXACT_IN_HALF).sum(1)
            total += rows.sum(dtype=torch.float32).to(torch.int64)
            part = part[whole:]
        total += part.sum(dtype=torch.promote_types(part.dtype, torch.float32)).to(torch.int64)
    return total
