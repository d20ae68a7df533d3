"""Training more than one winner: the front, the best of each λ, and several times each."""

import json
import shutil
import statistics

import pytest
import torch

from spikesearch import UserError, load_run, search
from spikesearch.app import evaluate, resume, status, train
from spikesearch.config.sections import TrainSection
from spikesearch.phases.choosing import choose
from spikesearch.phases.remarks import remarks
from spikesearch.processes.side_by_side import run_workers
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.selection import best_of, front_of, one_of_each
from spikesearch.studies.trial import TrialRecord
from spikesearch.training.checkpoints import load_checkpoint


@pytest.fixture(scope="module")
def front(finished_run, tmp_path_factory):
    """The front of `finished_run`, each network trained twice."""
    path = tmp_path_factory.mktemp("front") / "run"
    return train(str(finished_run), front=True, settings={"train": {"epochs": 1, "repeats": 2}}, run=path)


def test_the_front_is_trained_fewest_spikes_first(front, finished_run):
    expected = one_of_each(front_of(load_run(finished_run).trials))
    assert [network.architecture for network in front.networks] == [trial.architecture for trial in expected]
    assert [network.label for network in front.networks] == [f"front {k + 1}" for k in range(len(expected))]
    assert len(expected) > 1


def test_repeats_are_trainings_of_their_own(front):
    stored = json.loads((front.path / "results.json").read_text(encoding="utf-8"))
    for network, entry in zip(front.networks, stored, strict=True):
        first, second = network.repeats
        assert (first.accuracy, first.checkpoint) == (network.accuracy, network.checkpoint)
        weights = [load_checkpoint(one.checkpoint)[0].state_dict() for one in network.repeats]
        assert any(not torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())
        values = [one.accuracy for one in network.repeats]
        assert entry["accuracy_mean"] == network.accuracy_mean == statistics.fmean(values)
        assert entry["accuracy_deviation"] == network.accuracy_deviation == statistics.stdev(values)
        spikes = [one.spikes_per_image for one in network.repeats]
        assert entry["spikes_per_image_mean"] == network.spikes_per_image_mean == statistics.fmean(spikes)
        assert second.checkpoint.endswith("-repeat-2.safetensors")
    parts = {record["part"] for record in RunFolder.open(front.path).metrics.read()}
    assert len(parts) == 2 * len(front.networks)
    assert any("±" in line for line in front.report.read_text(encoding="utf-8").splitlines())
    again = evaluate(front.path, again=True)
    assert [network.repeats for network in again] == [network.repeats for network in front.networks]


def test_the_first_repeat_is_the_network_that_is_trained_once(front, tmp_path):
    network = front.networks[0]
    once = train(network.architecture, settings=front_settings(front), run=tmp_path / "run")
    assert (once.best.accuracy, once.best.spikes_per_image) == (network.accuracy, network.spikes_per_image)
    states = [load_checkpoint(one.checkpoint)[0].state_dict() for one in (once.best, network)]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def front_settings(run):
    config = run.config
    return {name: config[name] for name in ("data", "network")} | {
        "train": {**config["train"], "repeats": 1},
        "run": {"threads": 1},
    }


def test_how_well_shared_weights_ranked_is_reported(front, finished_run):
    found = front.rank_correlation
    if len(front.networks) < 3:
        assert found is None
        return
    assert (found.networks, found.trained_on) == (len(front.networks), "validation")
    assert status(front.path)["rank_correlation"] == str(found)
    assert "agrees with Kendall" in front.report.read_text(encoding="utf-8")
    assert front.as_dict()["rank_correlation"] == found.as_dict()


