import math

import pytest
import torch

from spikesearch.neurons.multistep import plain_multistep
from spikesearch.neurons.surrogate import ATan

G1 = 1 / (1 + (math.pi * 0.5) ** 2)  # σ'(H1 - 1) at H1 = 0.5
G2 = 1 / (1 + (math.pi * 0.25) ** 2)  # σ'(H2 - 1) at H2 = 1.25


@pytest.mark.parametrize("detach_reset", [True, False])
def test_gradients_by_hand(detach_reset):
    # α = 1/2, z = 1, 2: H1 = 0.5 silent, V1 = 0.5, H2 = 0.5 + 1.5/2 = 1.25 fires. Both spikes have the gradient 1.
    # ∂H2 = G2; ∂z2 = G2/2; ∂V1 = G2/2; ∂H1 = G1 + ∂V1·D with D = 1 detached, 1 + (0 - 0.5)·G1 full;
    # ∂z1 = ∂H1/2; ∂α = ∂H1·(1 - 0) + ∂H2·(2 - 0.5)
    h1 = G1 + G2 / 2 * (1 if detach_reset else 1 - 0.5 * G1)
    z = torch.tensor([[1.0], [2.0]], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    spikes = plain_multistep(z, alpha, 1.0, 0.0, ATan(), detach_reset)
    assert spikes.flatten().tolist() == [0, 1]
    spikes.sum().backward()
    torch.testing.assert_close(z.grad, torch.tensor([[h1 / 2], [G2 / 2]], dtype=torch.float64))
    assert alpha.grad.item() == pytest.approx(h1 + 1.5 * G2)


def test_shape_and_type_are_kept():
    z = torch.zeros(4, 2, 3, dtype=torch.bfloat16)
    spikes = plain_multistep(z, 0.5, 1.0, 0.0, ATan())
    assert (spikes.shape, spikes.dtype) == (z.shape, z.dtype)
