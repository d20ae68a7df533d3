"""The same layer in SpikingJelly, an independent implementation."""

import pytest
import torch
from torch.testing import assert_close

from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions
from spikesearch.neurons.step import charge

neuron = pytest.importorskip("spikingjelly.activation_based.neuron", reason="SpikingJelly is not installed")
surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")


def distance_to_threshold(z, spikes, alpha):
    """|H - V_th| at every position and timestep, along the given spikes."""
    v, distances = torch.zeros_like(z[0]), []
    for row, spike in zip(z, spikes, strict=True):
        h, _ = charge(row, v, alpha, 0.0)
        distances.append((h - 1.0).abs())
        v = h * (1 - spike)
    return torch.stack(distances)


@pytest.mark.parametrize("kind", ["plif", "lif"])
@pytest.mark.parametrize("detach_reset", [True, False])
@pytest.mark.parametrize("tau", [2.0, 4 / 3, 7.5])
@pytest.mark.parametrize("shape", [(1, 3), (4, 2, 3, 5, 4), (8, 5, 6), (17, 2, 9)])
@pytest.mark.parametrize("fused", [True, False])
def test_spikes_and_gradients(rng, kind, detach_reset, tau, shape, fused):
    z = (torch.randn(shape, generator=rng) * 2).requires_grad_()
    their_z = z.detach().clone().requires_grad_()
    grad = torch.randn(shape, generator=rng)
    ours = SpikingNeuron(NeuronOptions(kind=kind, tau=tau, detach_reset=detach_reset, fused=fused))
    keywords = {"surrogate_function": surrogate.ATan(2.0), "detach_reset": detach_reset, "step_mode": "m"}
    theirs = (
        neuron.ParametricLIFNode(init_tau=tau, **keywords) if kind == "plif" else neuron.LIFNode(tau=tau, **keywords)
    )
    spikes, their_spikes = ours(z), theirs(their_z)
    clear = distance_to_threshold(z.detach(), their_spikes.detach(), 1 / tau) > 1e-5
    assert torch.equal(spikes[clear], their_spikes[clear])
    assert clear.all()  # with these inputs nothing is close, so the gradients can be compared everywhere
    spikes.backward(grad)
    their_spikes.backward(grad)
    assert_close(z.grad, their_z.grad, rtol=1e-5, atol=1e-5)
    if kind == "plif":
        assert_close(ours.w.grad, theirs.w.grad, rtol=1e-5, atol=1e-5)
