"""Costs that add up slot by slot are those that `describe` counts layer by layer."""

import numpy as np
import pytest

from own_parts import BLOCKS
from spikesearch.architectures.costs import most_spikes, pair_costs, slot_costs
from spikesearch.architectures.describe import describe
from spikesearch.architectures.macros import MACROS
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.spaces.named import SPACES
from spikesearch.architectures.spaces.slots import SlotSpace

SIZES = [
    {},
    {"channels": 5, "timesteps": 3, "image": (1, 17, 20), "classes": 4, "neuron": "lif"},
    {"image": (2, 128, 128), "events": True},
    {"channels": 5, "image": (1, 17, 20), "neuron": "relu"},
]


@pytest.mark.parametrize("keywords", SIZES, ids=["defaults", "odd", "events", "ordinary"])
@pytest.mark.parametrize("macro", MACROS)
def test_sums_are_the_counts_of_describe(macro: str, keywords: dict[str, object]) -> None:
    space = get_space(macro)
    costs = slot_costs(space.super_plan(space.defaults.replace(**keywords)))
    rng = np.random.default_rng(1)
    for architecture in (space.sample(rng) for _ in range(5)):
        expected = describe(architecture, **keywords)
        code = space.encode(architecture)
        assert (costs["parameters"].of(code), costs["macs"].of(code)) == (expected.parameters, expected.macs)


@pytest.mark.parametrize("keywords", [{}, {"channels": 5, "timesteps": 3, "image": (1, 64, 64), "neuron": "plif"}])
@pytest.mark.parametrize("name", ["snasnet-forward", "snasnet-feedback", "spikenas-bench"])
def test_connections_of_cells_add_up_to_the_counts_of_describe(name: str, keywords: dict[str, object]) -> None:
    space = SPACES[name]
    costs = pair_costs(space, space.defaults.replace(**keywords))
    rng = np.random.default_rng(2)
    for architecture in (space.sample(rng) for _ in range(20)):
        expected = describe(architecture, **keywords)
        code = space.encode(architecture)
        assert (costs["parameters"].of(code), costs["macs"].of(code)) == (expected.parameters, expected.macs)


def test_own_blocks_are_counted_too() -> None:
    space = SlotSpace("own", "autosnn-snn3", BLOCKS)
    costs = slot_costs(space.super_plan(space.defaults))
    architecture = space.decode((2, 0, 1, 2, 2, 0, 1, 2))
    expected = describe(architecture)
    code = space.encode(architecture)
    assert (costs["parameters"].of(code), costs["macs"].of(code)) == (expected.parameters, expected.macs)


def test_most_spikes_are_those_of_the_largest_network_with_every_neuron_firing() -> None:
    space = SlotSpace("two", "autosnn", {name: get_space("autosnn").blocks[name] for name in ("skip", "SRB_k3")})
    largest = describe("autosnn: SRB3 SRB3 SRB3 SRB3 SRB3", timesteps=3)
    assert most_spikes(space.super_plan(space.defaults.replace(timesteps=3))) == 3 * sum(
        layer.positions for layer in largest.layers
    )
