"""A run with strategy = "exhaustive" and search.images, from settings to report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError, search
from spikesearch.app import resume, status
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.studies.study import read_settings

LAMS = [-0.08, 0.0, -4.0]


@pytest.fixture(scope="module")
def run(least: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = least(
        space={"candidates": ["skip", "SCB3"]}, search={"strategy": "exhaustive", "images": 15, "lam": LAMS}
    )
    return search(settings=settings, run=tmp_path_factory.mktemp("exhaustive") / "run")


def test_every_architecture_is_measured_and_stored_once(run: Any) -> None:
    assert len(run.trials) == len({trial.architecture for trial in run.trials}) == 2**5
    assert {(trial.lam, trial.images) for trial in run.trials} == {(-0.08, 15)}


def test_the_winner_of_each_lambda_is_the_optimum(run: Any) -> None:
    average = read_settings(run.path / "study.db")["average_spikes"]
    for winner, lam in zip(run.winners, LAMS, strict=True):
        scores = {
            trial.architecture: exponential_fitness(trial.accuracy, trial.spikes_per_image, average, lam)
            for trial in run.trials
        }
        assert scores[winner.architecture] == max(scores.values())


def test_the_page_and_the_status_tell(run: Any) -> None:
    assert "candidates on 15 of the validation images, drawn by the run" in run.report.read_text(encoding="utf-8")
    (search_phase,) = (phase for phase in status(run.path)["phases"] if phase["name"] == "search")
    assert search_phase["detail"] == "32 of 32 trials, for every λ"


def test_a_finished_run_stays_as_it_is(run: Any) -> None:
    before = (run.path / "study.db").read_bytes()
    assert [winner.architecture for winner in resume(run.path).winners] == [one.architecture for one in run.winners]
    assert (run.path / "study.db").read_bytes() == before


def test_more_images_than_there_are_are_refused(least: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"search\.images = 21: there are 20 validation images; give at most as many"):
        search(settings=least(search={"images": 21}), run=tmp_path / "run")
    assert not (tmp_path / "run").exists()
