import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from spikesearch.errors import UserError
from spikesearch.networks.ops import (
    AvgPool,
    Conv,
    ConvBN,
    GlobalAvgPool,
    MaxPool,
    Neuron,
    TemporalBatchNorm,
    channels_last,
    over_time,
)
from spikesearch.networks.recorder import record
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions

T, N, C, H, W = 3, 4, 5, 6, 7


def currents(dtype=torch.float32, shape=(T, N, C, H, W), scale=3.0) -> torch.Tensor:
    """[T, N, C, H, W] with channels-last memory."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype) * scale
    return channels_last(x)


def last_is_contiguous(x: torch.Tensor) -> bool:
    return x.movedim(-3, -1).is_contiguous()


@given(st.lists(st.integers(1, 4), min_size=3, max_size=6))
@settings(max_examples=60, deadline=None)
def test_channels_last_keeps_the_values_and_orders_the_memory(shape):
    x = torch.arange(float(torch.Size(shape).numel())).reshape(shape)
    y = channels_last(x)
    assert torch.equal(x, y)
    assert last_is_contiguous(y)
    assert channels_last(y).data_ptr() == y.data_ptr()


def test_one_channel_is_channels_last_without_a_copy_and_for_torch_too():
    # [N, 1, H, W] has the same memory in both layouts: only the strides tell torch which to go on with.
    x = torch.rand(2, 1, 4, 6)
    y = channels_last(x)
    assert y.data_ptr() == x.data_ptr()
    assert y.stride() == (24, 1, 6, 1)
    assert last_is_contiguous(Conv(1, 3, 3)(y))


def test_over_time_folds_without_a_copy():
    x = currents()
    seen = []
    y = over_time(lambda folded: seen.append(folded) or folded, x)
    assert seen[0].shape == (T * N, C, H, W)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    assert y.data_ptr() == x.data_ptr()
    assert y.stride() == x.stride()


def test_conv_is_a_padded_convolution_without_bias():
    conv = Conv(C, 4, 3, stride=2)
    x = torch.randn(2, C, 7, 8)
    expected = nn.functional.conv2d(x, conv.weight, padding=1, stride=2)
    assert torch.equal(conv(x), expected)
    assert conv(x).shape == (2, 4, 4, 4)
    assert conv.bias is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_layers_compute_in_the_type_of_their_input_and_keep_their_own(dtype):
    layer = ConvBN(C, 4, 3, stride=2)
    x = currents(dtype).requires_grad_()
    y = layer(x)
    assert y.dtype == dtype
    assert y.shape == (T, N, 4, 3, 4)
    assert last_is_contiguous(y)
    y.float().square().sum().backward()
    assert {tensor.dtype for tensor in layer.state_dict().values()} == {torch.float32}
    assert {parameter.grad.dtype for parameter in layer.parameters()} == {torch.float32}
    assert x.grad.dtype == dtype


def test_folded_batch_norm_takes_statistics_over_timesteps_and_images():
    ours, reference = TemporalBatchNorm(C), nn.BatchNorm2d(C)
    x = currents()
    with torch.no_grad():
        ours.weight.uniform_(0.5, 2)
        ours.bias.uniform_(-1, 1)
        reference.weight.copy_(ours.weight)
        reference.bias.copy_(ours.bias)
    assert torch.equal(ours(x), reference(x.flatten(0, 1)).unflatten(0, (T, N)))
    assert torch.equal(ours.running_mean, reference.running_mean)
    assert torch.equal(ours.running_var, reference.running_var)


def test_batch_norm_per_timestep_normalises_each_and_updates_the_statistics_t_times():
    ours, reference = TemporalBatchNorm(C, "per-timestep"), nn.BatchNorm2d(C)
    x = currents()
    x = x + torch.arange(T)[:, None, None, None, None]
    expected = torch.stack([reference(x_t) for x_t in x])
    y = ours(x)
    assert torch.allclose(y, expected, atol=1e-6)
    assert last_is_contiguous(y)
    assert torch.allclose(ours.running_mean, reference.running_mean, atol=1e-6)
    assert torch.allclose(ours.running_var, reference.running_var, atol=1e-6)
    assert torch.allclose(y.mean(dim=(1, 3, 4)), torch.zeros(T, C), atol=1e-5)


def test_the_two_batch_norms_differ_in_training_and_agree_in_evaluation():
    folded, per_timestep = TemporalBatchNorm(C), TemporalBatchNorm(C, "per-timestep")
    x = currents()
    assert not torch.allclose(folded(x), per_timestep(x), atol=1e-3)
    assert not torch.allclose(folded.running_mean, per_timestep.running_mean, atol=1e-3)
    per_timestep.load_state_dict(folded.state_dict())
    assert torch.equal(folded.eval()(x), per_timestep.eval()(x))


@pytest.mark.parametrize(("kind", "shape"), [("folded", (1, 1, C, 1, 1)), ("per-timestep", (3, 1, C, 1, 1))])
def test_batch_norm_cannot_train_on_one_value_per_channel(kind, shape):
    norm = TemporalBatchNorm(C, kind)
    with pytest.raises(UserError, match=r"one value per channel, got \[1, 5, 1, 1\]: use a larger batch"):
        norm(torch.ones(shape))
    assert norm.eval()(torch.ones(shape)).shape == shape


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_neuron_is_the_spiking_neuron_in_the_layout_of_its_input(dtype):
    neuron, plain = Neuron(), SpikingNeuron()
    for z in (currents(dtype), currents(dtype).contiguous(), currents(dtype).flatten(2)):
        spikes = neuron(z)
        assert torch.equal(spikes, plain(z))
        assert spikes.dtype == dtype
        assert spikes.stride() == z.stride()
        assert 0 < spikes.sum() < spikes.numel()


def test_a_constant_current_is_the_same_current_at_every_timestep():
    neuron = Neuron(NeuronOptions(tau=3.0))
    z = currents()[0]
    spikes = neuron.forward_constant(z, T)
    assert torch.equal(spikes, SpikingNeuron(NeuronOptions(tau=3.0))(z.expand(T, *z.shape)))
    assert last_is_contiguous(spikes)


def test_every_call_of_a_neuron_is_counted_once():
    neuron = Neuron()
    z = currents()
    with record(neuron) as activity:
        spikes = neuron(z).sum() + neuron.forward_constant(z[0], T).sum()
    assert activity.spikes == spikes.item()


def test_max_pool_drops_incomplete_windows_and_is_counted():
    pool = MaxPool()
    x = (currents() > 2).float()
    with record(pool) as activity:
        y = pool(x)
    expected = torch.stack([x[..., a:H:2, b : W - 1 : 2] for a in (0, 1) for b in (0, 1)]).amax(0)
    assert torch.equal(y, expected)
    assert y.shape == (T, N, C, 3, 3)
    assert last_is_contiguous(y)
    assert activity.spikes == expected.sum().item()


def test_average_pools():
    x = (currents() > 2).float()
    windows = torch.stack([x[..., a:H:2, b : W - 1 : 2] for a in (0, 1) for b in (0, 1)])
    assert torch.equal(AvgPool()(x), windows.sum(0) / 4)
    assert last_is_contiguous(AvgPool()(x))
    assert torch.allclose(GlobalAvgPool()(x)[..., 0, 0], x.sum((3, 4)) / 42)
    assert GlobalAvgPool()(x).shape == (T, N, C, 1, 1)


def test_batch_norm_without_bias_trains_its_weight_alone():
    norm, usual = TemporalBatchNorm(3, bias=False), TemporalBatchNorm(3)
    x = torch.randn(2, 4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(norm(x), usual(x))
    assert [name for name, _ in norm.named_parameters()] == ["weight"]
    assert "bias" not in norm.state_dict()
    norm(x).square().sum().backward()
    assert norm.weight.grad.abs().sum() > 0
