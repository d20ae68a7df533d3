"""Checkpoints: one file rebuilds a network or supernet exactly, for ever, or says why not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from spikesearch.architectures.blocks import SCB, Block, Skip
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Layer, Shape, conv, neuron
from spikesearch.architectures.plan import Plan, Step
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.data.augment import Normalisation
from spikesearch.errors import UserError
from spikesearch.networks.builder import build, build_network
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.ops import ConvBN, Neuron
from spikesearch.networks.supernet import Supernet, build_supernet
from spikesearch.neurons.surrogate import ATan
from spikesearch.training.checkpoints import load_checkpoint, save_checkpoint
from spikesearch.training.tensor_file import read_tensors, write_tensors

NORMALISATION = Normalisation((0.3,), (0.25,))
ARTEFACTS = Path(__file__).parent / "artefacts"


def images(count: int = 3) -> torch.Tensor:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def worn(network: SpikingNetwork, path: tuple[int, ...] = ()) -> SpikingNetwork:
    """With statistics that are not the first ones, and weights that let every layer fire."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bn.bias"):
                parameter += 2.0
        network.fc.linear.weight.mul_(5.0).abs_()  # type: ignore[operator, union-attr]
    network.train()(images(16), path)
    return network.eval()


@pytest.mark.parametrize("name", ["cifarnet-wu", "dvs-resnet17-zheng", "vgg9-bntt", "vgg16-sbn"])
def test_a_network_made_by_hand_comes_back_exactly(tmp_path: Path, name: str) -> None:
    image = (1, 32, 32) if name == "vgg16-sbn" else (1, 8, 8)
    network = build(name, 4, channels=2, timesteps=3, classes=3, votes=2, image=image, v_threshold=0.1)
    x = torch.randn(6, *image, generator=torch.Generator().manual_seed(1))
    network.train()(x)  # statistics that are not the first ones
    answers = network.eval()(x)
    assert answers.std() > 0
    save_checkpoint(tmp_path / "a.safetensors", network, normalisation=NORMALISATION)
    found, info = load_checkpoint(tmp_path / "a.safetensors")
    assert torch.equal(found(x), answers)
    assert found.architecture == info.architecture == name


@pytest.mark.parametrize("text", ["snasnet: 0302 0030 3003 0000", "spikenas-bench:12617"])
@pytest.mark.parametrize("keywords", [{}, {"dropout": 0.25, "pooling": 1, "neuron": "plif"}])
def test_a_network_of_cells_comes_back_exactly(
    make_network: Callable[..., SpikingNetwork], tmp_path: Path, text: str, keywords: dict[str, Any]
) -> None:
    network = make_network(text, hidden=20, **keywords)
    with torch.no_grad():
        network.fc.hidden.weight.abs_().mul_(100)  # type: ignore[operator, union-attr]
    network = worn(network)
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, network, normalisation=NORMALISATION)
    found, info = load_checkpoint(path)
    assert torch.equal(found(images()), network(images()))
    assert found(images()).abs().sum() > 0
    assert found.architecture == info.architecture == text
    assert (found.dimensions, found.options) == (network.dimensions, network.options)
    assert found.options.dropout == keywords.get("dropout")


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"neuron": "lif", "tau": 4 / 3, "v_threshold": 0.5, "votes": 5},
        {"neuron": "if", "reset": "soft", "surrogate": "atan-paper"},
    ],
)
def test_a_network_comes_back_exactly(
    make_network: Callable[..., SpikingNetwork], tmp_path: Path, keywords: dict[str, Any]
) -> None:
    network = worn(make_network(**{"surrogate": "sigmoid", "scale": 4.0, "batch_norm": "per-timestep", **keywords}))
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, network, normalisation=NORMALISATION, extra={"accuracy": 0.5, "label": "λ"})
    found, info = load_checkpoint(str(path))
    assert type(found) is SpikingNetwork
    assert not found.training
    assert torch.equal(found(images()), network(images()))
    assert found(images()).sum() > 0
    assert found.architecture == info.architecture == network.architecture
    assert (found.dimensions, found.options) == (network.dimensions, network.options)
    assert (info.kind, info.normalisation) == ("network", NORMALISATION)
    assert info.extra == {"accuracy": 0.5, "label": "λ"}
    assert info.versions["torch"] == torch.__version__


def test_a_supernet_comes_back_exactly(make_supernet: Callable[[], Supernet], tmp_path: Path) -> None:
    code = (1, 2, 3, 4, 0)
    supernet = worn(make_supernet(), code)
    save_checkpoint(tmp_path / "a", supernet, normalisation=NORMALISATION)
    found, info = load_checkpoint(tmp_path / "a")
    assert isinstance(found, Supernet)
    assert (info.kind, info.architecture) == ("supernet", "autosnn")
    assert found.space.choices == (5,) * 5
    assert torch.equal(found(images(), code), supernet(images(), code))
    assert found(images(), code).sum() > 0


