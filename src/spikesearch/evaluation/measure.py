"""Accuracy and spikes of a network on a set of images."""

from collections.abc import Sequence

import torch

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData, evaluation_batches
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.recorder import Activity, record
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.training.losses import count_correct
from spikesearch.training.precision import cast_input, check_precision, computing_in


def measure(
    network: SpikingNetwork,
    data: TensorData,
    *,
    normalisation: Normalisation,
    batch_size: int = 500,
    path: Sequence[int] = (),
    precision: str = "fp32",
    device: torch.device | str | None = None,
) -> Measurement:
    """Run all images once, in evaluation mode and without augmentation.

    Counts are added up on the device and read once at the end. The network is left in the mode it was in.

    Args:
        network: a network or a supernet.
        data: images; in a search D_val, after training the test part.
        normalisation: the one the network was trained with.
        batch_size: memory only; the counts do not depend on it beyond float32 rounding.
        path: of a supernet.
        precision: the one the network was trained with; see `training.precision`.
        device: where to run; the default is where `data` lies.

    Raises:
        UserError: an unknown precision, images of another shape than the network's, or a path that does not fit.
    """
    check_precision(precision)
    data = data if device is None else data.to(device)
    network = network.to(data.device)
    correct = torch.zeros((), dtype=torch.int64, device=data.device)
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode(), record(network) as activity:
            for x, labels in evaluation_batches(data, batch_size, normalisation=normalisation):
                with computing_in(precision, data.device):
                    rates = network(cast_input(x, precision), path)  # [N, classes]
                correct += count_correct(rates, labels)
    finally:
        network.train(was_training)
    return as_measurement(activity, int(correct))


def as_measurement(activity: Activity, correct: int) -> Measurement:
    """What was recorded, as plain numbers; `correct` images of it were classified rightly."""
    layers = tuple(
        LayerActivity(
            name=layer.name,
            positions=layer.positions,
            spikes_per_image=layer.spikes_per_image,
            firing_rate=layer.firing_rate,
        )
        for layer in activity.layers
    )
    return Measurement(
        accuracy=correct / activity.images,
        spikes_per_image=activity.spikes_per_image,
        firing_rate=activity.firing_rate,
        layers=layers,
        images=activity.images,
        correct=correct,
    )
