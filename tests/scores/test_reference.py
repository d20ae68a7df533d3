"""SNASNet's own networks and kernels, computed by its authors' code: what ours must reproduce."""

import pytest
import torch

from networks.test_reference_networks import CELLS, give_weights, inputs, reference
from spikesearch.networks.builder import build
from spikesearch.scores.overlaps import SpikeOverlaps
from spikesearch.scores.sample import Sample
from spikesearch.scores.table import SCORES_TABLE


# Ten seconds of convolutions each at the authors' width: one by default, `make test-long` runs the one with feedback.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if "backward" in name else ()) for name in CELLS]
)
def test_the_authors_log_determinants_are_reproduced(shared_data, name):
    case = reference(shared_data, name)
    keywords = {"classes": 100, "votes": 5, "batch_norm": "per-timestep", "dropout": 0.0}
    network = build(CELLS[name], **keywords)
    give_weights(network, case)
    looked_at = Sample(
        network.plan,
        inputs(shared_data, 64),
        None,
        options=network.options,
        seed=0,
        listeners=[SpikeOverlaps],
        network=network,
    )
    with torch.no_grad():
        assert sum(len(layer.both) for layer in looked_at.heard(SpikeOverlaps).layers) == case["kernels"]
    assert SCORES_TABLE["sahd-code"].measure(looked_at) == pytest.approx(case["sahd_code_logdet"], rel=1e-3)
    assert SCORES_TABLE["hamming"].measure(looked_at) == pytest.approx(case["hamming_logdet"], rel=1e-3)
