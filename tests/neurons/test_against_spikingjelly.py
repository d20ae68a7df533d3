"""The same layer in SpikingJelly, an independent implementation."""

import pytest
import torch
from torch.testing import assert_close

from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions
from spikesearch.neurons.step import charge

neuron = pytest.importorskip(
    "spikingjelly.activation_based.neuron", reason="SpikingJelly, or loguru that it needs, is not installed"
)
surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")

NODES = {"plif": neuron.ParametricLIFNode, "lif": neuron.LIFNode, "if": neuron.IFNode}
SURROGATES = {"atan": surrogate.ATan, "sigmoid": surrogate.Sigmoid, "triangle": surrogate.PiecewiseQuadratic}


def distance_to_threshold(z, spikes, alpha, soft=False):
    """|H - V_th| at every position and timestep, along the given spikes; α is None without leak."""
    v, distances = torch.zeros_like(z[0]), []
    for row, spike in zip(z, spikes, strict=True):
        h, _ = charge(row, v, alpha, 0.0)
        distances.append((h - 1.0).abs())
        v = h - spike if soft else h * (1 - spike)
    return torch.stack(distances)


def theirs(kind, tau, reset, detach_reset, made):
    """Their node with our settings."""
    keywords = {"surrogate_function": made, "detach_reset": detach_reset, "step_mode": "m"}
    keywords["v_reset"] = None if reset == "soft" else 0.0
    time = {"plif": {"init_tau": tau}, "lif": {"tau": tau}, "if": {}}[kind]
    return NODES[kind](**time, **keywords)


def compare(rng, ours, node, shape, alpha, soft=False, grad_tolerance=1e-5):
    """Spikes equal, gradients near; inputs are drawn that leave no membrane at the threshold."""
    z = (torch.randn(shape, generator=rng) * 2).requires_grad_()
    their_z = z.detach().clone().requires_grad_()
    grad = torch.randn(shape, generator=rng)
    spikes, their_spikes = ours(z), node(their_z)
    clear = distance_to_threshold(z.detach(), their_spikes.detach(), alpha, soft) > 1e-5
    assert torch.equal(spikes[clear], their_spikes[clear])
    assert clear.all()  # with these inputs nothing is close, so the gradients can be compared everywhere
    spikes.backward(grad)
    their_spikes.backward(grad)
    assert_close(z.grad, their_z.grad, rtol=grad_tolerance, atol=grad_tolerance)
    if ours.w is not None:
        assert_close(ours.w.grad, node.w.grad, rtol=grad_tolerance, atol=grad_tolerance)
    return spikes


@pytest.mark.parametrize("kind", ["plif", "lif"])
@pytest.mark.parametrize("detach_reset", [True, False])
@pytest.mark.parametrize("tau", [2.0, 4 / 3, 7.5])
@pytest.mark.parametrize("shape", [(1, 3), (4, 2, 3, 5, 4), (8, 5, 6), (17, 2, 9)])
@pytest.mark.parametrize("fused", [True, False])
def test_spikes_and_gradients(rng, kind, detach_reset, tau, shape, fused):
    ours = SpikingNeuron(NeuronOptions(kind=kind, tau=tau, detach_reset=detach_reset, fused=fused))
    compare(rng, ours, theirs(kind, tau, "hard", detach_reset, surrogate.ATan(2.0)), shape, 1 / tau)


@pytest.mark.parametrize(("name", "scale"), [("atan", 2.0), ("sigmoid", 4.0), ("triangle", 0.8)])
@pytest.mark.parametrize("reset", ["hard", "soft"])
@pytest.mark.parametrize("kind", ["plif", "lif", "if"])
@pytest.mark.parametrize("detach_reset", [True, False])
@pytest.mark.parametrize("fused", [True, False])
def test_every_neuron_reset_and_surrogate(rng, kind, reset, detach_reset, name, scale, fused):
    chosen = {"kind": kind, "reset": reset, "surrogate": name, "scale": scale, "detach_reset": detach_reset}
    ours = SpikingNeuron(NeuronOptions(**chosen, fused=fused))
    node = theirs(kind, 2.0, reset, detach_reset, SURROGATES[name](scale))
    alpha = None if kind == "if" else 0.5
    spikes = compare(rng, ours, node, (6, 2, 3, 4, 5), alpha, reset == "soft")
    assert 0 < spikes.sum() < spikes.numel()
