"""Networks of ReLUs in place of neurons: what they compute, and that nothing of it is taken for spikes."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spikesearch import build, describe, record
from spikesearch.architectures.spaces.autosnn import SPACES
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import UserError
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.firing import Firing, adding_firing
from spikesearch.networks.recorder import SpikeSite
from spikesearch.networks.supernet import build_supernet
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions

SMALL = {"channels": 3, "classes": 4, "image": (3, 11, 13), "neuron": "relu"}


def images(count: int = 2) -> Tensor:
    return torch.rand(count, 3, 11, 13, generator=torch.Generator().manual_seed(7)) * 4 - 1


def stirred(network: nn.Module) -> nn.Module:
    """BatchNorm with statistics and weights of its own in every layer, as after training."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith(("bn.weight", "bn.bias", "running_mean", "running_var")):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.2 * ("var" in name or "weight" in name))
    return network.eval()


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(*conv(channels, channels, 3))
        self.second = nn.Sequential(*conv(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.second(torch.relu(self.first(x))) + x)


def conv(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


def by_hand() -> nn.Sequential:
    """`SCB_k3 SCB_k5 SRB_k3 skip SCB_k3` for 11x13 pixels: 3 channels, then 6, then 12."""
    return nn.Sequential(
        *(*conv(3, 3, 3), nn.ReLU()),
        *(*conv(3, 3, 3), nn.ReLU(), *conv(3, 3, 3), nn.ReLU()),
        nn.MaxPool2d(2),  # 5x6
        *(*conv(3, 6, 5), nn.ReLU(), *conv(6, 6, 5), nn.ReLU()),
        Residual(6),
        nn.MaxPool2d(2),  # 2x3
        *(*conv(6, 12, 1), nn.ReLU()),
        *(*conv(12, 12, 3), nn.ReLU(), *conv(12, 12, 3), nn.ReLU()),
        nn.MaxPool2d(2),  # 1x1
        nn.Flatten(),
        nn.Linear(12, 4, bias=False),
    )


@pytest.mark.parametrize("training", [False, True])
def test_it_computes_what_plain_layers_compute(training: bool) -> None:
    network, plain = stirred(build("SCB3 SCB5 SRB3 skip SCB3", seed=2, **SMALL)), by_hand()
    own = [name for name in plain.state_dict() if not name.endswith("num_batches_tracked")]
    plain.load_state_dict(dict(zip(own, network.state_dict().values(), strict=True)), strict=False)
    x = images(5)
    logits, expected = network.train(training)(x), plain.train(training)(x)
    assert torch.allclose(logits, expected, atol=1e-5)
    assert logits.min() < 0  # no firing rates
    logits.square().sum().backward()
    expected.square().sum().backward()
    for one, other in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad, rtol=1e-3, atol=1e-4)


def test_parameters_have_no_decay_weights_and_no_votes() -> None:
    # C = 16 on 32x32: 417,626 of the SNN, without 1 + 4·2 + 1 decay weights and 9 of 10 outputs of 4·4·64 inputs.
    expected = 417_626 - 10 - 9 * 10 * 1024
    network = build("autosnn", neuron="relu")
    assert sum(parameter.numel() for parameter in network.parameters()) == expected
    found = describe("autosnn", neuron="relu")
    assert (found.parameters, found.spiking_positions) == (expected, 0)
    assert all((layer.applications, layer.positions) == (1, 0) for layer in found.layers)
    # as many as the SNN's at T = 1, where only the last layer is ten times as wide
    assert found.macs == describe("autosnn", timesteps=1).macs - 9 * 10 * 1024


@pytest.mark.parametrize("text", ["autosnn", "autosnn-snn2:SRB_k3", "autosnn-snn3:SIB_k3_e2", "resnet19-zheng"])
def test_nothing_of_it_is_counted_as_spikes(text: str) -> None:
    network = build(text, channels=2, image=(3, 16, 16), neuron="relu")
    firing = Firing()
    with record(network) as activity, adding_firing(firing):
        logits = network(torch.randn(3, 3, 16, 16))
    assert logits.shape == (3, 10)
    assert (activity.images, activity.spikes, activity.spikes_per_image, activity.firing_rate) == (3, 0, 0.0, 0.0)
    assert activity.layers == ()
    assert firing.total is None
    assert any(isinstance(part, SpikeSite) for part in network.modules())


def test_average_pooling_has_no_activation_that_changes_anything() -> None:
    network = build("autosnn-snn2:SRB_k3", channels=2, image=(3, 16, 16), neuron="relu").eval()
    pooled = []
    network.steps["gap"].pool.register_forward_hook(lambda module, given, result: pooled.append(result))
    network.steps["gap"].register_forward_hook(lambda module, given, result: pooled.append(result))
    network(torch.randn(2, 3, 16, 16))
    assert torch.equal(*pooled)
    assert pooled[0].max() > 0


@pytest.mark.parametrize("name", ["autosnn", "autosnn-snn2"])
def test_an_extracted_network_equals_its_path_and_the_trie_counts_as_it(name: str) -> None:
    space = SPACES[name]
    supernet = stirred(build_supernet(space, space.defaults.replace(**SMALL), seed=3))
    raw = np.random.default_rng(0).integers(0, 256, (12, 3, 11, 13), dtype=np.uint8)
    data = TensorData(torch.from_numpy(raw), torch.arange(12) % 4)
    normalisation = Normalisation.measure(raw)
    rng = np.random.default_rng(0)
    chosen = [space.sample(rng) for _ in range(6)]
    evaluator = SharedWeightsEvaluator(supernet, data, normalisation=normalisation, batch_size=5, precision="fp32")
    again = evaluator.evaluate(chosen[:2])  # prefixes kept of one call serve the next
    outputs = set()
    for architecture, found in zip(chosen, evaluator.evaluate(chosen), strict=True):
        child = supernet.extract(architecture)
        with torch.no_grad():
            logits = supernet(images(), space.encode(architecture))
            assert torch.equal(child(images()), logits)
        outputs.add(logits.numpy().tobytes())
        alone = measure(child, data, normalisation=normalisation, batch_size=5)
        assert (found.correct, found.spikes_per_image, found.layers) == (alone.correct, 0.0, ())
        assert (alone.spikes_per_image, alone.firing_rate) == (0.0, 0.0)
    assert list(again) == list(evaluator.evaluate(chosen[:2]))
    assert len(outputs) == len({str(one) for one in chosen})


def test_a_chunk_of_time_changes_nothing() -> None:
    from spikesearch.networks.saving import MemorySaving, saving_memory

    network = build("autosnn", **SMALL).eval()
    with saving_memory(MemorySaving(time_chunk=1)):
        chunked = network(images())
    assert torch.allclose(chunked, network(images()), atol=1e-6)


def test_what_has_no_time_takes_none() -> None:
    network = build("autosnn", **SMALL)
    assert torch.equal(network.eval()(images()[None]), network(images()))  # one frame is an image
    with pytest.raises(UserError, match=r"takes images, or frames of one timestep, given \[2, 2, 3, 11, 13\]"):
        network(torch.stack([images(), images()]))
    with pytest.raises(UserError, match="a ReLU has no membrane to step"):
        SpikingNeuron(NeuronOptions(kind="relu")).step(torch.zeros(1, 2))


def test_what_cannot_be_built() -> None:
    with pytest.raises(UserError, match=r"timesteps=4 with neuron='relu': an ordinary network runs once .*give 1"):
        build("autosnn", neuron="relu", timesteps=4)
    with pytest.raises(UserError, match=r"votes=10 with neuron='relu': .* leave votes out"):
        describe("autosnn", neuron="relu", votes=10)
    with pytest.raises(UserError, match=r"neuron='relu' with a network of cells: only .* give plif, lif or if"):
        build("0302/0030/3003/0000", neuron="relu")
