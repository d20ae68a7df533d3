"""Exit statuses, and the command as the shell sees it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

import spikesearch
from spikesearch import RunError
from spikesearch.cli import listing, main

COMMANDS = (
    *("search", "resume", "status", "runs", "train", "evaluate", "predict", "describe", "list", "report"),
    *("score", "reproduce"),
    *("bench", "data"),  # which have commands of their own
)
SCRIPT = Path(sys.executable).with_name("spikesearch")


def test_version(cli):
    assert cli("--version") == (0, f"{spikesearch.__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, cli):
    answer = cli(command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "--json" in answer.out or command in ("bench", "data")


def test_help_names_every_command(cli):
    answer = cli("--help")
    assert answer.code == 0
    listed = [line.split()[0] for line in answer.out.split("Commands:")[1].splitlines() if line.strip()]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [[], ["serach"], ["describe"], ["describe", "autosnn", "--widht", "3"], ["search", "--seed", "-1"], ["resume"]],
    ids=" ".join,
)
def test_a_command_line_that_makes_no_sense_exits_with_2(arguments, cli):
    assert cli(*arguments).code == 2


def fails(error: BaseException):
    def command(*_: object) -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (RunError("the loss is nan [at step 3]"), 1, "error: the loss is nan [at step 3]\n"),
        (typer.Abort(), 130, "error: interrupted\n"),
        (
            OSError(28, "No space left on device"),
            1,
            "error: OSError: [Errno 28] No space left on device (SPIKESEARCH_TRACEBACK=1 in the environment shows "
            "where)\n",
        ),
    ],
    ids=["run error", "abort", "disk full"],
)
def test_errors_become_exit_statuses(error, code, message, cli, monkeypatch):
    monkeypatch.setattr(listing, "print_table", fails(error))
    assert cli("list", "recipes") == (code, "", message)


def test_ctrl_c_exits_with_130(cli, monkeypatch):
    monkeypatch.setattr(listing, "print_table", fails(KeyboardInterrupt()))
    answer = cli("list", "recipes")
    assert (answer.code, answer.out) == (130, "")


def test_an_unforeseen_error_shows_its_traceback_on_request(cli, monkeypatch):
    monkeypatch.setattr(listing, "print_table", fails(ZeroDivisionError("oh")))
    monkeypatch.setenv(main.TRACEBACK, "1")
    with pytest.raises(ZeroDivisionError):
        cli("list", "recipes")


def shell(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_the_installed_command_prints_results_on_stdout_and_errors_on_stderr():
    described = shell("describe", "autosnn", "--json")
    assert (described.returncode, described.stderr) == (0, "")
    assert json.loads(described.stdout)["architecture"] == "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
    wrong = shell("describe", "autosnn: SRB4 SRB5 skip SRB3 SRB5")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: block SRB_k4: the kernel is 4; give an odd whole number from 1 to 999\n"


def test_ctrl_c_in_a_terminal_leaves_a_run_that_can_be_resumed(tmp_path, least, assignments, cli):
    settings = assignments(least(supernet={"epochs": 1_000_000}))
    process = subprocess.Popen(
        [SCRIPT, "search", "--run", tmp_path / "run", *settings],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "run" / "metrics.jsonl").is_file():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert f"interrupted; go on with: spikesearch resume {tmp_path / 'run'}" in err
    assert "Traceback" not in err
    answer = cli("status", tmp_path / "run", "--json")
    assert (answer.json["state"], answer.json["phases"][0]["state"]) == ("interrupted", "under way")
