from dataclasses import dataclass

import numpy as np
import pytest
import torch

from spikesearch.architectures.blocks import SCB, SIB, Block
from spikesearch.architectures.layers import neuron
from spikesearch.architectures.spaces.autosnn import AUTOSNN_BLOCKS, SPACES, get_space
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError
from spikesearch.networks.builder import build_network
from spikesearch.networks.ops import Neuron
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.recorder import record
from spikesearch.networks.supernet import build_supernet
from spikesearch.neurons.options import NeuronOptions

SPACE = SPACES["autosnn"]
SMALL = {"channels": 3, "timesteps": 2, "classes": 4, "votes": 3, "image": (3, 11, 13)}


def small(space=SPACE, **options):
    return build_supernet(space, space.defaults.replace(**SMALL), NetworkOptions(**options), seed=3)


def images(n: int = 2) -> torch.Tensor:
    return torch.rand(n, 3, 11, 13, generator=torch.Generator().manual_seed(7)) * 4 - 1


def paths(space, count: int) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(0)
    return [space.encode(space.sample(rng)) for _ in range(count)]


def trained_a_little(supernet, enliven):
    """Weights and running statistics as training leaves them: unlike the initial ones in every candidate."""
    enliven(supernet)
    with torch.no_grad():
        for choice in range(len(supernet.space.candidates)):
            supernet(images(4), (choice,) * len(supernet.space.slot_names))
    return supernet.eval()


@pytest.mark.parametrize(
    ("name", "threshold", "count"),
    # averages of spikes are below 1: at T = 2 a neuron behind them needs a lower threshold to fire at all
    [
        ("autosnn", 1.0, 40),
        ("autosnn-snn2", 0.6, 5),
        ("autosnn-snn3", 1.0, 20),
        ("autosnn-snn4", 0.6, 5),
        ("autosnn-extra", 1.0, 10),
    ],
)
def test_an_extracted_child_equals_its_path_bit_for_bit(name, threshold, count, enliven):
    space = SPACES[name]
    supernet = trained_a_little(small(space, neuron=NeuronOptions(v_threshold=threshold)), enliven)
    x = images(3)
    outputs = set()
    with torch.no_grad():
        for path in paths(space, count):
            child = supernet.extract(path)
            with record(supernet) as shared, record(child) as own:
                rates = supernet(x, path)
                assert torch.equal(child(x), rates), path
            assert own.layers == shared.layers
            assert child.architecture == str(space.decode(path))
            outputs.add(rates.numpy().tobytes())
    assert len(outputs) > count // 2  # equal, but not because all are silent


def test_a_child_equals_its_path_with_bottlenecks_bfloat16_and_batch_norm_per_timestep(enliven):
    space = get_space("autosnn", {**AUTOSNN_BLOCKS, "SIB_k3_e1": SIB(3, 1)})
    supernet = trained_a_little(small(space, batch_norm="per-timestep"), enliven)
    x = images().bfloat16()
    with torch.no_grad():
        for path in ((5, 5, 5, 5, 5), (0, 5, 1, 0, 4)):
            assert torch.equal(supernet.extract(path)(x), supernet(x, path))


def test_a_child_is_a_network_of_its_own(enliven):
    supernet = trained_a_little(small(), enliven)
    path = (4, 0, 2, 1, 3)
    before = supernet(images(), path)
    child = supernet.extract(SPACE.decode(path))
    child.train()
    child(images(6)).sum().backward()
    with torch.no_grad():
        for tensor in child.state_dict().values():
            tensor.zero_()
    assert torch.equal(supernet(images(), path), before)
    assert not supernet.training
    assert all(parameter.grad is None for parameter in supernet.parameters())
    assert child.dimensions == supernet.dimensions
    assert type(child).__name__ == "SpikingNetwork"


def test_names_differ_by_the_block_alone():
    supernet = small()
    path = (4, 0, 2, 1, 3)
    child = supernet.extract(path)
    blocks = dict(zip(SPACE.slot_names, map(str, SPACE.decode(path).slots), strict=True))
    state = supernet.state_dict()
    for name, tensor in child.state_dict().items():
        parts = name.split(".")
        if parts[1] in blocks:
            parts.insert(2, blocks[parts[1]])
        assert torch.equal(state[".".join(parts)], tensor), name


def test_every_path_starts_from_the_weights_a_built_network_has():
    supernet = small()
    for path in paths(SPACE, 5):
        built = build_network(SPACE.decode(path).plan(supernet.dimensions), seed=3).state_dict()
        child = supernet.extract(path).state_dict()
        assert list(built) == list(child)
        assert all(torch.equal(built[name], child[name]) for name in built)


