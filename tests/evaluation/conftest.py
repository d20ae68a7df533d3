"""60 digits and a tiny supernet whose paths fire to their end, each with numbers of its own."""

import pytest
import torch

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.augment import Normalisation
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.networks.supernet import Supernet, build_supernet


@pytest.fixture(scope="session")
def digits() -> TensorData:
    """60 digits, 8×8."""
    return TensorData.load(load_dataset("digits", limit=60).train)


@pytest.fixture(scope="session")
def normalisation(digits: TensorData) -> Normalisation:
    return Normalisation.measure(digits.images.numpy())


@pytest.fixture(scope="session")
def supernet(digits: TensorData, normalisation: Normalisation) -> Supernet:
    """With running statistics of its own, and biases that let every layer fire; left in training mode."""
    network = build_supernet(get_space("autosnn"), Dimensions(channels=4, timesteps=4, image=(1, 8, 8)))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bn.bias"):
                parameter += 0.8
        network.fc.linear.weight.mul_(4.0)  # type: ignore[operator, union-attr]
        for choice in range(5):
            network.train()(normalisation(digits.images), (choice,) * 5)
    return network
