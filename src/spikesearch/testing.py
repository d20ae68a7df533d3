"""Test figures of trained networks: the stored ones, or measured anew and logged."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.plan import Plan
from spikesearch.data.dataset import Dataset
from spikesearch.data.datasets import event_keywords, limited, load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.errors import UserError
from spikesearch.evaluation.measure import measure
from spikesearch.results import Repeat, Run, TrainedNetwork
from spikesearch.strategies.evaluator import Measurement
from spikesearch.studies.run import RunFolder
from spikesearch.training.checkpoints import load_checkpoint

logger = logging.getLogger("spikesearch")

_BATCH = 500
_MEASURED = ("accuracy", "balanced_accuracy", "spikes_per_image", "firing_rate")


def figures_of(
    target: Path,
    *,
    again: bool,
    data: str | Path | None,
    blocks: Mapping[str, Block] | None,
    dataset: Dataset | None = None,
) -> list[TrainedNetwork]:
    """The networks of a run, or the one of a checkpoint, with their test figures.

    Raises:
        UserError: there is nothing there, nothing was trained yet, or a checkpoint is damaged or not of a network.
    """
    if target.is_dir():
        folder = RunFolder.open(target)
        networks = Run(folder).networks
        if not again:
            return networks
        with folder.lock(), folder.logging():
            return [_again(network, data, blocks, dataset) for network in networks]
    if not target.exists():
        raise UserError(f"there is no run or checkpoint {target}: give a run's folder or a .safetensors file")
    stored = _from_checkpoint(target, blocks)
    return [_again(stored, data, blocks, dataset)] if again else [stored]


def _from_checkpoint(path: Path, blocks: Mapping[str, Block] | None) -> TrainedNetwork:
    network, info = load_checkpoint(path, blocks=blocks)
    if not isinstance(network.plan, Plan) or "test" not in info.extra:
        raise UserError(f"{path} holds no trained and tested network: give a run, or a checkpoint that training wrote")
    test = Measurement.from_dict(info.extra["test"])
    stored = info.extra.get("validation")
    validation = Measurement.from_dict(stored) if stored else None
    layers = network.plan.layers()
    return TrainedNetwork(
        label=path.stem,
        lam=None,
        architecture=network.architecture,
        accuracy=test.accuracy,
        balanced_accuracy=test.balanced_accuracy,
        validation_accuracy=validation.accuracy if validation else None,
        validation_balanced_accuracy=validation.balanced_accuracy if validation else None,
        spikes_per_image=test.spikes_per_image,
        firing_rate=test.firing_rate,
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs * layer.applications for layer in layers),
        checkpoint=str(path),
        spiking=network.dimensions.spiking,
    )


def _again(
    stored: TrainedNetwork, data: str | Path | None, blocks: Mapping[str, Block] | None, own: Dataset | None
) -> TrainedNetwork:
    """Each of its trainings, measured on the same test images as before."""
    repeats = []
    for repeat in stored.repeats:
        found = _measured(stored.architecture, repeat, data, blocks, own)
        figures = {name: getattr(found, name) for name in _MEASURED}
        repeats.append(replace(repeat, **figures))
    first = {name: getattr(repeats[0], name) for name in _MEASURED}
    return replace(stored, **first, repeats=tuple(repeats))


def _measured(
    architecture: str,
    stored: Repeat,
    data: str | Path | None,
    blocks: Mapping[str, Block] | None,
    own: Dataset | None,
) -> Measurement:
    network, info = load_checkpoint(stored.checkpoint, blocks=blocks)
    section: dict[str, Any] = info.extra["data"]
    test_limit = section["test_limit"] or None
    if own is None:
        folder = data or section["folder"]
        events = event_keywords(section, network.dimensions.timesteps)
        dataset = load_dataset(section["name"], folder, size=section["size"], test_limit=test_limit, **events)
    elif len(own.test) == info.extra["test"]["images"]:  # also of runs before limits held for a data set of one's own
        dataset = own
    else:
        dataset = limited(own, test_limit=test_limit)
    if dataset.name != info.extra["dataset"]:
        raise UserError(
            f"{stored.checkpoint} was trained on the data set {info.extra['dataset']!r}, not on {dataset.name!r}: give "
            "that one from Python, evaluate(…, again=True, dataset=…)"
        )
    found = measure(
        network,
        TensorData.load(dataset.test),
        normalisation=info.normalisation,
        batch_size=_BATCH,
        precision=info.extra["precision"],
    )
    logger.info(
        "test part read again for %s: accuracy %.4f (stored %.4f), %.1f spikes per image (stored %.1f)",
        architecture,
        found.accuracy,
        stored.accuracy,
        found.spikes_per_image,
        stored.spikes_per_image,
    )
    return found