def test_only_the_path_that_ran_learns(enliven):
    supernet = enliven(small())
    statistics = {name: tensor.clone() for name, tensor in supernet.named_buffers()}
    supernet(images(4), (1, 2, 0, 3, 4)).sum().backward()
    ran = ("tbd1.SCB_k3", "tbd2.SCB_k5", "tbd3.skip", "tbd4.SRB_k3", "tbd5.SRB_k5", "stem", "ds1", "ds2", "ds3")
    for name, parameter in supernet.named_parameters():
        expected = name.startswith(("fc", *(f"steps.{place}." for place in ran)))
        assert (parameter.grad is not None) == expected, name
    for name, buffer in supernet.named_buffers():
        expected = name.startswith(tuple(f"steps.{place}." for place in ran))
        assert (not torch.equal(buffer, statistics[name])) == expected, name


def test_steps_one_by_one_are_the_same_as_the_whole(enliven):
    supernet = trained_a_little(small(), enliven)
    path = (4, 1, 0, 2, 3)
    x = supernet.encode(images())
    for index, choice in list(enumerate(supernet.choices(path)))[1:]:
        x = supernet.run(index, x, choice)
    assert torch.equal(supernet.readout(x), supernet(images(), path))


def test_a_path_may_hold_numpy_integers(enliven):
    supernet = trained_a_little(small(), enliven)
    assert torch.equal(supernet(images(), np.array([4, 1, 0, 2, 3])), supernet(images(), (4, 1, 0, 2, 3)))
    assert supernet.extract(np.array([4, 1, 0, 2, 3])).architecture == str(SPACE.decode((4, 1, 0, 2, 3)))


@pytest.mark.parametrize("path", [(), (0, 1, 2), (0, 0, 0, 0, 5), (0, 0, -1, 0, 0), (0,) * 6])
def test_a_path_that_does_not_fit_is_refused(path):
    supernet = small()
    wanted = "does not fit: give 5 whole numbers, each the index of a candidate, below 5, 5, 5, 5, 5"
    with pytest.raises(UserError, match=wanted):
        supernet(images(), path)
    with pytest.raises(UserError, match=wanted):
        supernet.extract(path)


def test_an_architecture_outside_the_space_cannot_be_extracted():
    with pytest.raises(UserError, match="SIB_k3_e1 in tbd1 is not among its candidates"):
        small().extract(parse("autosnn:SIB_k3_e1"))


class TickModule(torch.nn.Module):
    """Passes spikes on through a neuron, with a buffer that is not saved."""

    def __init__(self, options) -> None:
        super().__init__()
        self.fire = Neuron(options.neuron)
        self.register_buffer("gain", torch.tensor(3.0), persistent=False)

    def forward(self, x):
        return self.fire(torch.cat([x, x], dim=2) * self.gain if self.wider else x * self.gain)


@dataclass(frozen=True)
class Tick(Block):
    def layers(self, shape, channels, stride):
        return [neuron("fire", self.output(shape, channels, stride))]

    def module(self, site, options):
        module = TickModule(options)
        module.wider = site.channels == 2 * site.input.channels
        return module


def test_an_own_block_takes_part(enliven):
    space = get_space("autosnn", {"TICK": Tick(), "SCB_k3": SCB(3)})
    supernet = trained_a_little(small(space), enliven)
    with record(supernet) as activity, torch.no_grad():
        rates = supernet(images(), (0, 0, 1, 0, 0))
        assert torch.equal(supernet.extract((0, 0, 1, 0, 0))(images()), rates)
    ticks = [layer for layer in activity.layers if layer.block == "Tick"]
    assert [layer.name for layer in ticks] == ["tbd1.fire", "tbd2.fire", "tbd4.fire", "tbd5.fire"]
    assert sum(layer.spikes for layer in ticks) > 0


def test_a_name_that_a_module_cannot_have_is_refused():
    block = type("keys", (Tick,), {})()
    with pytest.raises(UserError, match="block keys: that name cannot stand in a supernet; rename it"):
        small(get_space("autosnn", {"keys": block}))


def test_options_and_space_must_agree_about_the_neurons():
    with pytest.raises(UserError, match="the plan's neurons are 'plif', those of the options 'lif'"):
        small(neuron=NeuronOptions(kind="lif"))


def test_a_supernet_has_no_architecture_but_a_space():
    supernet = build_supernet(SPACE)
    assert supernet.architecture == ""
    assert supernet.space is SPACE
    assert supernet.dimensions == SPACE.defaults
