"""The watch adds up an epoch and names the first step that went wrong."""

from collections.abc import Callable

import pytest
import torch

from spikesearch.errors import RunError
from spikesearch.networks.network import SpikingNetwork
from spikesearch.training.watch import EpochReport, Watch, check_weights

CPU = torch.device("cpu")


def feed(watch: Watch, losses: list[float], norms: list[float]) -> None:
    for loss, norm in zip(losses, norms, strict=True):
        watch.add(torch.tensor(loss), torch.tensor(norm), torch.tensor(1), 2)


def test_means_are_over_images() -> None:
    watch = Watch(2, 0, CPU)
    watch.add(torch.tensor(0.5), torch.tensor(1.0), torch.tensor(3), 3)
    watch.add(torch.tensor(0.1), torch.tensor(1.0), torch.tensor(0), 1)
    # (3·0.5 + 1·0.1) / 4, 3 of 4
    assert watch.loss_and_accuracy() == (pytest.approx(0.4), 0.75)


@pytest.mark.parametrize(
    ("losses", "norms", "message"),
    [
        ([1.0, float("nan"), float("nan"), 1.0], [1.0] * 4, "the loss is nan at epoch 8, step 2. Likely cures"),
        ([1.0] * 4, [1.0, 1.0, float("inf"), 1.0], "the norm of the gradient is inf at epoch 8, step 3"),
        ([1.0, 1.0, 1.0, float("inf")], [1.0] * 4, "the loss is inf at epoch 8, step 4. .*smaller learning_rate"),
    ],
)
def test_the_first_wrong_step_is_named(losses: list[float], norms: list[float], message: str) -> None:
    watch = Watch(4, 7, CPU)
    watch.interval = 4
    with pytest.raises(RunError, match=message):
        feed(watch, losses, norms)


def test_it_looks_a_few_times_an_epoch() -> None:
    watch = Watch(800, 0, CPU)
    looks = []
    watch.check = lambda: looks.append(len(watch.images))  # type: ignore[method-assign]
    feed(watch, [1.0] * 800, [1.0] * 800)
    assert looks == [100 * k for k in range(1, 9)]


def test_weights_that_are_no_numbers_are_named(make_network: Callable[..., SpikingNetwork]) -> None:
    network = make_network()
    check_weights(network, 0)
    with torch.no_grad():
        network.fc.linear.weight[0, 0] = float("nan")
    with pytest.raises(RunError, match=r"fc.linear.weight is not finite after epoch 3"):
        check_weights(network, 2)


def test_reports_come_back_and_compare_without_seconds() -> None:
    report = EpochReport(epoch=0, loss=0.1, accuracy=0.5, spikes_per_image=3.0, learning_rate=1e-3, seconds=1.0)
    assert EpochReport.from_dict(report.as_dict()) == report
    assert EpochReport.from_dict({**report.as_dict(), "seconds": 2.0}) == report
    assert EpochReport.from_dict({**report.as_dict(), "loss": 0.2}) != report
