"""The papers' own networks, run by their authors' code with drawn weights: what ours must reproduce."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch

from spikesearch.networks.builder import build
from spikesearch.networks.recorder import record

CELLS = {
    "snasnet forward 0302 0030 0003 0000": "0302 0030 0003 0000",
    "snasnet backward 0302 0030 3003 0000": "0302 0030 3003 0000",
}
CASES = {
    "autosnn": "autosnn",
    "snn2 scb_k3": "autosnn-snn2:SCB_k3",
    "snn3 srb_k3": "autosnn-snn3:SRB_k3",
    "resnet11-lee 16": "resnet11-lee",
}
TIMESTEPS = {"resnet11-lee 16": 7}  # the authors' class of static ResNets runs one timestep less than it is told

# Ending of our names → kind of the authors' tensor. Within a kind both list the tensors in the same order.
KINDS = {
    ".conv.weight": "conv",
    ".bn.weight": "bn.weight",
    ".bn.bias": "bn.bias",
    ".running_mean": "bn.running_mean",
    ".running_var": "bn.running_var",
    ".linear.weight": "linear",
    ".hidden.weight": "linear",
    ".linear.bias": "linear.bias",
    ".w": "plif.w",
}


_NORMAL = {"bn.bias": (0.3, 0.2), "bn.running_mean": (0, 0.1), "plif.w": (0, 0.3), "linear.bias": (0, 0.1)}


def drawn(case: dict) -> dict[str, list[np.ndarray]]:
    """The authors' weights by kind, drawn in the order of the list as data/README.md of the reference says."""
    rng = np.random.default_rng(case["seed"])
    values = defaultdict(list)
    for _, kind, shape in case["tensors"]:
        he = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else None
        if kind in ("conv", "linear"):
            value = rng.normal(0, he if kind == "conv" else 6 * he, shape)
        elif kind in ("bn.weight", "bn.running_var"):
            value = rng.uniform(0.5, 1.5, shape)
        else:
            mean, deviation = _NORMAL[kind]
            value = rng.normal(mean, deviation, shape)
        values[kind].append(np.asarray(value, dtype=np.float32))
    return values


def reference(shared_data: Path, name: str) -> dict:
    cases = json.loads((shared_data / "reference-networks.json").read_text())["cases"]
    return next(case for case in cases if case["name"] == name)


def inputs(shared_data: Path, count: int) -> torch.Tensor:
    return torch.from_numpy(np.load(shared_data / "reference-inputs.npz")["x"][:count])


def give_weights(network: torch.nn.Module, case: dict) -> None:
    """The authors' weights: within a kind both list the tensors in the same order."""
    assert sum(parameter.numel() for parameter in network.parameters()) == case["parameters"]
    values = drawn(case)
    with torch.no_grad():
        for key, tensor in network.state_dict().items():
            kind = next(kind for ending, kind in KINDS.items() if key.endswith(ending))
            value = torch.from_numpy(values[kind].pop(0))
            assert value.shape == tensor.shape, key
            tensor.copy_(value)
    assert not any(values.values())


@pytest.mark.parametrize("name", CASES)
def test_the_authors_networks_are_reproduced(shared_data, name):
    case = reference(shared_data, name)
    images = inputs(shared_data, 8)
    timesteps = TIMESTEPS.get(name, 8)
    network = build(CASES[name], timesteps=timesteps).eval()
    give_weights(network, case)

    for image, spikes, sums in zip(images, case["spikes_per_image"], case["spike_sums_over_T"], strict=True):
        with record(network) as activity, torch.no_grad():
            rates = network(image.unsqueeze(0))
        # A rounding difference can flip a few threshold decisions; with PyTorch's own kernels none does.
        assert activity.spikes_per_image == pytest.approx(spikes, rel=1e-3)
        assert (rates[0] * timesteps).tolist() == pytest.approx(sums, abs=0.11)
    with record(network) as activity, torch.no_grad():
        network(images)
    assert activity.images == 8
    assert activity.spikes_per_image == pytest.approx(np.mean(case["spikes_per_image"]), rel=1e-3)


@pytest.mark.parametrize("name", CELLS)
def test_the_authors_cells_are_reproduced(shared_data, name):
    case = reference(shared_data, name)
    network = build(CELLS[name], classes=100, votes=5).eval()
    give_weights(network, case)
    # One image at a time, as the authors' were: in a batch convolutions add in another order, and a value next to the
    # threshold may flip. Feedback makes more of one spike than the 0.05 that is allowed here.
    with torch.no_grad():
        logits = torch.cat([network(image.unsqueeze(0)) for image in inputs(shared_data, 4)])
    assert np.abs(logits.numpy() - np.array(case["logits"])).max() < 0.05
