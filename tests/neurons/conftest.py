"""What the tests of the neurons share."""

import pytest
import torch
from torch import Tensor, nn


@pytest.fixture
def rng() -> torch.Generator:
    """A generator of its own for each test."""
    return torch.Generator().manual_seed(20220717)


@pytest.fixture
def gradients():
    """Spikes, gradient of the input and gradient of w, for a layer or its `forward_constant`."""

    def run(layer: nn.Module, z: Tensor, grad: Tensor, timesteps: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
        z = z.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        spikes = layer(z) if timesteps is None else layer.forward_constant(z, timesteps)
        return (spikes.detach(), *torch.autograd.grad(spikes, (z, layer.w), grad))

    return run
