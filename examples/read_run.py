"""Reads a run with plain tools: its study with Optuna, its checkpoints with safetensors, its network with spikesearch.

Run it on a finished search: `python examples/read_run.py runs/NAME`. docs/runs.md explains the files.
"""

import json
import sys
from pathlib import Path

import optuna
import torch
from safetensors import safe_open

from spikesearch import load_run
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.measure import measure
from spikesearch.networks.supernet import Supernet
from spikesearch.training.checkpoints import load_checkpoint


def read_study(run: Path) -> None:
    """The study needs nothing of spikesearch."""
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{run / 'study.db'}")
    print(study.metric_names)  # ['accuracy', 'spikes_per_image']
    print(study.user_attrs["average_spikes"])  # N_avg

    for trial in study.best_trials:  # the Pareto front
        accuracy, spikes = trial.values
        print(trial.number, trial.user_attrs["architecture"], accuracy, spikes)

    best = max(study.trials, key=lambda trial: trial.user_attrs["fitness"])
    print(best.params)  # {'tbd1': 'SRB_k5', …}


def read_scores(run: Path) -> None:
    """The study of a search by a training-free score has one objective."""
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{run / 'study.db'}")
    print(study.metric_names, study.best_trial.user_attrs["architecture"], study.best_value)


def read_metadata(checkpoint: Path) -> None:
    """Neither does the description in a checkpoint."""
    with safe_open(checkpoint, "numpy") as file:
        header = json.loads(file.metadata()["spikesearch"])
        print(header["kind"], header["description"]["architecture"], list(header["description"]))
        print(file.get_tensor("fc.linear.weight").shape)


def load_network(run: Path) -> None:
    """A trained network, ready for images as they are in files."""
    classify = load_run(run).best.network()
    images = torch.from_numpy(load_dataset("digits").test.images[:5])  # uint8 [5, 1, 8, 8]
    rates = classify(images)  # [5, 10]
    print(rates.argmax(dim=1).tolist())


def load_supernet(run: Path) -> None:
    """The supernet, and one architecture measured with its weights."""
    supernet, info = load_checkpoint(run / "checkpoints" / "supernet.safetensors")
    assert isinstance(supernet, Supernet)
    print(info.kind, info.extra["average_spikes"])

    network = supernet.extract(supernet.space.decode((0, 3, 3, 0, 4)))  # skip SRB_k3 SRB_k3 skip SRB_k5
    found = measure(network, TensorData.load(load_dataset("digits").train), normalisation=info.normalisation)
    print(network.architecture, found.accuracy, found.spikes_per_image)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    by_score = not (folder / "checkpoints" / "supernet.safetensors").is_file()
    (read_scores if by_score else read_study)(folder)
    read_metadata(Path(load_run(folder).best.checkpoint))
    load_network(folder)
    if not by_score:
        load_supernet(folder)
