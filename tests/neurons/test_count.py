import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.neurons import count
from spikesearch.neurons.count import count_spikes


@given(
    shape=st.lists(st.integers(0, 40), min_size=0, max_size=3),
    rate=st.floats(0, 1),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float16, torch.float64]),
    seed=st.integers(0, 99),
)
def test_equals_counting_one_by_one(shape, rate, dtype, seed):
    spikes = (torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < rate).to(dtype)
    total = count_spikes(spikes)
    assert (total.dtype, total.dim()) == (torch.int64, 0)
    assert total.item() == int(torch.count_nonzero(spikes))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_layouts(dtype):
    x = (torch.rand(6, 5, 7, 9, generator=torch.Generator().manual_seed(3)) < 0.3).to(dtype)
    for view in (
        x.contiguous(memory_format=torch.channels_last),
        x[:, ::2],
        x.transpose(0, 3),
        x[:, :, :1].expand_as(x),
    ):
        assert count_spikes(view).item() == int(torch.count_nonzero(view))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_more_ones_than_float32_can_count(dtype):
    # 2^24 + 3 ones: a float32 sum in one go may end at 2^24
    assert count_spikes(torch.ones(2**24 + 3, dtype=dtype)).item() == 2**24 + 3
    assert count._EXACT_IN_FLOAT == 2**24
