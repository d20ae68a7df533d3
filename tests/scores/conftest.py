"""A pool of images, and scorers of small networks."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.text import parse
from spikesearch.data.augment import Normalisation
from spikesearch.networks.builder import network_options
from spikesearch.scores.sample import Sample
from spikesearch.scores.scorer import Scorer

SIZE = {"channels": 4, "timesteps": 3, "classes": 3, "image": (1, 8, 8), "votes": 2}
NORMALISATION = Normalisation((0.5,), (0.25,))


@pytest.fixture(scope="session")
def pool() -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 images [30, 1, 8, 8] of noise, and labels."""
    images = np.random.default_rng(0).integers(0, 256, (30, 1, 8, 8), dtype=np.uint8)
    return torch.from_numpy(images), torch.arange(30) % 3


@pytest.fixture(scope="session")
def scorer(pool) -> Callable[..., Scorer]:
    """`scorer(["sahd"], "spikenas-bench:7")`: a scorer at the size of these tests."""

    def make(names: Sequence[str], architecture: Architecture | str, **keywords: object) -> Scorer:
        keywords = {"images": pool[0], "labels": pool[1], "batch_size": 6, "repeats": 1} | keywords
        dimensions = (parse(architecture) if isinstance(architecture, str) else architecture).dimensions(**SIZE)
        return Scorer(names, normalisation=NORMALISATION, dimensions=dimensions, **keywords)

    return make


@pytest.fixture(scope="session")
def sample(pool) -> Callable[..., Sample]:
    """`sample("0302 …", listeners=…)`: a network with BatchNorm per timestep and a batch of six images."""

    def make(text: str, images: torch.Tensor | None = None, **keywords: object) -> Sample:
        architecture = parse(text)
        plan = architecture.plan(architecture.dimensions(**SIZE))
        options = {"tau": plan.tau, "batch_norm": "per-timestep"}
        if "autosnn" not in text:
            # narrow networks need larger weights, or the classifier's neurons never fire
            options |= {"dropout": 0.0, "fc_std": 0.3}
        x = NORMALISATION(pool[0][:6]) if images is None else images
        keywords = {"options": network_options(plan.dimensions.neuron, options), "seed": 0} | keywords
        return Sample(plan, x, torch.arange(len(x)) % 3, **keywords)

    return make
