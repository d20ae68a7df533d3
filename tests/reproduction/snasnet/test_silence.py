"""Silent neurons, and ReLUs in their place."""

import torch

from spikesearch.architectures.text import parse
from spikesearch.networks.builder import build_network
from spikesearch.networks.ops import Neuron
from spikesearch.networks.recorder import listening
from spikesearch.reproduction.snasnet.silence import Rectifier, Silence, with_rectifiers


def test_silence_is_the_share_of_zeros_of_each_image_and_timestep() -> None:
    site, heard = Neuron(), Silence()
    site.site = "here"
    spikes = torch.tensor([[[1.0, 0, 0, 0], [1, 1, 1, 1]], [[0, 0, 0, 0], [1, 1, 0, 0]]])  # [T, N, neurons]
    heard.hear(site, spikes)
    assert heard.shares == {"here": [[0.75, 0.0], [1.0, 0.5]]}


def test_a_rectifier_is_silent_where_its_input_is_not_above_zero() -> None:
    rectifier, heard = Rectifier(), Silence()
    rectifier.site = "here"
    z = torch.tensor([[[-1.0, 2.0, 0.0, 3.0]]])
    with listening(rectifier, heard):
        assert torch.equal(rectifier(z), torch.tensor([[[0.0, 2.0, 0.0, 3.0]]]))
    assert heard.shares == {"here": [[0.5]]}


def test_all_neurons_of_a_network_are_replaced_under_their_names() -> None:
    cell = parse("snasnet: 0302 0030 1002 0000")
    network = build_network(
        cell.plan(cell.defaults.replace(channels=2, timesteps=1, image=(1, 8, 8), hidden=4)), None, 0
    )
    names = {module.site for module in network.modules() if isinstance(module, Neuron)}
    with_rectifiers(network)
    assert not [module for module in network.modules() if isinstance(module, Neuron)]
    heard = Silence()
    with torch.no_grad(), listening(network, heard):
        output = network.train()(torch.rand(3, 1, 8, 8))
    assert output.shape == (3, 10)
    assert set(heard.shares) == names
    assert all(len(times) == 1 and len(times[0]) == 3 for times in heard.shares.values())
    # behind a BatchNorm about half of a ReLU's inputs are above 0
    assert 0.2 < heard.shares["end.neuron"][0][0] < 0.8
