"""Max pooling 2×2 on a CPU as two compiled loops, with a fraction of the memory.

PyTorch's own keeps its input and a 64-bit index for every value of its output; here the place of the largest of four
is kept, in the type of the values, and the input is not. Values and gradients are the same, bit for bit.
"""

import functools
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from spikesearch.neurons.compilation import CompiledKernel, compiling_works
from spikesearch.neurons.layout import on_memory_of
from spikesearch.neurons.outline import estimating

_VECTOR = 16  # C must be a multiple: the innermost loop is over channels, and slower than PyTorch's for 8 of them
_FEWEST_VALUES = 2**19  # of the input; with fewer, calling the loops takes as long as they
_TYPES = (torch.float32, torch.bfloat16, torch.float16)


def pool_compiles(x: Tensor) -> bool:
    """Whether `compiled_max_pool` takes x [N, C, H, W]: large, on a CPU, channels-last, and something compiles."""
    if x.device.type != "cpu" or x.dtype not in _TYPES or x.numel() < _FEWEST_VALUES:
        return False
    if torch.compiler.is_compiling() or not compiling_works():
        return False
    channels, height, width = x.shape[1:]
    return channels % _VECTOR == 0 and height % 2 == width % 2 == 0 and x.movedim(1, -1).is_contiguous()


def compiled_max_pool(x: Tensor) -> Tensor:
    """What `F.max_pool2d(x, 2)` gives for x [N, C, H, W] that `pool_compiles` and that has no NaN: [N, C, H/2, W/2]."""
    pooled: Tensor = _MaxPool.apply(x)  # type: ignore[no-untyped-call]
    return pooled


class _MaxPool(torch.autograd.Function):
    """Windows are [R, 2, W/2, 2, C], R = N·H/2, which is how channels-last memory lies; sizes of 1 stand for what is
    left of them. Of equal values the first one, row by row, gets the gradient, as in PyTorch.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C, H/2, W/2]."""
        n, c, h, w = x.shape
        windows = x.detach().movedim(1, -1).reshape(n * h // 2, 2, w // 2, 2, c)
        if estimating():
            pooled, place = (x.new_empty(n * h // 2, 1, w // 2, 1, c) for _ in range(2))
        else:
            pooled, place = _forward()(windows)
        ctx.save_for_backward(place)
        ctx.shape = x.shape
        return _channels_last(pooled, n, c, h // 2, w // 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """[N, C, H/2, W/2] → [N, C, H, W]."""
        (place,) = ctx.saved_tensors
        n, c, h, w = ctx.shape
        grad = grad.contiguous(memory_format=torch.channels_last).movedim(1, -1).reshape(place.shape)
        grad_x = grad.new_empty(n * h // 2, 2, w // 2, 2, c) if estimating() else _backward()(grad, place)
        return _channels_last(grad_x, n, c, h, w)


@functools.cache
def _forward() -> CompiledKernel:
    return CompiledKernel(_largest, _largest, "max_pool_forward", dynamic=(-5, -3, -1), fewest=2)


@functools.cache
def _backward() -> CompiledKernel:
    return CompiledKernel(_to_largest, _to_largest, "max_pool_backward", dynamic=(-5, -3, -1), fewest=2)


def _largest(windows: Tensor) -> tuple[Tensor, Tensor]:
    """The largest value of each window, and its place 0 … 3, both [R, 1, W/2, 1, C] in the type of the windows."""
    a, b, c, d = (windows[:, i : i + 1, :, j : j + 1].float() for i in (0, 1) for j in (0, 1))
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
