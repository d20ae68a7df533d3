"""The lock of a run, with real processes."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spikesearch.errors import RunError, UserError
from spikesearch.studies.lock import Holder, holder, locked

HOLD = """
import sys, time
from pathlib import Path
from spikesearch.studies.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_held_lock_names_its_holder(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    path = tmp_path / "lock"
    assert holder(path) == Holder(pid=other.pid, host=socket.gethostname())
    with pytest.raises(UserError, match=f"process {other.pid} on .* is working on .*: wait for it"), locked(path):
        pass
    assert holder(path) == Holder(pid=other.pid, host=socket.gethostname())  # the attempt changed nothing


def test_kill_9_releases_it(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert holder(tmp_path / "lock") is None
    with locked(tmp_path / "lock"):
        assert holder(tmp_path / "lock") == Holder(pid=os.getpid(), host=socket.gethostname())
    assert holder(tmp_path / "lock") is None


def test_it_is_not_reentrant_and_ends_with_its_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path), pytest.raises(UserError, match=f"process {os.getpid()}"), locked(path):
        pass
    with pytest.raises(ZeroDivisionError), locked(path):
        _ = 1 / 0
    with locked(path):
        pass


FORK = """
import os, sys, time
from pathlib import Path
from spikesearch.studies.lock import locked
with locked(Path(sys.argv[1])):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
"""


def test_a_forked_child_does_not_keep_the_lock_of_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            parent.kill()
            parent.wait()
            deadline = time.monotonic() + 5  # the child closes its copy as soon as it runs
            while holder(tmp_path / "lock") is not None and time.monotonic() < deadline:
                time.sleep(0.01)
            assert holder(tmp_path / "lock") is None
        finally:
            os.kill(child, signal.SIGKILL)


def _ask(path: Path, rounds: int) -> None:
    for _ in range(rounds):
        holder(path)


def test_asking_does_not_get_in_the_way_of_taking(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    asker = multiprocessing.get_context("spawn").Process(target=_ask, args=(path, 20_000))
    asker.start()
    while asker.is_alive():
        with locked(path):
            pass
    asker.join()
    assert asker.exitcode == 0


def test_no_lock_file_means_nobody(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None


def test_a_holder_that_has_not_signed_yet(tmp_path: Path) -> None:
    assert str(Holder(pid=0, host="")) == "another process"
    assert str(Holder(pid=12, host="ada")) == "process 12 on ada"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the lock .* cannot be opened: No such file"), locked(tmp_path / "no" / "lock"):
        pass
