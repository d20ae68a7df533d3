"""Scores of gradients, against autograd through a network that runs one timestep after the other."""

import math

import numpy as np
import pytest
import torch

from scores.transparent import transparent_grad_norm
from spikesearch.networks.builder import build
from spikesearch.scores.gradients import GradNorm, JacobianCovariance, Snip, correlations
from spikesearch.scores.score import LEAST

CELLS = ["0302 0030 0003 0000", "0302 0030 3003 0000", "0303 0030 2002 0200"]


@pytest.mark.parametrize("text", CELLS)
def test_grad_norm_is_that_of_the_transparent_implementation(sample, text):
    looked_at = sample(text, gradient=True)
    found = GradNorm().measure(looked_at)
    labels = looked_at.labels
    assert found == pytest.approx(transparent_grad_norm(looked_at.network, looked_at.images, labels), rel=1e-4)


def test_grad_norm_of_voted_rates_is_that_of_spike_counts(sample):
    looked_at = sample("autosnn:SCB_k3", gradient=True)
    found = GradNorm().measure(looked_at)
    network = looked_at.network
    rates = network(looked_at.images)  # again: training mode computes the same whatever the running statistics are
    logits = rates * 3  # T; the vote is the mean of K neurons
    torch.nn.functional.cross_entropy(logits, looked_at.labels).backward()
    norms = [weight.grad.norm() for weight in network.parameters() if weight.dim() == 4]
    assert found == pytest.approx(-float(torch.stack(norms).log().mean()), rel=1e-5)


def test_convolutions_without_gradient_are_left_out(sample):
    looked_at = sample("0303 0000 0000 0000", gradient=True)  # 0→1 leads nowhere, in both cells
    names = [name for name, module in looked_at.network.named_modules() if module in looked_at.weighted]
    norms = {name: float(one.norm()) for name, one in zip(names, looked_at.gradients, strict=True) if "fc" not in name}
    assert [name for name, norm in norms.items() if not norm] == [
        "steps.cell1.edge01.conv.conv",
        "steps.cell2.edge01.conv.conv",
    ]
    reached = [math.log(norm) for norm in norms.values() if norm]
    assert len(reached) == 4  # stem, 0→3 twice, reduction
    assert GradNorm().measure(looked_at) == pytest.approx(-sum(reached) / 4)


def test_a_network_without_a_way_to_the_output_has_the_least(sample):
    looked_at = sample("spikenas-bench:0", gradient=True)
    assert GradNorm().measure(looked_at) == LEAST
    assert Snip().measure(looked_at) >= 0
    assert JacobianCovariance().measure(looked_at) == pytest.approx(-5e5, rel=0.01)  # five of six images add nothing


def test_snip_is_the_sum_over_all_weights(sample):
    looked_at = sample(CELLS[1], gradient=True)
    found = Snip().measure(looked_at)
    network = looked_at.network
    torch.nn.functional.cross_entropy(network(looked_at.images), looked_at.labels).backward()
    by_hand = [
        sum(abs(w * g) for w, g in zip(weight.flatten().tolist(), weight.grad.flatten().tolist(), strict=True))
        for weight in network.parameters()
        if weight.dim() > 1
    ]
    assert len(by_hand) == len(looked_at.weighted)
    assert found == pytest.approx(sum(by_hand), rel=1e-5)


def test_jacobian_covariance_by_numpy(sample):
    looked_at = sample(CELLS[0], gradient=True)
    found = JacobianCovariance().measure(looked_at)
    x = looked_at.images.clone().requires_grad_()
    looked_at.network(x).sum().backward()
    values = np.linalg.eigvalsh(np.corrcoef(x.grad.flatten(1).double().numpy()))
    assert found == pytest.approx(-sum(math.log(v + 1e-5) + 1 / (v + 1e-5) for v in values), rel=1e-4)
    assert found < -6  # six images, each at most -1


def test_correlations_of_constant_rows_are_defined():
    rows = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [5.0, 5.0, 5.0], [0.0, 0.0, 0.0]]).double()
    expected = [[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert torch.allclose(correlations(rows), torch.tensor(expected).double())


def test_gradients_that_are_not_finite_are_no_exception(sample):
    network = build("snasnet: 0302 0030 0003 0000", channels=4, timesteps=3, classes=3, image=(1, 8, 8), votes=2)
    with torch.no_grad():
        network.get_parameter("fc.linear.weight").fill_(math.inf)
    looked_at = sample("0302 0030 0003 0000", gradient=True, network=network)
    assert JacobianCovariance().measure(looked_at) == LEAST
