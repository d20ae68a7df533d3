"""Small real parts: 60 digits, a network of a few hundred parameters, its supernet."""

from collections.abc import Callable

import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.networks.builder import build
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.supernet import Supernet, build_supernet

TINY = {"channels": 2, "timesteps": 2, "image": (1, 8, 8)}


@pytest.fixture(scope="session")
def digits() -> TensorData:
    """60 digits, 8×8."""
    return TensorData.load(load_dataset("digits", limit=60).train)


@pytest.fixture(scope="session")
def normalisation(digits: TensorData) -> Normalisation:
    return Normalisation.measure(digits.images.numpy())


@pytest.fixture
def augmentation() -> Augmentation:
    return Augmentation(pad=1, flip=True, cutout=2)


@pytest.fixture
def make_network() -> Callable[..., SpikingNetwork]:
    """The same tiny network for the same arguments."""

    def make(text: str = "autosnn: SCB_k3 SRB_k3 skip SRB_k3 skip", **keywords: object) -> SpikingNetwork:
        return build(text, **{**TINY, **keywords})

    return make


@pytest.fixture
def make_supernet() -> Callable[[], Supernet]:
    """The tiny supernet of the space `autosnn`, always with the same weights."""

    def make() -> Supernet:
        return build_supernet(get_space("autosnn"), Dimensions(**TINY))  # type: ignore[arg-type]

    return make
