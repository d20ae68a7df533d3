"""`train.choose = "nothing"`: a run that ends with its search, and what comes of it later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError, load_run, search
from spikesearch.app import status, train
from spikesearch.results import Run

NOTHING = {"choose": "nothing"}


@pytest.fixture(scope="module")
def run(least: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Run:
    return search(settings=least(train=NOTHING), run=tmp_path_factory.mktemp("only") / "run")


def test_it_is_finished_without_training(run: Run) -> None:
    told = status(run.path)
    assert told["state"] == "finished"
    assert [phase["name"] for phase in told["phases"]] == ["supernet", "search", "report"]
    assert run.report.is_file()
    assert not (run.path / "results.json").exists()
    (found,) = run.found
    assert found["architecture"] in {trial.architecture for trial in run.trials}
    assert run.as_dict()["found"] == [found]


def test_asking_for_networks_says_how_to_get_some(run: Run) -> None:
    with pytest.raises(UserError, match=f"has trained nothing: spikesearch train {run.path}"):
        _ = load_run(run.path).networks


def test_its_winner_is_trained_in_a_run_of_its_own(run: Run, tmp_path: Path) -> None:
    trained = train(str(run.path), run=tmp_path / "run")
    assert [one.architecture for one in trained.networks] == [run.found[0]["architecture"]]


def test_the_same_search_as_with_training(run: Run, least: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    whole = search(settings=least(), run=tmp_path / "run")
    assert whole.trials == run.trials


def test_a_search_by_score_alone(tmp_path: Path) -> None:
    settings = {
        "data": {"limit": 60, "test_limit": 20},
        "network": {"channels": 2, "timesteps": 2, "hidden": 8},
        "search": {"score": "parameters", "rounds": 1, "population": 3},
        "train": NOTHING,
        "compare": {"random": 0},
        "run": {"threads": 1, "workers": 1},
    }
    run = search("snasnet-digits", settings=settings, run=tmp_path / "run")
    assert [phase["name"] for phase in status(run.path)["phases"]] == ["search", "report"]
    assert run.found[0]["score"] == max(trial.fitness for trial in run.trials)


@pytest.mark.parametrize("compare", [{"architectures": ["autosnn:SCB_k3"]}, {"random": 1}])
def test_networks_to_train_contradict_it(
    compare: dict[str, Any], least: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"train\.choose = 'nothing' trains nothing, but compare"):
        search(settings=least(train=NOTHING, compare=compare), run=tmp_path / "run")
    assert not (tmp_path / "run").exists()
