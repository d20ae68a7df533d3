"""`spike-paths` against the paths written down one by one, and what it gives for networks that do nothing."""

import math
import sys

import pytest
import torch

from spikesearch.architectures.text import parse
from spikesearch.data.augment import Normalisation
from spikesearch.networks.builder import network_options
from spikesearch.networks.ops import Neuron
from spikesearch.networks.recorder import record
from spikesearch.scores.scorer import Scorer
from spikesearch.scores.spike_paths import FiringRates, SpikePaths, gain
from spikesearch.strategies.cell_features import EDGES

PATHS = ((2,), (0, 4), (1, 5), (0, 3, 5))  # positions in EDGES
NO_WAY = math.log(sys.float_info.min)


def by_hand(network, images, digits):
    """Cell, reduction, cell, end: every path through a cell is a product, written out with the rates recorded."""
    with record(network) as activity, torch.no_grad():
        network(images)
    rate = {layer.name: layer.firing_rate for layer in activity.layers}

    def of_cell(cell):
        total = 0.0
        for path in PATHS:
            product, before = 1.0, 0  # neurons before this edge, on this path or on another one to its source
            for edge in path:
                source, target = EDGES[edge]
                if digits[edge] == 0:
                    product = 0.0
                elif digits[edge] >= 2:
                    product *= gain(rate[f"{cell}.edge{source}{target}.neuron"], before == 0)
                before = neurons_into(digits, target)
            total += product
        return math.log(total)

    ends = [math.log(gain(rate[f"{name}.neuron"], True)) for name in ("down", "end")]
    return of_cell("cell1") + of_cell("cell2") + sum(ends)


def neurons_into(digits, node):
    """The most neuron layers on a way from the input to a node."""
    ways = [
        neurons_into(digits, source) + (digits[edge] >= 2)
        for edge, (source, target) in enumerate(EDGES)
        if target == node and digits[edge] and (source == 0 or reached(digits, source))
    ]
    return max(ways, default=0)


def reached(digits, node):
    return any(
        target == node and digits[edge] and (source == 0 or reached(digits, source))
        for edge, (source, target) in enumerate(EDGES)
    )


@pytest.mark.parametrize("entry", [15624, 12617, 7811, 62, 3 * 25, 1 + 3 * 125 + 2 * 3125 + 25])
def test_paths_one_by_one(sample, entry):
    text = f"spikenas-bench:{entry}"
    made = sample(text, listeners=[FiringRates])
    found = SpikePaths().measure(made)
    assert found == pytest.approx(by_hand(made.network, made.images, parse(text).digits))


def test_skips_are_paths_of_gain_one(sample):
    only_skip = sample("spikenas-bench:25", listeners=[FiringRates])  # 0→3
    with_a_second = sample("spikenas-bench:651", listeners=[FiringRates])  # 0→1→3 beside it
    ends = []
    for made in (only_skip, with_a_second):
        rates = made.heard(FiringRates)
        ends.append(sum(math.log(gain(rates.rate(f"{name}.neuron"), True)) for name in ("down", "end")))
    assert SpikePaths().measure(only_skip) == pytest.approx(ends[0])
    assert SpikePaths().measure(with_a_second) == pytest.approx(ends[1] + 2 * math.log(2))


def test_longer_is_better_and_sparse_neurons_at_the_beginning_are_not(sample):
    def score(*digits):
        entry = sum(digit * 5**place for place, digit in enumerate(digits))
        return SpikePaths().measure(sample(f"spikenas-bench:{entry}", listeners=[FiringRates]))

    one, two, three = score(0, 0, 3, 0, 0, 0), score(3, 0, 0, 0, 3, 0), score(3, 0, 0, 3, 0, 3)
    assert one < two < three
    assert score(2, 0, 0, 0, 4, 0) > two > score(4, 0, 0, 0, 2, 0)


@pytest.mark.parametrize("text", ["0302 0030 3003 0000", "autosnn: SRB_k3 skip SCB_k5 skip SCB_k3"])
def test_other_spaces_have_paths_too(sample, text):
    found = SpikePaths().measure(sample(text, listeners=[FiringRates]))
    assert NO_WAY < found < math.inf


def test_more_neurons_on_the_way_through_autosnn_are_better(sample):
    plain, blocks = ("autosnn: skip skip skip skip skip", "autosnn: SCB_k3 SCB_k3 SCB_k3 SCB_k3 SCB_k3")
    scores = [SpikePaths().measure(sample(text, listeners=[FiringRates])) for text in (plain, blocks)]
    assert scores[0] < scores[1]


def test_a_network_without_a_way_has_less_than_all_others(sample):
    dead = SpikePaths().measure(sample("spikenas-bench:0", listeners=[FiringRates]))
    assert dead == pytest.approx(4 * NO_WAY)  # both cells, and nothing gets to the neurons of reduction and end


def test_silent_layers_cost_something_and_not_everything(sample):
    def score(text, v_threshold):
        kind, tau = ("plif", 2.0) if "autosnn" in text else ("lif", 4 / 3)
        options = network_options(kind, {"tau": tau, "v_threshold": v_threshold})
        return SpikePaths().measure(sample(text, listeners=[FiringRates], options=options))

    for text in ("autosnn:SCB_k3", "0303 0030 0003 0000"):
        silent, firing = (score(text, v_threshold) for v_threshold in (1e9, 0.5))
        assert -100 < silent < firing
    # One silent layer behind another is worse than one alone, and no way at all is worse than both.
    deep, flat = score("0003 0000 0000 0000", 1e9), score("0001 0000 0000 0000", 1e9)
    assert NO_WAY < deep < flat


def test_a_rate_that_cannot_be_told_from_silence():
    rates = FiringRates()
    layer = Neuron()
    layer.site = "here"
    rates.hear(layer, torch.zeros(2, 5, 10))
    assert (rates.rate("here"), rates.likely_rate("here")) == (0.0, 0.005)  # half a spike of 100
    rates.hear(layer, torch.ones(2, 5, 10))
    assert rates.rate("here") == rates.likely_rate("here") == 0.5
    layer.site = "always"
    rates.hear(layer, torch.ones(2, 5, 10))
    assert (rates.rate("always"), rates.likely_rate("always")) == (1.0, 0.995)
    assert rates.likely_rate("nowhere") == 0.0


@pytest.mark.parametrize("timesteps", [1, 3])
def test_norms_of_each_timestep_do_not_limit_the_paths(scorer, timesteps):
    architecture = parse("vgg9-bntt")
    size = architecture.dimensions(channels=2, timesteps=timesteps, classes=3, image=(1, 8, 8))
    made = Scorer(
        ["spike-paths"],
        images=scorer(["depth"], architecture).images,
        labels=None,
        normalisation=Normalisation((0.5,), (0.25,)),
        dimensions=size,
        batch_size=4,
    )
    assert NO_WAY < next(made.scores([architecture]))["spike-paths"] < math.inf


@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize("encodes", [True, False])
def test_nothing_gets_through_silent_and_saturated_layers(rate, encodes):
    assert gain(rate, encodes) == 0


def test_both_gains_are_nine_at_a_rate_of_a_tenth():
    assert gain(0.1, True) == pytest.approx(9)
    assert gain(0.1, False) == pytest.approx(9)
    assert gain(0.005, False) == pytest.approx(49.5)  # half of what it is at 0.01
