"""Whole runs under `torchrun`: the figures of one process, one voice, and an end for all when one ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spikesearch import load_run
from spikesearch.app import resume, status

Launched = subprocess.Popen[str]
_PATIENCE = 120  # seconds


@pytest.fixture
def torchrun(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    """Starts so many processes of a command; none is left when the test ends."""
    started: list[Launched] = []

    def launch(*arguments: str, size: int = 2) -> Launched:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={size}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            process.terminate()  # which it passes on
            process.wait(_PATIENCE)


def said(errors: str) -> list[str]:
    """What spikesearch itself wrote to stderr: all before `torchrun`'s own account of the end."""
    lines = errors.partition("Traceback (most recent call last)")[0].splitlines()
    return [line for line in lines if not line.startswith(("W1", "E1", "W0", "E0", "[W", "[rank"))]


def workers_of(launched: Launched) -> dict[int, int]:
    """rank → process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            variables = dict(v.split("=", 1) for v in (folder / "environ").read_text().split("\0") if "=" in v)
        except (OSError, ValueError):
            continue
        if parent == launched.pid and "RANK" in variables:
            found[int(variables["RANK"])] = int(folder.name)
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is true."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def epochs(path: Path) -> list[dict[str, Any]]:
    file = path / "metrics.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.is_file() else []


def test_a_search_by_two_processes_has_the_figures_of_one(torchrun, finished_run, tiny, assignments, tmp_path):
    path = tmp_path / "run"
    # `--`: torchrun would take --run for the beginning of an option of its own.
    settings = assignments(tiny(run={"threads": 2}))
    launched = torchrun("-m", "--", "spikesearch", "search", "--json", "--run", str(path), *settings)
    out, errors = launched.communicate(timeout=_PATIENCE)
    assert launched.returncode == 0, errors
    assert json.loads(out)["run"] == str(path)  # one document, from one process
    assert sum("training the supernet" in line for line in said(errors)) == 1
    threads = min(2, max(1, len(os.sched_getaffinity(0)) // 2))
    assert f"2 processes train together, threads of each: {threads}" in (path / "log.txt").read_text("utf-8")
    found, expected = epochs(path), epochs(finished_run)
    assert len(found) >= 3 + 4
    # At this learning rate last bits become spikes within an epoch; `test_parallel` has the tight tolerances.
    for ours, theirs, tolerance in zip(found[:3], expected[:3], (1e-3, 0.03, 0.03), strict=True):
        assert ours["part"] == theirs["part"] == "supernet"
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=tolerance)
        assert ours["spikes_per_image"] == pytest.approx(theirs["spikes_per_image"], rel=tolerance)
    run = load_run(path)
    assert len(run.trials) == len(load_run(finished_run).trials)
    assert len(run.networks) == 3
    assert not list(path.rglob("*.state.safetensors"))
    assert status(path)["state"] == "finished"


@pytest.mark.parametrize(
    ("rank", "number"), [pytest.param(0, signal.SIGTERM, marks=pytest.mark.long), (1, signal.SIGKILL)]
)
def test_when_one_process_ends_all_do_and_one_process_goes_on(torchrun, least, assignments, tmp_path, rank, number):
    path = tmp_path / "run"
    settings = least(supernet={"epochs": 40, "batch_size": 50})
    launched = torchrun("-m", "--", "spikesearch", "search", "--run", str(path), *assignments(settings))
    wait_for(lambda: len(epochs(path)) >= 2 or launched.poll() is not None)
    workers = workers_of(launched)
    assert sorted(workers) == [0, 1]
    os.kill(workers[rank], number)
    out, errors = launched.communicate(timeout=_PATIENCE)
    assert launched.returncode != 0
    assert out == ""
    assert not any(alive(process) for process in workers.values())
    last = said(errors)[-1]
    if rank == 0:
        assert last == f"interrupted; go on with: spikesearch resume {path}"
    else:
        # `torchrun` may have stopped the first process before it noticed by itself.
        assert last.startswith(("error: another process of this training has ended", "interrupted; go on with"))
    assert status(path)["state"] == "interrupted"
    done = len(epochs(path))
    assert done < 40
    resume(path)
    # The epoch that was going on may have been reported already; it is then reported once more.
    assert [line["epoch"] for line in epochs(path) if line["part"] == "supernet"] in (
        list(range(40)),
        [*range(done), *range(done - 1, 40)],
    )


def test_too_small_a_batch_is_said_once_before_anything_is_written(torchrun, tmp_path):
    launched = torchrun(
        "-m", "--", "spikesearch", "train", "autosnn", "--set", "train.batch_size=1", "--run", str(tmp_path / "run")
    )
    out, errors = launched.communicate(timeout=_PATIENCE)
    assert launched.returncode != 0
    assert out == ""
    assert said(errors) == [
        "error: train.batch_size = 1: 2 processes share every batch; give at least 2, or start fewer processes"
    ]
    assert not list(tmp_path.iterdir())


SCRIPT = """
import json, os, sys
sys.path.append({tests!r})
from own_parts import BLOCKS, bars, thrift
from spikesearch import search

blocks = BLOCKS if os.environ["RANK"] == "0" or {same} else None
run = search(settings=json.loads({settings!r}), dataset=bars(), blocks=blocks, objective=thrift, run={run!r})
line = os.environ["RANK"] + " " + run.best.architecture + chr(10)
os.write(1, line.encode())  # at once: the other process writes there too
"""


def script(folder: Path, settings: dict[str, Any], *, same: bool) -> str:
    """A user's script in which both processes have the same own parts, or not."""
    file = folder / "script.py"
    text = SCRIPT.format(
        tests=str(Path(__file__).parents[1]), settings=json.dumps(settings), run=str(folder / "run"), same=same
    )
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_script_with_own_parts_gets_the_run_in_every_process(torchrun, least, tmp_path):
    launched = torchrun(script(tmp_path, least(), same=True))
    out, errors = launched.communicate(timeout=_PATIENCE)
    assert launched.returncode == 0, errors
    best = load_run(tmp_path / "run").winners[0].architecture
    assert sorted(out.splitlines()) == [f"0 {best}", f"1 {best}"]


def test_why_another_process_failed_is_said_by_the_first(torchrun, least, tmp_path):
    launched = torchrun(script(tmp_path, least(), same=False))
    out, errors = launched.communicate(timeout=_PATIENCE)
    assert launched.returncode != 0
    assert out == ""
    assert "RunError: process 1 failed: " in errors
    assert "was started with other objects: give the same space, blocks, dataset and objective" in errors
    assert "once that is mended, resume the run" in errors