def test_what_was_interrupted_goes_on_without_training_anything_twice(front, tmp_path):
    """One repeat of one network is missing, as after a kill, and a worker trains it: nothing else is touched."""
    path = tmp_path / "copy"
    shutil.copytree(front.path, path)
    for name in ("finished", "results.json", "report.html"):
        (path / name).unlink()
    missing = path / "checkpoints" / front.networks[-1].repeats[1].checkpoint.rpartition("/")[2]
    missing.unlink()
    times = {file.name: file.stat().st_mtime_ns for file in missing.parent.iterdir()}
    run_workers(path, [missing.stem], 1, Reporter())
    resume(path)
    assert {name: (missing.parent / name).stat().st_mtime_ns for name in times} == times
    stored = [json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in (path, front.path)]
    assert stored[0] == stored[1]


def test_a_run_can_choose_for_itself(least, tmp_path):
    """The best two of each λ by the recipe; the winners keep their names."""
    settings = least(
        search={"lam": [0.0, -1.0], "rounds": 2, "population": 4},
        train={"choose": "top", "top": 2},
    )
    run = search(settings=settings, run=tmp_path / "run")
    assert [network.label for network in run.winners] == ["λ = 0", "λ = -1"]
    assert [network.lam for network in run.networks[:2]] == [0.0, -1.0]
    wanted = {}
    for lam in (0.0, -1.0):
        for place, trial in enumerate(best_of((t for t in run.trials if t.lam == lam), 2), 1):
            wanted.setdefault(trial.architecture, f"λ = {lam:g} #{place}")
    winners = {network.architecture for network in run.winners}
    assert {one.architecture: one.label for one in run.networks[2:]} == {
        text: label for text, label in wanted.items() if text not in winners
    }
    assert len(wanted) >= 3
    assert run.rank_correlation.networks == len(wanted)
    alone = train(str(run.path), top=2, run=tmp_path / "alone")
    assert {one.architecture: one.label for one in alone.networks} == wanted
    ours = {one.architecture: one.accuracy for one in run.networks}
    assert {one.architecture: one.accuracy for one in alone.networks} == ours
    assert alone.rank_correlation == run.rank_correlation


def test_a_limited_front_says_what_it_leaves_out(finished_run, tmp_path):
    run = train(str(finished_run), front=True, settings={"train": {"epochs": 1, "front_limit": 1}}, run=tmp_path / "r")
    front = one_of_each(front_of(load_run(finished_run).trials))
    assert [network.architecture for network in run.networks] == [front[-1].architecture]
    assert f"{len(front) - 1} were left out" in run.report.read_text(encoding="utf-8")


def test_what_cannot_be_chosen_from_is_refused(finished_run, copy_run, front, tmp_path):
    unfinished = copy_run("finished", "winners.json", "results.json")
    with pytest.raises(UserError, match=rf"the search of {unfinished} is not finished: spikesearch resume"):
        train(str(unfinished), front=True, run=tmp_path / "run")
    with pytest.raises(UserError, match="--front and --top: give one of them"):
        train(str(finished_run), front=True, top=2, run=tmp_path / "run")
    with pytest.raises(UserError, match="autosnn is an architecture: --front and --top choose among"):
        train("autosnn", front=True, run=tmp_path / "run")
    with pytest.raises(UserError, match="has no search whose candidates could be trained"):
        train(str(front.path), top=2, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_equal_figures_are_counted_once_and_told():
    section = TrainSection(choose="front")
    record = {"digest": "", "lam": 0.0, "generation": 0, "fitness": 0.5, "accuracy": 0.5, "spikes_per_image": 9.0}
    record |= {"firing_rate": 0.1, "layers": (), "images": 2, "correct": 1, "source": ""}
    trials = [TrialRecord(number=k, architecture=f"autosnn: {k}", **record) for k in range(3)]
    chosen, missing = choose(section, {0.0: trials})
    assert [(one.label, one.trial.number) for one in chosen] == [("front 1", 0)]
    assert missing == {"left_out": 0, "tied": 2}
    (line,) = remarks(section.model_dump(), trials, missing)
    assert line.startswith("2 more candidates of the Pareto front have the same estimated accuracy and spikes")
