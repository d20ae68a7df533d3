"""The number format a network computes in, in training and evaluation alike.

"fp32": float32. "bf16": bfloat16 activations and weights in convolutions and linear layers; weights are kept, and
membranes, BatchNorm statistics, the vote and the loss are computed, in float32.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from spikesearch.errors import UserError

PRECISIONS = ("fp32", "bf16")


def check_precision(precision: str) -> None:
    """Refuse a name that is none.

    Raises:
        UserError: names what is known.
    """
    if precision not in PRECISIONS:
        raise UserError(f"precision {precision!r}: known are {', '.join(PRECISIONS)}")


def cast_input(x: Tensor, precision: str) -> Tensor:
    """Normalised images in the type of `precision`; networks compute in the type of their input."""
    return x.to(torch.bfloat16) if precision == "bf16" else x


def computing_in(precision: str, device: torch.device, cached: bool = True) -> AbstractContextManager[object]:
    """The context of a forward pass: autocast for "bf16", for the sake of users' own blocks that hold plain layers.

    `cached`: whether a weight that is used twice is cast once; not inside a CUDA graph, which outlives the cast.
    """
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=cached)


def allow_tf32(allowed: bool, device: torch.device) -> None:
    """Whether CUDA computes float32 convolutions and matrix products in TF32: 10 bits of mantissa instead of 23.

    A setting of the process, left alone for other devices: PyTorch's switch for matrix products is also one for some
    CPUs. It changes nothing in "bf16", nor membranes and sums. PyTorch's own default allows it for convolutions and not
    for matrix products.
    """
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = allowed
        torch.backends.cuda.matmul.allow_tf32 = allowed
