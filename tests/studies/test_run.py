"""Run folders: made whole, opened with care, their state read from their files."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spikesearch.errors import RunError, UserError
from spikesearch.studies.run import FORMAT, PHASES, RunFolder, differences

CONFIG = {"search": {"lam": -0.08, "rounds": 10}, "run": {"seed": 0}}
RECIPE = '# "digits", with an umlaut: ä\n[search]\nlam = -0.08\n'


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "first", CONFIG, RECIPE)


def test_a_new_run_comes_back_as_it_was_made(run: RunFolder) -> None:
    opened = RunFolder.open(run.path)
    assert opened.config == CONFIG
    assert opened.recipe == RECIPE
    assert sorted(os.listdir(run.path)) == ["checkpoints", "config.json", "figures", "format", "recipe.toml"]
    assert sorted(os.listdir(run.path.parent)) == ["first"]
    assert (run.path / "format").read_text() == f"{FORMAT}\n"


def test_names_in_the_folder(run: RunFolder) -> None:
    assert run.study == run.path / "study.db"
    assert run.checkpoint("supernet") == run.path / "checkpoints" / "supernet.safetensors"
    assert run.report == run.path / "report.html"
    assert run.figures.is_dir()
    assert run.metrics.path == run.path / "metrics.jsonl"


@pytest.mark.parametrize("place", [".", "empty"])
def test_an_empty_folder_becomes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "here" / "empty").mkdir(parents=True) if place == "empty" else (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run = RunFolder.create(place, CONFIG, RECIPE)
    assert RunFolder.open(place).config == CONFIG
    assert os.listdir(tmp_path) == ["here"]
    with run.lock():
        run.write_json("split.json", [1])
    assert (Path(place) / "split.json").exists()


def test_an_unfinished_run_is_not_made_again(run: RunFolder) -> None:
    with pytest.raises(
        UserError, match=f"is an unfinished run of this recipe: go on with it by `spikesearch resume {run.path}`"
    ):
        RunFolder.create(run.path, CONFIG, RECIPE)


def test_a_run_of_another_recipe_says_what_differs(run: RunFolder) -> None:
    other = {"search": {"lam": [-0.08, -0.16], "rounds": 10}, "run": {"seed": 1}, "train": {"epochs": 3}}
    with pytest.raises(UserError) as caught:
        RunFolder.create(run.path, other, RECIPE)
    message = str(caught.value)
    assert "is an unfinished run of another recipe; go on with it by `spikesearch resume" in message
    assert message.endswith(
        "They differ in\n  search.lam: -0.08 there, [-0.08, -0.16] here\n  run.seed: 0 there, 1 here\n"
        "  train: 'nothing' there, {'epochs': 3} here"
    )


def test_a_finished_run_is_not_made_again(run: RunFolder) -> None:
    run.finish()
    with pytest.raises(UserError, match="is a finished run: give another place"):
        RunFolder.create(run.path, CONFIG, RECIPE)


def test_other_files_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    for path in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(UserError, match="exists and is not a run: give another place"):
            RunFolder.create(path, CONFIG, RECIPE)
    assert os.listdir(tmp_path) == ["letter.txt"]


def test_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be made: Not a directory"):
        RunFolder.create(tmp_path / "file" / "run", CONFIG, RECIPE)


def test_a_configuration_that_is_no_json_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        RunFolder.create(tmp_path / "run", {"path": tmp_path}, RECIPE)
    assert os.listdir(tmp_path) == []


def test_opening_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no run .*nowhere: give the folder that a search wrote"):
        RunFolder.open(tmp_path / "nowhere")
    with pytest.raises(UserError, match="is not a run: it has no file named format"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("2\n", "has format 2; this spikesearch reads format 1: open it with the version of spikesearch that wrote it"),
        ("one\n", "format is damaged: it must hold the format's number"),
        ("", "format is damaged"),
    ],
)
def test_opening_another_format(run: RunFolder, content: str, message: str) -> None:
    (run.path / "format").write_text(content)
    with pytest.raises(UserError, match=message):
        RunFolder.open(run.path)


@pytest.mark.parametrize("name", ["config.json", "recipe.toml"])
def test_opening_an_incomplete_run(run: RunFolder, name: str) -> None:
    (run.path / name).unlink()
    with pytest.raises(UserError, match=f"is incomplete: {name} is missing; start a new run"):
        RunFolder.open(run.path)


def test_an_empty_study_is_none_until_the_search_has_ended(run: RunFolder) -> None:
    run.study.touch()
    RunFolder.open(run.path)
    run.write_json("winners.json", {})
    with pytest.raises(
        UserError, match=r"study\.db is empty, .* or remove .*winners\.json too: the search then begins"
    ):
        RunFolder.open(run.path)


@pytest.mark.parametrize("content", ['{"search": ', "[]", ""])
def test_opening_a_damaged_run(run: RunFolder, content: str) -> None:
    (run.path / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"config\.json is damaged"):
        RunFolder.open(run.path)


def test_files_that_are_missing_or_damaged_are_named(run: RunFolder) -> None:
    with pytest.raises(UserError, match=r"has no split\.json \(yet\)"):
        run.read_json("split.json")
    run.write_json("split.json", {"seed": 3})
    assert run.read_json("split.json") == {"seed": 3}
    (run.path / "split.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(UserError, match=r"split\.json is damaged"):
        run.read_json("split.json")


def test_state_follows_the_files(run: RunFolder) -> None:
    assert run.state().done == ()
    assert run.state().current == "supernet"
    for number, (phase, file) in enumerate(PHASES.items(), start=1):
        assert run.state().current == phase
        (run.path / file).touch()
        assert run.state().done == tuple(PHASES)[:number]
    assert run.state().current is None
    assert not run.state().finished
    run.finish()
    assert run.state().finished


def test_a_run_that_only_trains_has_fewer_phases(run: RunFolder) -> None:
    assert run.state(("train", "report")).current == "train"
    run.write_json("results.json", {})
    state = run.state(("train", "report"))
    assert (state.done, state.current) == (("train",), "report")


def test_who_works_on_it_is_part_of_the_state(run: RunFolder) -> None:
    assert run.state().holder is None
    with run.lock():
        holder = run.state().holder
        assert holder is not None
        assert holder.pid == os.getpid()
        with pytest.raises(UserError, match=f"process {os.getpid()}"), RunFolder.open(run.path).lock():
            pass
    assert run.state().holder is None


def test_locking_clears_away_what_killed_writers_left(run: RunFolder) -> None:
    code = (
        "import os, sys; from spikesearch.studies.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as file: file.write('x'); file.flush(); os.kill(os.getpid(), 9)"
    )
    for name in ("split.json", "checkpoints/supernet.safetensors"):
        assert subprocess.run([sys.executable, "-c", code, str(run.path / name)], check=False).returncode == -9
    left = list(run.path.rglob("*.incomplete"))
    assert len(left) == 2
    assert run.state().done == ()
    with run.lock():
        assert not [path for path in left if path.exists()]


def test_the_log_grows_over_sessions(run: RunFolder) -> None:
    logger = logging.getLogger("spikesearch.studies.example")
    level = logging.getLogger("spikesearch").level
    for session in (1, 2):
        with run.logging():
            logger.info("session %d, λ = -0.08", session)
            logger.debug("not for the log")
        logger.error("outside")
    lines = (run.path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split(" INFO ")[1] for line in lines] == [
        f"spikesearch.studies.example: session {session}, λ = -0.08" for session in (1, 2)
    ]
    assert logging.getLogger("spikesearch").level == level
    assert not logging.getLogger("spikesearch").handlers


def test_differences_see_through_tuples() -> None:
    assert differences(json.loads(json.dumps({"a": {"b": (1, 2)}})), {"a": {"b": (1, 2)}}) == []


def test_a_log_without_room_is_cut_off_and_says_nothing(
    run: RunFolder, file_size_limit: Callable[[int], None], capfd: pytest.CaptureFixture[str]
) -> None:
    with run.logging():
        file_size_limit(300)
        for _ in range(10):
            logging.getLogger("spikesearch").info("a line of sixty characters, which ten times is more than 300")
    assert (run.path / "log.txt").stat().st_size == 300
    assert capfd.readouterr() == ("", "")
