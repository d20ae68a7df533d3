"""The sampled limit of wide networks that benchmarks score, against networks that are wide."""

import numpy as np
import pytest
import torch
from benchmarks.wide_limit import WideNetwork, live_edges, wide_score

from spikesearch.architectures.spikenas_bench import parse_entry
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError
from spikesearch.networks.builder import network_options
from spikesearch.scores.sample import Sample
from spikesearch.scores.spike_paths import FiringRates, SpikePaths

# Edges 01, 02, 03, 12, 13, 23: thresholds 0.5, 1 and 1.5 one behind the other beside a skip; and side by side.
ENTRIES = [
    sum(digit * 5**place for place, digit in enumerate(digits)) for digits in ((2, 0, 1, 3, 0, 4), (4, 3, 2, 0, 1, 1))
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_rates_and_score_are_those_of_a_wide_random_network(entry):
    cell = parse(f"spikenas-bench:{entry}")
    plan = cell.plan(cell.dimensions(channels=96, timesteps=5, image=(3, 8, 8)))
    options = network_options(plan.dimensions.neuron, {"tau": plan.tau, "dropout": 0.0})
    images = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    sample = Sample(plan, images, None, options=options, seed=0, listeners=(FiringRates,))
    heard = sample.heard(FiringRates)
    edges = live_edges(parse_entry(str(entry)).edges)
    wide = WideNetwork(samples=5000, pooled=0.275).rates(edges)  # of images of noise
    found, measured = [], []
    for name, rates in zip(("cell1", "cell2"), wide.cells, strict=True):
        for edge, rate in rates.items():
            found.append(rate)
            measured.append(heard.rate(f"{name}.{edge.name}.neuron"))
    assert len(found) == 6
    assert max(measured) > 0.2
    assert found == pytest.approx(measured, abs=0.03)
    assert wide_score(edges, wide) == pytest.approx(SpikePaths().measure(sample), abs=1.0)


def test_dead_connections_change_nothing_and_no_way_is_the_least():
    wide = WideNetwork(samples=50)
    dead = live_edges(parse_entry(str(3 + 1 * 25)).edges)  # node 1 leads nowhere, a skip leads to the output
    assert [edge.name for edge in dead] == ["edge03"]
    none = live_edges(parse_entry("0").edges)
    assert wide_score(none, wide.rates(none)) == pytest.approx(4 * np.log(2.2250738585072014e-308))


def test_feedback_and_pooling_have_no_known_limit():
    edges = parse("0403 0000 0003 0000").plan(parse("0403 0000 0003 0000").defaults).steps[1].block.edges
    with pytest.raises(UserError, match="the limit is known of convolutions and skips forward only"):
        WideNetwork(samples=50).rates(edges)
