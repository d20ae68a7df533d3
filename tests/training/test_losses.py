"""Losses by hand."""

import math

import pytest
import torch

from spikesearch.training.losses import LOSSES, count_correct

RATES = torch.tensor([[1.0, 0.0], [0.5, 0.25]])
LABELS = torch.tensor([0, 1])


def test_mse_is_the_mean_over_images_and_classes() -> None:
    # errors 0, 0, 0.5, -0.75: (0.25 + 0.5625) / 4
    assert LOSSES["mse"](RATES, LABELS, 8).item() == pytest.approx(0.203125)


def test_cross_entropy_takes_voted_spike_counts_as_logits() -> None:
    # T = 4: logits [4, 0] and [2, 1]; -log softmax of the label: log(1 + e^-4), log(1 + e^1)
    expected = (math.log(1 + math.exp(-4)) + math.log(1 + math.exp(1))) / 2
    assert LOSSES["cross-entropy"](RATES, LABELS, 4).item() == pytest.approx(expected)


def test_of_equal_rates_the_first_class_counts() -> None:
    rates = torch.tensor([[0.5, 0.5], [0.1, 0.2], [0.0, 0.0]])
    assert count_correct(rates, torch.tensor([0, 1, 1])).item() == 2
    assert count_correct(rates, torch.tensor([0, 1, 1])).dtype == torch.int64
