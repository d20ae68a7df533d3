"""The kernels without their arithmetic: what they allocate, for those who ask how much memory a network takes.

A kernel is some hundred operations in blocks of positions, which would have to be followed one by one; what stays of
them is a result or two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from spikesearch.neurons.eager import block_size, result_dtype

# The device type that memory is estimated for; None while kernels really run.
_DEVICE: ContextVar[str | None] = ContextVar("estimated_device", default=None)


@contextmanager
def estimating_memory(device: str) -> Iterator[None]:
    """Inside, neuron layers allocate what they would on that type of device, and compute nothing."""
    token = _DEVICE.set(device)
    try:
        yield
    finally:
        _DEVICE.reset(token)


def estimating() -> bool:
    """Whether kernels are only outlined now."""
    return not torch.compiler.is_compiling() and _DEVICE.get() is not None


def outlined_forward(
    z: Tensor, alpha: Tensor, v: Tensor | None, timesteps: int, carried: bool, compiled: bool
) -> tuple[Tensor, Tensor | None]:
    """As `eager_forward`, without values."""
    spikes = z.new_empty((timesteps, z.shape[1]))
    after = _empty(z.shape[1], alpha) if carried else None
    if not compiled:
        _scratch(z, alpha, timesteps + 4)  # spikes of each step, and a few values of one
    return spikes, after


def outlined_backward(
    grad: Tensor, z: Tensor, alpha: Tensor, carried: bool, compiled: bool, with_alpha: bool
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """As `eager_backward`, without values."""
    grad_z = torch.empty_like(z, dtype=result_dtype(z, alpha, carried))
    before = _empty(z.shape[1], alpha) if carried else None
    if not compiled:
        _scratch(z, alpha, 4 * grad.shape[0] + 6)  # H, S, drive and ∂z of each step, and a few values of one
    return grad_z, torch.empty((), dtype=alpha.dtype, device=alpha.device) if with_alpha else None, before


def _scratch(z: Tensor, alpha: Tensor, rows: int) -> None:
    """The temporaries of one block: so many rows in the membrane's type, and the inputs if they are narrower."""
    size = min(z.shape[1], block_size(z.shape[1], _DEVICE.get() or "cpu"))
    _empty((rows + (z.shape[0] if z.dtype != alpha.dtype else 0)) * size, alpha)


def _empty(size: int, alpha: Tensor) -> Tensor:
    # Not alpha.new_empty: the decay is a constant that is known, and what is made of constants is really computed.
    return torch.empty(size, dtype=alpha.dtype, device=alpha.device)
