import itertools
import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.neurons.layout import flat_steps, is_dense, is_time_first, laid_out_as, shaped_like

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


@given(shape=SHAPES, data=st.data())
def test_every_permutation_of_a_whole_tensor_is_dense(shape, data):
    order = data.draw(st.permutations(range(len(shape))))
    x = torch.empty(shape).permute(order)
    assert is_dense(x.shape, x.stride())


@given(shape=SHAPES, stride=st.data())
def test_dense_means_that_the_offsets_are_0_to_n_minus_1(shape, stride):
    strides = tuple(stride.draw(st.integers(0, 12)) for _ in shape)
    offsets = sorted(
        sum(i * s for i, s in zip(index, strides, strict=True)) for index in itertools.product(*map(range, shape))
    )
    assert is_dense(shape, strides) == (offsets == list(range(math.prod(shape))))


def test_channels_last_steps_are_taken_as_they_lie():
    x = torch.arange(2 * 3 * 4 * 5 * 6.0).view(6, 4, 5, 6).contiguous(memory_format=torch.channels_last)
    x = x.unflatten(0, (2, 3))  # [T, N, C, H, W]
    assert is_time_first(x)
    flat = flat_steps(x)
    assert flat.data_ptr() == x.data_ptr()
    assert flat.is_contiguous()
    back = shaped_like(flat, x)
    assert back.stride() == x.stride()
    assert torch.equal(back, x)
    assert not back._is_view()


def test_what_is_not_time_first():
    assert not is_time_first(torch.zeros(4, 3, 2).transpose(0, 1))
    assert not is_time_first(torch.zeros(4, 3, 4)[:, :, ::2])
    assert not is_time_first(torch.zeros(1, 3).expand(4, 3))
    assert is_time_first(torch.zeros(9, 3)[2:5])


def test_a_gradient_in_another_layout_is_copied_into_the_wanted_one():
    pattern = (
        torch.zeros(2, 3, 4, 5, 6).flatten(0, 1).contiguous(memory_format=torch.channels_last).unflatten(0, (2, 3))
    )
    grad = torch.randn(2, 3, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    moved = laid_out_as(grad, pattern)
    assert moved.stride() == pattern.stride()
    assert torch.equal(moved, grad)
    assert laid_out_as(moved, pattern) is moved
    assert torch.equal(laid_out_as(torch.ones(()).expand(2, 3, 4, 5, 6), pattern), torch.ones(2, 3, 4, 5, 6))
