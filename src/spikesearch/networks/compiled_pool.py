"""Max pooling 2×2 on a CPU as compiled loops, with a fraction of the memory.

PyTorch's own keeps its input and a 64-bit index for every value of its output; here the place of the largest of four
is kept, in the type of the values, and the input is not. Without gradients there are no places either. Values and
gradients of spikes are those of PyTorch, bit for bit. (Of other inputs, too, but for the sign of a zero and where a
gradient goes in a window with NaN.)
"""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from spikesearch.neurons.compilation import CompiledKernel, compiling_works
from spikesearch.neurons.layout import on_memory_of
from spikesearch.neurons.outline import estimating

_VECTOR = 16  # C must be a multiple: the innermost loop is over channels, and slower than PyTorch's for 8 of them
# Values of the input below which PyTorch's own is as fast or faster, since calling a loop takes some 0.1 ms.
_FEWEST_VALUES = {"training": 2**21, "evaluation": 2**19}
_TYPES = (torch.float32, torch.bfloat16, torch.float16)


def pool_compiles(x: Tensor) -> bool:
    """Whether `compiled_max_pool` takes x [N, C, H, W]: large, on a CPU, channels-last; and there is a compiler."""
    if torch.compiler.is_compiling() or x.device.type != "cpu" or x.dtype not in _TYPES:
        return False
    if x.numel() < _FEWEST_VALUES["training" if _needs_gradient(x) else "evaluation"]:
        return False
    channels, height, width = x.shape[1:]
    fits = channels % _VECTOR == 0 and height % 2 == width % 2 == 0 and x.movedim(1, -1).is_contiguous()
    return fits and _compiles_here()


@functools.cache
def _compiles_here() -> bool:
    """Whether nothing had failed to compile when this process first pooled, behind some neurons.

    Asked once: a forward pass that is repeated for its gradient must do what it did before, whatever failed since. And
    where no compiler is, PyTorch's own takes a quarter of the loops' time.
    """
    return compiling_works()


def compiled_max_pool(x: Tensor) -> Tensor:
    """What `F.max_pool2d(x, 2)` gives for x [N, C, H, W] that `pool_compiles`: [N, C, H/2, W/2]."""
    if _needs_gradient(x):
        apply: Callable[[Tensor], Tensor] = _MaxPool.apply
        return apply(x)
    n, c, h, w = x.shape
    largest = x.new_empty(n * h // 2, 1, w // 2, 1, c) if estimating() else _evaluation()(_windows(x))
    return _channels_last(largest, n, c, h // 2, w // 2)


def _needs_gradient(x: Tensor) -> bool:
    return torch.is_grad_enabled() and x.requires_grad


def _windows(x: Tensor) -> Tensor:
    """The memory of x [N, C, H, W] as windows [R, 2, W/2, 2, C], R = N·H/2: no view, by whose base kernels differ."""
    n, c, h, w = x.shape
    return on_memory_of(x.detach(), (n * h // 2, 2, w // 2, 2, c), (2 * w * c, w * c, 2 * c, c, 1))


class _MaxPool(torch.autograd.Function):
    """Of equal values the first one, row by row, gets the gradient, as in PyTorch."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C, H/2, W/2]."""
        n, c, h, w = x.shape
        if estimating():
            pooled, place = (x.new_empty(n * h // 2, 1, w // 2, 1, c) for _ in range(2))
        else:
            pooled, place = _forward()(_windows(x))
        ctx.save_for_backward(place)
        ctx.shape = x.shape
        return _channels_last(pooled, n, c, h // 2, w // 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """[N, C, H/2, W/2] → [N, C, H, W]."""
        (place,) = ctx.saved_tensors
        n, c, h, w = ctx.shape
        grad = grad.contiguous(memory_format=torch.channels_last)
        if estimating():
            grad_x = grad.new_empty(n * h // 2, 2, w // 2, 2, c)
        else:
            grad_x = _backward()(on_memory_of(grad, place.shape, place.stride()), place)
        return _channels_last(grad_x, n, c, h, w)


def _kernel(function: Callable[..., Any], name: str) -> CompiledKernel:
    return CompiledKernel(function, function, f"max_pool_{name}", dynamic=(-5, -3, -1), fewest=2)


@functools.cache
def _forward() -> CompiledKernel:
    return _kernel(_largest_and_place, "forward")


@functools.cache
def _backward() -> CompiledKernel:
    return _kernel(_to_largest, "backward")


@functools.cache
def _evaluation() -> CompiledKernel:
    return _kernel(_largest, "evaluation")


def _quarters(windows: Tensor) -> list[Tensor]:
    """The four places of the windows [R, 2, W/2, 2, C], row by row, each [R, 1, W/2, 1, C]."""
    return [windows[:, i : i + 1, :, j : j + 1] for i in (0, 1) for j in (0, 1)]


def _largest(windows: Tensor) -> Tensor:
    """The largest value of each window, [R, 1, W/2, 1, C]."""
    a, b, c, d = _quarters(windows)
    return torch.maximum(torch.maximum(a, b), torch.maximum(c, d))


def _largest_and_place(windows: Tensor) -> tuple[Tensor, Tensor]:
    """The largest value of each window, and its place 0 … 3, both [R, 1, W/2, 1, C] in the type of the windows."""
    a, b, c, d = (quarter.float() for quarter in _quarters(windows))
    above, below = torch.maximum(a, b), torch.maximum(c, d)
    place = torch.where(above >= below, torch.where(b > a, 1.0, 0.0), torch.where(d > c, 3.0, 2.0))
    return torch.maximum(above, below).to(windows.dtype), place.to(windows.dtype)


def _to_largest(grad: Tensor, place: Tensor) -> Tensor:
    """The gradient [R, 2, W/2, 2, C] of the windows from that of their largest values."""
    places = torch.arange(4, device=grad.device).view(2, 1, 2, 1).float()
    return torch.where(place.float() == places, grad.float(), 0.0).to(grad.dtype)


def _channels_last(x: Tensor, n: int, c: int, h: int, w: int) -> Tensor:
    """x in channels-last order as [N, C, H, W]."""
    return on_memory_of(x, (n, c, h, w), (h * w * c, 1, w * c, c))
