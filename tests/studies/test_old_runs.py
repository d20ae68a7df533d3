"""Runs of every format there ever was are read for ever; one of each is kept beside this file."""

import shutil
import sqlite3
from pathlib import Path

import optuna
import pytest

from spikesearch import load_run, predict
from spikesearch.app import evaluate, report, status
from spikesearch.data.datasets import load_dataset
from spikesearch.studies.run import RunFolder
from spikesearch.studies.study import read_settings, read_trials
from spikesearch.studies.trial import best_trial


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """The run of format 1. Its study is kept as SQL, which can be reviewed, and becomes a database again here."""
    return RunFolder.open(restored("format-1", tmp_path / "run"))


def restored(name: str, folder: Path) -> Path:
    """A copy of a committed run, with its study."""
    shutil.copytree(Path(__file__).parent / name, folder)
    database = sqlite3.connect(folder / "study.db")
    database.executescript((folder / "study.sql").read_text(encoding="utf-8"))
    database.close()
    return folder


def test_format_1(run: RunFolder) -> None:
    assert run.config["search"]["lam"] == [-0.08, -0.24]
    assert run.recipe.startswith("# a run of format 1\n")
    assert [record["loss"] for record in run.metrics.read("supernet")] == [0.25, 0.125]
    assert run.state().current == "supernet"
    (run.path / "checkpoints").mkdir()
    run.checkpoint("supernet").touch()
    assert (run.state().done, run.state().current) == (("supernet", "search"), "train")
    with run.lock():
        assert run.metrics.append("supernet", 2, loss=0.0625)


def test_the_study_of_format_1(run: RunFolder) -> None:
    trials = read_trials(run.study)
    assert [trial.lam for trial in trials] == [-0.08] * 4 + [-0.24] * 4
    assert [trial.reused_from for trial in trials] == [None] * 4 + [0, 1, None, None]
    winner = best_trial(trials[4:])
    assert (winner.number, winner.generation, winner.source) == (7, 1, "shared-weights")
    assert winner.architecture == "autosnn: SRB_k3 SRB_k5 skip skip skip"
    assert winner.digest == "77e3a31f6706642f"
    assert winner.fitness == 0.515869098131784
    assert [layer.name for layer in winner.layers] == [f"tbd{number}.neuron" for number in range(1, 6)]
    assert winner.spikes_per_image == sum(layer.spikes_per_image for layer in winner.layers)
    assert (winner.accuracy, winner.images) == (winner.correct / 1000, 1000)
    settings = read_settings(run.study)
    assert (settings["seed"], settings["average_spikes"]) == (5, 20_000.0)
    assert settings["slots"]["tbd5"] == ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]


def test_optuna_reads_the_study_of_format_1(run: RunFolder) -> None:
    study = optuna.load_study(storage=f"sqlite:///{run.study}", study_name="search")
    assert study.metric_names == ["accuracy", "spikes_per_image"]
    assert study.trials[7].params == {
        "tbd1": "SRB_k3",
        "tbd2": "SRB_k5",
        "tbd3": "skip",
        "tbd4": "skip",
        "tbd5": "skip",
    }


def test_a_whole_run_of_format_1(tmp_path: Path) -> None:
    """A finished search on digits at C = 1, without its report and figures, which are written anew."""
    path = restored("format-1-whole", tmp_path / "run")
    run = load_run(path)
    assert run.best.architecture == "autosnn: skip SCB_k3 skip SCB_k3 skip"
    assert (run.best.label, run.best.accuracy, run.best.spikes_per_image) == ("λ = -0.08", 0.1, 111.26)
    assert [network.label for network in run.networks] == ["λ = -0.08", "λ = -4", "all SCB_k3"]
    assert len(run.trials) == 6
    facts = status(path)
    assert facts["state"] == "finished"
    assert [phase["state"] for phase in facts["phases"]][:3] == ["done", "done", "done"]
    assert evaluate(path) == run.networks
    digits = load_dataset("digits").test.images[:2]
    assert [one.best for one in predict(path, digits)] == [None, None]  # its last layer is silent
    page = report(path).read_text(encoding="utf-8")
    assert "SCB_k3" in page
    assert "λ = −4" in page
