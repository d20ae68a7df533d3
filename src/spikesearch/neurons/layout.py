"""Flat views: a tensor's elements in the order they lie in memory, without copying.

Neurons do not care which position is which, so a kernel over [T, M] serves contiguous and channels_last tensors alike:
M counts the positions of one timestep in memory order, and the output is laid out as the input was.
"""

import torch
from torch import Tensor

from spikesearch.neurons.outline import estimating


def is_dense(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether the elements fill one stretch of memory without gap or overlap, in any order of the dimensions."""
    expected = 1
    for step, size in sorted((step, size) for step, size in zip(stride, shape, strict=True) if size != 1):
        if step != expected:
            return False
        expected *= size
    return True


def is_time_first(x: Tensor) -> bool:
    """Whether x [T, ...], not empty, is T dense stretches of memory, one directly after the other."""
    shape, stride = x.shape, x.stride()
    return (shape[0] == 1 or stride[0] * shape[0] == x.numel()) and is_dense(shape[1:], stride[1:])


def flat_steps(x: Tensor) -> Tensor:
    """View of a time-first tensor [T, ...] as [T, M], M in memory order. Not tracked by autograd."""
    positions = x.numel() // x.shape[0]
    return x.detach().as_strided((x.shape[0], positions), (positions, 1))


def shaped_like(flat: Tensor, pattern: Tensor) -> Tensor:
    """A tensor [T, ...] on the memory of flat [T, M], each step laid out as those of `pattern` [S, ...]."""
    return on_memory_of(flat, (flat.shape[0], *pattern.shape[1:]), (flat.shape[1], *pattern.stride()[1:]))


def on_memory_of(x: Tensor, shape: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """A tensor of that shape and these strides on the memory of x.

    It is no view in autograd's sense: a custom function's result that is one could not be changed in place.
    """
    if estimating():  # tensors without values would hold on to their memory for ever
        return x.as_strided(shape, stride)
    return x.new_empty(0).set_(x.untyped_storage(), x.storage_offset(), shape, stride)


def laid_out_as(x: Tensor, pattern: Tensor) -> Tensor:
    """x [T, ...] time-first with each step laid out as those of `pattern` [S, ...]; copied only if it is not."""
    stride = (pattern.numel() // pattern.shape[0], *pattern.stride()[1:])
    if all(a == b or size == 1 for a, b, size in zip(x.stride(), stride, x.shape, strict=True)):
        return x
    return torch.empty_strided(x.shape, stride, dtype=x.dtype, device=x.device).copy_(x)
