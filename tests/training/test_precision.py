"""Precisions: what is cast and what is not."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import UserError
from spikesearch.networks.network import SpikingNetwork
from spikesearch.training.precision import allow_tf32, cast_input, check_precision, computing_in


def test_names_are_checked() -> None:
    check_precision("bf16")
    with pytest.raises(UserError, match="precision 'half': known are fp32, bf16"):
        check_precision("half")


def test_bf16_casts_the_input_and_plain_layers_of_own_blocks() -> None:
    x = torch.zeros(1, 3)
    assert cast_input(x, "fp32") is x
    assert cast_input(x, "bf16").dtype == torch.bfloat16
    layer = nn.Linear(3, 2)
    with computing_in("bf16", x.device):
        assert layer(cast_input(x, "bf16")).dtype == torch.bfloat16
    with computing_in("fp32", x.device):
        assert layer(x).dtype == torch.float32


def test_for_built_in_blocks_the_context_changes_nothing(
    make_network: Callable[..., SpikingNetwork], digits: TensorData, normalisation: Normalisation
) -> None:
    network = make_network()
    x = cast_input(normalisation(digits.images), "bf16")
    found = []
    for precision in ("fp32", "bf16"):
        network.zero_grad()
        with computing_in(precision, x.device):
            rates = network(x)
        rates.square().mean().backward()
        found.append((rates.detach(), network.fc.linear.weight.grad))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_tf32_is_a_setting_of_cuda_alone() -> None:
    def settings() -> tuple[bool, bool, str]:
        cuda = torch.backends.cuda.matmul.allow_tf32
        return torch.backends.cudnn.allow_tf32, cuda, torch.get_float32_matmul_precision()

    before = settings()
    try:
        for allowed in (True, False):
            allow_tf32(allowed, torch.device("cpu"))
            assert settings() == before
        for allowed in (False, True):
            allow_tf32(allowed, torch.device("cuda"))
            assert settings()[:2] == (allowed, allowed)
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before[:2]
    assert settings() == before
