"""Runs that a training-free score decides, from data to report, and a score before shared weights."""

import contextlib
import json
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crashing import Crasher
from same_run import assert_same_run
from spikesearch import UserError, load_run, search
from spikesearch.app import list_runs, report, resume, status, train
from spikesearch.architectures.describe import describe
from spikesearch.architectures.text import parse
from spikesearch.phases import scored as phase
from spikesearch.results import Run
from spikesearch.strategies.score_names import DEFAULT_SCORE
from spikesearch.studies.progress import Reporter
from spikesearch.studies.scored import ScoredTrial, ranked
from spikesearch.studies.trial import TrialRecord

SETTINGS: dict[str, Any] = {
    "data": {"limit": 100, "test_limit": 50},
    "network": {"channels": 4, "timesteps": 2, "hidden": 16},
    "search": {"rounds": 2, "population": 3, "strategy": "random", "score": DEFAULT_SCORE},
    "score": {"batch_size": 16, "repeats": 1},
    "train": {"epochs": 1, "choose": "top", "top": 2, "on": "train"},
    "compare": {"random": 1},
    "run": {"workers": 1},
}


class Notes(Reporter):
    """Keeps them."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


NOTES = Notes()


def changed(**sections: dict[str, Any]) -> dict[str, Any]:
    return {name: SETTINGS.get(name, {}) | sections.get(name, {}) for name in SETTINGS | sections}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return search("snasnet-digits", settings=SETTINGS, run=tmp_path_factory.mktemp("runs") / "run", reporter=NOTES)


def test_it_says_where_the_score_is_not_validated(run: Run) -> None:
    said = "spike-paths is validated on the cells of spikenas-bench only, not on snasnet-feedback"
    assert sum(note.startswith(said) for note in NOTES.said) == 1


def test_the_highest_score_wins_and_is_trained(run: Run) -> None:
    trials = run.trials
    assert len(trials) == 6
    assert all(isinstance(trial, ScoredTrial) for trial in trials)
    first, second = ranked(trials)[:2]  # type: ignore[arg-type]
    assert [network.label for network in run.networks] == ["winner", "score #2", "random"]
    assert run.best.architecture == first.architecture
    assert run.best.lam == 0.0
    assert run.networks[1].architecture == second.architecture
    assert run.best.parameters == first.parameters
    text = first.architecture
    assert first.parameters == describe(text, channels=4, hidden=16, timesteps=2, image=(1, 8, 8)).parameters
    ranks = run.rank_correlation
    assert ranks is not None
    assert (ranks.score, ranks.networks, ranks.spikes_tau) == ("spike-paths", 3, None)
    assert not (run.path / "checkpoints" / "supernet.safetensors").exists()
    assert run.config["search"]["lam"] == 0.0
    assert run.config["score"] == {"channels": 4, "timesteps": 2, "batch_size": 16, "repeats": 1}
    assert set(json.loads((run.path / "forecast.json").read_text(encoding="utf-8"))["seconds"]) == {"search", "train"}


def test_status_runs_and_report_tell_of_scores(run: Run) -> None:
    told = status(run.path)
    assert [one["name"] for one in told["phases"]] == ["search", "train", "report"]
    assert told["phases"][0]["detail"] == "6 of at most 6 candidates scored by spike-paths"
    assert len(told["best"]) == 1
    assert told["best"][0].startswith(f"{run.best.architecture} (spike-paths ")
    (listed,) = list_runs(run.path.parent)
    assert (listed.state, listed.lam, listed.score) == ("finished", (), "spike-paths")
    page = run.report.read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", " ", page[page.index("<body>") :])
    assert "It is the best of 6 candidates scored by spike-paths; none of them was trained to choose it." in text
    for word in ("λ =", "shared weights", "upernet", "Pareto"):
        assert word not in text, word
    assert (run.path / "figures" / "scores.svg").is_file()
    assert not (run.path / "figures" / "history.svg").exists()


def test_a_search_that_was_stopped_goes_on_to_the_same_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = run.path.parent.parent / "stopped"
    scoring = phase.scoring

    def stops(*given: Any) -> Any:
        found = scoring(*given)
        inner = found.scores

        def scores(asked: Any) -> Iterator[float]:
            for number, score in enumerate(inner(asked)):
                if number == 2:
                    raise KeyboardInterrupt
                yield score

        found.scores = scores
        return found

    monkeypatch.setattr(phase, "scoring", stops)
    with pytest.raises(KeyboardInterrupt):
        search("snasnet-digits", settings=SETTINGS, run=stopped)
    assert 0 < len(load_run(stopped).trials) < 6
    told = status(stopped)
    assert told["phases"][0]["state"] == "under way"
    assert "scored by spike-paths" in re.sub(r"<[^>]+>", " ", report(stopped).read_text(encoding="utf-8"))
    monkeypatch.undo()
    resume(stopped)
    assert_same_run(stopped, run.path)
    shutil.rmtree(stopped)


def test_several_processes_score_as_one_also_if_they_are_killed(run: Run, tmp_path: Path, crasher: Crasher) -> None:
    several = changed(run={"workers": 2}, train={"epochs": 1, "choose": "winner"}, compare={"random": 0})
    path = tmp_path / "run"
    ended = crasher.kill("search", "searching 2$", recipe="snasnet-digits", settings=several, run=path)
    assert ended.code == -signal.SIGKILL, ended
    assert load_run(path).trials == run.trials[:2]
    # Nobody ended the two workers: they see for themselves that the process they work for is gone.
    killed = json.loads((path / "lock").read_text(encoding="utf-8"))["pid"]
    patience = time.monotonic() + 60
    while left := scoring_workers(killed):
        assert time.monotonic() < patience, left
        time.sleep(0.05)
    assert resume(path).trials == run.trials


def scoring_workers(parent: int) -> list[str]:
    """Processes that score for that one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text(encoding="utf-8").split("\0")
            if "spikesearch.processes.scoring_worker" in words and str(parent) in words:
                found.append(process.name)
    return found