@dataclass(frozen=True)
class Single(Block):
    """A user's own block: one convolution, one neuron layer."""

    kernel: int = 3

    def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
        return [
            conv("conv", shape, channels, self.kernel, stride),
            neuron("neuron", self.output(shape, channels, stride)),
        ]

    def module(self, site: Step, options: Any) -> nn.Module:
        parts = nn.Sequential()
        parts.add_module("conv", ConvBN(site.input.channels, site.channels, self.kernel, site.stride))
        parts.add_module("neuron", Neuron(options.neuron))
        return parts


@dataclass(frozen=True)
class Wider(Single):
    """Another block that a user gives the same name."""

    kernel: int = 5

    def __str__(self) -> str:
        return "Single_k3"


def test_own_blocks_are_given_again(tmp_path: Path) -> None:
    space = SlotSpace("mine", "autosnn", {"A": Skip(), "B": Single(), "C": SCB(3)})
    supernet = build_supernet(space, Dimensions(channels=2, timesteps=2, image=(1, 8, 8)))
    save_checkpoint(tmp_path / "super", supernet, normalisation=NORMALISATION)
    found, info = load_checkpoint(tmp_path / "super", blocks={"Single": Single()})
    assert isinstance(found, Supernet)
    assert found.space.candidates == space.candidates
    assert info.architecture == "mine"
    network = supernet.extract((1, 0, 2, 1, 1))
    save_checkpoint(tmp_path / "child", network, normalisation=NORMALISATION)
    found, _ = load_checkpoint(tmp_path / "child", blocks={"Single": Single()})
    assert torch.equal(found(images()), network.eval()(images()))
    with pytest.raises(UserError, match=r"child cannot be rebuilt: unknown block 'Single_k3'"):
        load_checkpoint(tmp_path / "child")
    with pytest.raises(UserError, match=r"child does not fit the network it describes; are its own blocks the same\?"):
        load_checkpoint(tmp_path / "child", blocks={"Wider": Wider()})


def test_what_no_file_could_rebuild_is_not_written(make_network: Callable[..., SpikingNetwork], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"surrogate ATan\(scale=1.0\) is an object, which a file cannot hold"):
        save_checkpoint(tmp_path / "a", make_network(surrogate=ATan(1.0)), normalisation=NORMALISATION)
    plan = make_network().plan
    assert isinstance(plan, Plan)
    nameless = build_network(replace(plan, architecture=""))
    with pytest.raises(UserError, match="built from a plan without an architecture"):
        save_checkpoint(tmp_path / "a", nameless, normalisation=NORMALISATION)
    assert list(tmp_path.iterdir()) == []


def test_damaged_and_foreign_files_are_refused_by_name(
    make_network: Callable[..., SpikingNetwork], tmp_path: Path
) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, make_network(), normalisation=NORMALISATION)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(UserError, match=r"a.safetensors is damaged, cut off"):
        load_checkpoint(path)
    path.write_bytes(whole[:-10] + b"0123456789")
    with pytest.raises(UserError, match=r"a.safetensors is damaged: its content does not match its checksum"):
        load_checkpoint(path)
    with pytest.raises(UserError, match=r"missing.safetensors: no such file"):
        load_checkpoint(tmp_path / "missing.safetensors")
    write_tensors(path, "training-state", {"a": torch.zeros(1)}, {})
    with pytest.raises(UserError, match=r"a.safetensors holds a training-state, wanted is a network or a supernet"):
        load_checkpoint(path)
    write_tensors(path, "network", {"a": torch.zeros(1)}, {})
    with pytest.raises(UserError, match=r"a.safetensors cannot be rebuilt: its description lacks"):
        load_checkpoint(path)


def test_how_neurons_are_computed_is_not_stored(make_network: Callable[..., SpikingNetwork], tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a", make_network(), normalisation=NORMALISATION)
    _, _, description = read_tensors(tmp_path / "a", "network")
    assert "compile" not in description["options"]["neuron"]
    assert load_checkpoint(tmp_path / "a")[0].options.neuron.compile is False
    assert load_checkpoint(tmp_path / "a", compile=True)[0].options.neuron.compile is True


@pytest.mark.parametrize("name", ["network", "supernet"])
def test_files_of_the_first_format_are_read_for_ever(name: str) -> None:
    network, info = load_checkpoint(ARTEFACTS / f"{name}-1.safetensors")
    path = (0, 1, 0, 1, 0) if name == "supernet" else ()
    assert info.normalisation == NORMALISATION
    assert info.versions["spikesearch"] == "0.1.0"
    assert network(images(), path).sum(1).tolist() == pytest.approx(info.extra["rates"], abs=1e-6)
    assert sum(info.extra["rates"]) > 0
