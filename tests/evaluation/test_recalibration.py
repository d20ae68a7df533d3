"""Recalibrated BatchNorm: every path as if it were alone, and the supernet as it was."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from own_parts import Pointwise
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Step
from spikesearch.architectures.spaces.autosnn import AUTOSNN_BLOCKS, get_space
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData, batch_bounds
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.builder import network_options
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.ops import Conv, Neuron, TemporalBatchNorm, over_time
from spikesearch.networks.supernet import Supernet, build_supernet
from spikesearch.strategies.evaluator import Measurement

PATHS = [(3, 1, 0, 4, 2), (3, 1, 0, 4, 1), (3, 2, 2, 0, 1), (0, 1, 0, 4, 2)]


class PlainModule(nn.Module):
    """An own block with PyTorch's BatchNorm."""

    def __init__(self, site: Step, options: Any) -> None:
        super().__init__()
        self.mix = nn.Module()
        self.mix.conv = Conv(site.input.channels, site.channels, 1, site.stride)
        self.mix.bn = nn.BatchNorm2d(site.channels)
        self.fire = Neuron(options.neuron)

    def forward(self, x: Tensor) -> Tensor:
        spikes: Tensor = self.fire(over_time(lambda folded: self.mix.bn(self.mix.conv(folded)), x))
        return spikes


@dataclass(frozen=True)
class Plain(Pointwise):
    def module(self, site: Step, options: Any) -> nn.Module:
        return PlainModule(site, options)


class Oracle(nn.Module):
    """PyTorch's BatchNorm with the plain mean over all batches as its running statistics."""

    def __init__(self, of: TemporalBatchNorm) -> None:
        super().__init__()
        self.per_timestep = of.batch_norm == "per-timestep"
        self.norm = nn.BatchNorm2d(of.weight.numel(), eps=of.eps, momentum=None)
        self.norm.weight, self.norm.bias = of.weight, of.bias

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.per_timestep:
            return torch.stack([self.norm(x_t) for x_t in x])
        return over_time(self.norm, x)


def recalibrated(network: SpikingNetwork, images: Tensor, batch_size: int, normalisation: Normalisation) -> None:
    """What users of PyTorch do: reset the statistics, run images in training mode."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, TemporalBatchNorm):
                setattr(parent, name, Oracle(child))
            elif isinstance(child, nn.BatchNorm2d) and not isinstance(parent, Oracle):
                child.reset_running_stats()
                child.momentum = None
    network.train()
    with torch.no_grad():
        for begin, end in batch_bounds(len(images), batch_size):
            network(normalisation(images[begin:end]))


@pytest.fixture(scope="module")
def calibration(digits: TensorData) -> Tensor:
    """25 images in batches of 8, 8 and 9."""
    return digits.images[35:]


def near(found: Measurement, expected: Measurement) -> None:
    """To float rounding: a membrane at the threshold may fall on the other side."""
    assert abs(found.correct - expected.correct) <= 1
    assert found.spikes_per_image == pytest.approx(expected.spikes_per_image, rel=2e-3)
    assert [layer.name for layer in found.layers] == [layer.name for layer in expected.layers]
    for one, other in zip(found.layers, expected.layers, strict=True):
        assert one.spikes_per_image == pytest.approx(other.spikes_per_image, rel=0.01, abs=0.2)


def evaluator(network: Supernet, data: TensorData, calibration: Tensor | None, **keywords: Any) -> Any:
    return SharedWeightsEvaluator(network, data, batch_size=8, calibration=calibration, **keywords)


def test_it_is_the_extracted_network_recalibrated_alone(
    supernet: Supernet, digits: TensorData, normalisation: Normalisation, calibration: Tensor
) -> None:
    architectures = [supernet.space.decode(path) for path in PATHS]
    before = {name: value.clone() for name, value in supernet.state_dict().items()}
    inherited = list(evaluator(supernet, digits, None, normalisation=normalisation).evaluate(architectures))
    found = list(evaluator(supernet, digits, calibration, normalisation=normalisation).evaluate(architectures))
    for path, one, old in zip(PATHS, found, inherited, strict=True):
        child = supernet.extract(path)
        recalibrated(child, calibration, 8, normalisation)
        near(one, measure(child, digits, normalisation=normalisation, batch_size=8))
        assert abs(one.spikes_per_image - old.spikes_per_image) > 0.02 * old.spikes_per_image
    assert all(torch.equal(value, before[name]) for name, value in supernet.state_dict().items())
    assert list(evaluator(supernet, digits, None, normalisation=normalisation).evaluate(architectures)) == inherited


@pytest.mark.parametrize("batch_norm", ["folded", "per-timestep"])
def test_own_batchnorms_and_those_of_each_timestep(
    batch_norm: str, digits: TensorData, normalisation: Normalisation, calibration: Tensor
) -> None:
    blocks: dict[str, Block] = {"SRB_k3": AUTOSNN_BLOCKS["SRB_k3"], "MINE": Plain()}
    dimensions = Dimensions(channels=4, timesteps=3, image=(1, 8, 8))
    options = network_options("plif", {"batch_norm": batch_norm, "v_threshold": 0.5})
    network = build_supernet(get_space("autosnn", blocks), dimensions, options)
    path = (0, 1, 1, 0, 1)
    (found,) = evaluator(network, digits, calibration, normalisation=normalisation).evaluate(
        [network.space.decode(path)]
    )
    child = network.extract(path)
    recalibrated(child, calibration, 8, normalisation)
    near(found, measure(child, digits, normalisation=normalisation, batch_size=8))
    assert found.spikes_per_image > 100
    assert all(int(norm.num_batches_tracked) == 0 for norm in network.modules() if isinstance(norm, nn.BatchNorm2d))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_company_order_memory_races_and_workers_change_nothing(
    supernet: Supernet, digits: TensorData, normalisation: Normalisation, calibration: Tensor, precision: str
) -> None:
    keywords: dict[str, Any] = {"normalisation": normalisation, "precision": precision}
    architectures = [supernet.space.decode(path) for path in PATHS]
    alone = []
    for architecture in architectures:
        alone += evaluator(supernet, digits, calibration, **keywords, kept_bytes=0).evaluate([architecture])
    assert len({found.spikes_per_image for found in alone}) == len(PATHS)
    together = evaluator(supernet, digits, calibration, **keywords)
    assert list(together.evaluate(architectures[::-1])) == alone[::-1]
    assert list(together.evaluate(architectures)) == alone  # from kept prefixes
    with evaluator(supernet, digits, calibration, **keywords, workers=2) as several:
        assert list(several.evaluate(architectures)) == alone
    racing = evaluator(supernet, digits, calibration, **keywords, order=1)
    full = list(racing.evaluate(architectures))
    assert racing.race(architectures, lambda partial: set()) == full
    assert [one.images for one in racing.race(architectures, set)] == [16] * len(PATHS)
