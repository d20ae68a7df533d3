"""The estimate leaves no trace and is of the right size."""

from collections.abc import Callable

import torch

from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.supernet import Supernet
from spikesearch.training.estimate import estimate_seconds
from spikesearch.training.loop import fit
from spikesearch.training.options import TrainingOptions
from spikesearch.training.paths import uniform_paths


def test_it_leaves_no_trace_and_is_of_the_right_size(
    make_network: Callable[..., SpikingNetwork],
    digits: TensorData,
    normalisation: Normalisation,
    augmentation: Augmentation,
) -> None:
    network = make_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.random.get_rng_state()
    options = TrainingOptions(epochs=10, batch_size=16)
    estimate = estimate_seconds(network, digits, options, augmentation=augmentation, normalisation=normalisation)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(torch.random.get_rng_state(), state)
    taken = fit(network, digits, options, augmentation=augmentation, normalisation=normalisation, seed=0).seconds
    assert taken / 5 < estimate < taken * 5  # other work on the machine comes and goes


def test_supernets_and_single_batches_can_be_estimated(
    make_supernet: Callable[[], Supernet],
    digits: TensorData,
    normalisation: Normalisation,
    augmentation: Augmentation,
) -> None:
    estimate = estimate_seconds(
        make_supernet(),
        digits,
        TrainingOptions(epochs=2, batch_size=96),
        augmentation=augmentation,
        normalisation=normalisation,
        sample_path=uniform_paths((5,) * 5, 0),
    )
    assert 0 < estimate < 60