def test_the_best_of_a_run_are_trained_in_a_run_of_their_own(run: Run, tmp_path: Path) -> None:
    found = train(str(run.path), top=3, run=tmp_path / "run")
    assert [one.label for one in found.networks] == ["score #1", "score #2", "score #3"]
    assert [one.architecture for one in found.networks] == [
        trial.architecture
        for trial in ranked(run.trials)[:3]  # type: ignore[arg-type]
    ]
    assert found.rank_correlation is not None
    assert found.rank_correlation.score == "spike-paths"
    with pytest.raises(UserError, match="a search by score has no front"):
        train(str(run.path), front=True, run=tmp_path / "other")


def test_budgets_and_draws_of_the_table_of_trained_cells(tmp_path: Path) -> None:
    """Arithmetic alone: which also shows that the score is of the network to be trained."""
    settings = changed(
        space={"name": "spikenas-bench"},
        search={"score": "parameters", "strategy": "exhaustive"},
        train={"epochs": 1, "choose": "winner"},
        compare={"random": 0, "estimates": ["spikenas-bench:0"]},
        network={"channels": 2, "timesteps": 1, "hidden": 4},
    )
    with pytest.raises(UserError, match=r"no architecture of spikenas-bench keeps parameters<=10: the smallest"):
        search(
            "snasnet-digits", settings=settings | {"search": {"constraints": ["parameters<=10"]}}, run=tmp_path / "no"
        )
    size = {"channels": 2, "timesteps": 1, "hidden": 4, "image": (1, 8, 8)}
    smallest = describe("spikenas-bench:0", **size).parameters
    settings["search"]["constraints"] = [f"parameters<={smallest}"]
    found = search("snasnet-digits", settings=settings, run=tmp_path / "run")
    # Without any convolution: zero or skip on each connection.
    assert len(found.trials) == 2**6
    assert {trial.score for trial in found.trials} == {float(smallest)}  # type: ignore[union-attr]
    assert found.networks[0].constraints[0]["kept"]


def test_draws_are_told_from_candidates(tmp_path: Path) -> None:
    settings = changed(
        space={"name": "snasnet-forward", "sampling": "authors"},
        search={"score": "depth", "rounds": 30, "population": 3},
        train={"epochs": 1, "choose": "winner"},
        compare={"random": 0},
    )
    found = search("snasnet-digits", settings=settings, run=tmp_path / "run")
    choice = json.loads((found.path / "winners.json").read_text(encoding="utf-8"))
    assert choice["draws"] == 90
    assert len(found.trials) < 90
    assert "different cells among 90 draws" in found.report.read_text(encoding="utf-8")


def test_a_first_stage_chooses_what_shared_weights_see(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "data": {"limit": 100, "test_limit": 50},
        "network": {"channels": 2, "timesteps": 2, "v_threshold": 0.2},
        "supernet": {"epochs": 1},
        "search": {"score": "naswot", "first_stage": 9, "keep": 4, "strategy": "exhaustive", "lam": [0, -0.08]},
        "score": {"batch_size": 16, "repeats": 1},
        "train": {"epochs": 1},
        "compare": {"architectures": [], "estimates": [], "random_estimates": 0},
        "run": {"workers": 1},
    }
    found = search("digits", settings=settings, run=tmp_path / "run")
    stage = found.first_stage
    assert len(stage) == 9
    kept = {trial.architecture for trial in ranked(stage)[:4]}
    assert {trial.architecture for trial in found.trials} == kept
    assert all(isinstance(trial, TrialRecord) for trial in found.trials)
    detail = status(found.path)["phases"][1]["detail"]
    assert detail == "9 of 9 candidates scored by naswot; 4 of at most 4 trials"
    text = re.sub(r"<[^>]+>", " ", found.report.read_text(encoding="utf-8"))
    assert "Of 9 candidates scored by naswot the best 4 were searched with shared weights." in text
    assert "The first stage, by score" in text
    assert np.isfinite([trial.score for trial in stage]).all()
    assert all(parse(one) for one in kept)
