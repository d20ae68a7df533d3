"""What lies below a folder of runs."""

import json
import shutil
from pathlib import Path

import pytest

from spikesearch import UserError, load_run
from spikesearch.app import list_runs
from spikesearch.studies.run import RunFolder


@pytest.fixture
def folder(finished_run: Path, tmp_path: Path) -> Path:
    """Runs of every state, each begun a minute after the one before."""
    runs = tmp_path / "runs"
    names = ["finished", "sweep/interrupted", "newer", "damaged", "cut", "silent"]
    for minute, name in enumerate(names):
        path = runs / name
        shutil.copytree(finished_run, path)
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        config["environment"]["created"] = f"2026-01-01T12:{minute:02}:00+00:00"
        (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for name in ("finished", "results.json", "report.html"):
        (runs / "sweep" / "interrupted" / name).unlink()
    (runs / "newer" / "format").write_text("2\n")
    (runs / "damaged" / "config.json").write_text('{"run": 3}')
    (runs / "cut" / "config.json").write_text('{"run": ')
    (runs / "silent" / "results.json").write_text("[]")
    (runs / "pictures").mkdir()
    (runs / ".hidden.incomplete").mkdir()
    (runs / "notes.txt").write_text("mine")
    return runs


def test_every_run_is_listed_with_what_it_found(folder: Path, finished_run: Path) -> None:
    first, second, *_ = list_runs(folder)
    best = load_run(finished_run).best
    assert first.path == str(folder / "finished")
    assert (first.state, first.recipe, first.data, first.space) == ("finished", "digits", "digits", "autosnn")
    assert (first.accuracy, first.spikes_per_image, first.lam) == (best.accuracy, best.spikes_per_image, (-0.08, -4.0))
    assert first.started == "2026-01-01T12:00:00+00:00"
    assert first.network == best.label == "λ = -0.08"
    assert (second.path, second.state) == (str(folder / "sweep" / "interrupted"), "interrupted in phase train")
    assert (second.network, second.accuracy, second.spikes_per_image) == ("", None, None)


def test_of_several_trainings_the_mean_is_listed(folder: Path) -> None:
    file = folder / "finished" / "results.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    other = json.loads(json.dumps(results[0]))
    other["accuracy"], other["spikes_per_image"] = 0.25, 100.0
    results[0]["repeats"] = [json.loads(json.dumps(results[0])), other]
    file.write_text(json.dumps(results), encoding="utf-8")
    (one,) = list_runs(folder / "finished")
    best = load_run(folder / "finished").best
    assert one.accuracy == best.accuracy_mean == (results[0]["accuracy"] + 0.25) / 2
    assert one.spikes_per_image == best.spikes_per_image_mean != best.spikes_per_image


def test_what_cannot_be_read_is_listed_as_such_and_last(folder: Path) -> None:
    found = list_runs(folder)
    assert {Path(one.path).name: one.state for one in found[2:]} == {
        "cut": "damaged",
        "damaged": "damaged",
        "newer": "other format",
        "pictures": "no run",
        "silent": "damaged",
    }
    problems = {Path(one.path).name: one.problem for one in found}
    assert "has format 2; this spikesearch reads format 1" in problems["newer"]
    assert "config.json is damaged" in problems["cut"]
    assert problems["finished"] == ""


def test_a_run_at_work_names_its_process(folder: Path) -> None:
    run = RunFolder.open(folder / "sweep" / "interrupted")
    with run.lock():
        state = list_runs(folder)[1].state
    assert state.startswith("running by process ")
    assert state.endswith(", phase train")


def test_a_run_itself_may_be_given(folder: Path) -> None:
    (one,) = list_runs(folder / "finished")
    assert one.state == "finished"


def test_a_folder_must_be_there_unless_none_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert list_runs() == []
    with pytest.raises(UserError, match=r"there is no folder nowhere: give one with runs in it"):
        list_runs("nowhere")
