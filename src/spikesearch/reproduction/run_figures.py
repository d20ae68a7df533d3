"""What figures keep of a finished run: numbers that pages are built from, when the run itself is deleted."""

from collections.abc import Mapping
from typing import Any

from spikesearch.architectures.naming import file_name
from spikesearch.assembly.starting import stored_config
from spikesearch.overview.status import describe_progress
from spikesearch.results import Run
from spikesearch.studies.run import RunFolder
from spikesearch.studies.scored import read_scored
from spikesearch.studies.study import read_trials


def training_figures(run: Run) -> dict[str, dict[str, Any]]:
    """Of each architecture that the run trained, by canonical text: values of a `TrainedFigure`."""
    folder = RunFolder.open(run.path)
    stored = folder.read_json("results.json")
    seconds = _seconds(run)["train"]  # a search in the same run has figures of its own
    epochs: dict[str, list[tuple[float, float]]] = {}
    for epoch in folder.metrics.read():
        epochs.setdefault(epoch["part"], []).append((round(epoch["loss"], 5), round(epoch["accuracy"], 5)))
    return {
        one["architecture"]: {
            "parameters": one["parameters"],
            "macs": one["macs"],
            "repeats": [
                {**_tested(repeat), "curve": epochs[file_name(one["architecture"], number)]}
                for number, repeat in enumerate(one.get("repeats", [one]))
            ],
            "seconds": round(seconds / len(stored), 1),
            "environment": folder.config["environment"],
        }
        for one in stored
    }


def _tested(values: Mapping[str, Any]) -> dict[str, Any]:
    layers = values["test"]["layers"]
    return {
        **{name: values[name] for name in ("accuracy", "validation_accuracy", "spikes_per_image", "firing_rate")},
        "layers": [[one["name"], one["positions"], one["spikes_per_image"], one["firing_rate"]] for one in layers],
    }


def search_figures(run: Run) -> dict[str, Any]:
    """Of all candidates: values of a `ScoredFigure` or a `SearchedFigure`."""
    folder = RunFolder.open(run.path)
    found: dict[str, Any] = {
        "seconds": {name: round(value, 1) for name, value in _seconds(run).items()},
        "environment": folder.config["environment"],
    }
    if stored_config(folder).scored:
        scores = [[trial.architecture, trial.score] for trial in read_scored(folder.study)]
        return {**found, "count": len(scores), "scores": scores}
    candidates: list[str] = folder.config["facts"]["candidates"]
    from spikesearch.training.checkpoints import load_checkpoint

    _, info = load_checkpoint(folder.checkpoint("supernet"))
    trials = []
    for trial in read_trials(folder.study):
        prefix, _, blocks = trial.architecture.partition(": ")
        code = "".join(str(candidates.index(block)) for block in blocks.split())
        trials.append([code, trial.accuracy, trial.spikes_per_image])
    found |= {"average_spikes": info.extra["average_spikes"], "space": prefix, "candidates": candidates}
    return {**found, "count": len(trials), "trials": trials}


def _seconds(run: Run) -> dict[str, float]:
    """Of work on each phase, over all sessions."""
    folder = RunFolder.open(run.path)
    phases = describe_progress(folder, stored_config(folder))["phases"]
    return {phase["name"]: phase["seconds"] for phase in phases}
