import math
import sys

import pytest
import torch

from spikesearch.networks.ops import TemporalBatchNorm
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.scores.linear import linear_copy
from spikesearch.scores.synflow import Synflow


def test_flow_of_a_chain_is_its_output_for_every_layer(sample):
    # Without neurons and BatchNorm the output is linear in each layer's weights: Σ w·∂R/∂w = R for every layer.
    looked_at = sample("0003 0000 0000 0000")
    network = linear_copy(looked_at.network).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
        output = float(network(torch.ones(1, 1, 8, 8).double()).sum())
    layers = 6  # stem, cell 1, reduction, cell 2, two fully connected
    assert len(looked_at.weighted) == layers
    assert Synflow().measure(looked_at) == pytest.approx(math.log(layers * output), rel=1e-9)


def test_a_second_path_adds_flow(sample):
    one, two, feedback = (sample(f"0003 0000 {rows} 0000") for rows in ("0000", "0000", "0000"))
    assert Synflow().measure(one) == Synflow().measure(two) == Synflow().measure(feedback)
    assert Synflow().measure(sample("0303 0003 0000 0000")) > Synflow().measure(one)


def test_feedback_flows(sample):
    # 2→1 adds what node 1 gave one timestep before
    assert Synflow().measure(sample("0302 0003 0100 0000")) > Synflow().measure(sample("0302 0003 0000 0000"))


def test_no_way_to_the_output(sample):
    assert Synflow().measure(sample("spikenas-bench:0")) == math.log(sys.float_info.min)


def test_the_network_stays_as_it_was(sample):
    looked_at = sample("0302 0030 3003 0000")
    before = {name: tensor.clone() for name, tensor in looked_at.network.state_dict().items()}
    Synflow().measure(looked_at)
    after = looked_at.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert looked_at.network.training


def test_the_copy_has_neither_neurons_nor_norms(sample):
    for text in ("autosnn:SIB_k3_e1", "0302 0030 3003 0000"):
        kinds = [type(module) for module in linear_copy(sample(text).network).modules()]
        assert not any(issubclass(kind, SpikingNeuron | TemporalBatchNorm) for kind in kinds)
