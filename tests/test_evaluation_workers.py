"""A search whose candidates are evaluated by several processes: the trials of one, however it is stopped."""

import contextlib
import json
import signal
import time
from pathlib import Path

import pytest

from own_parts import BLOCKS
from spikesearch import load_run, search
from spikesearch.app import resume
from spikesearch.studies.progress import Reporter
from test_resume import choice


class UntilTraining(Reporter):
    """Stops a run when its search has ended; keeps what it was told."""

    def __init__(self):
        self.notes = []

    def phase(self, title, total, done=0):
        if title.startswith("training") and "supernet" not in title:
            raise KeyboardInterrupt

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def settings(tiny):
    """Four batches of validation images, and no network beside the winners."""

    def made(workers):
        return tiny(search={"batch_size": 10}, run={"workers": workers}, compare={"architectures": []})

    return made


@pytest.fixture(scope="module")
def expected(settings, search_only, tmp_path_factory):
    """The search by one process."""
    return search_only(settings=settings(1), run=tmp_path_factory.mktemp("one") / "run")


def orphans():
    """Evaluation workers whose parent is gone."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"spikesearch.evaluation.worker" in words and not Path(f"/proc/{words[3].decode()}").exists():
                found.append(folder.name)
    return found


def test_kills_and_signals_change_nothing(crasher, settings, expected, tmp_path):
    path = tmp_path / "run"
    keywords = {"settings": settings(2), "run": path}
    for function, moment, number in [
        ("search", "searching 3$", signal.SIGKILL),
        ("resume", "searching 5$", signal.SIGTERM),
        ("resume", "searching 9$", signal.SIGINT),
    ]:
        ended = crasher._ask(function, keywords, moment, number)
        assert ended.code == (99 if number == signal.SIGINT else -number), ended  # 99: ended by an exception
        found = load_run(path).trials
        assert found == expected.trials[: int(moment[10:-1])]
        until = time.monotonic() + 20
        while orphans() and time.monotonic() < until:
            time.sleep(0.1)
        assert not orphans()
        keywords = {"path": path}
    with pytest.raises(KeyboardInterrupt):
        resume(path, reporter=UntilTraining())
    assert load_run(path).trials == expected.trials
    assert choice(path) == choice(expected.path)


def test_own_blocks_are_evaluated_by_one_process(settings, tmp_path):
    listening = UntilTraining()
    with pytest.raises(KeyboardInterrupt):
        search(settings=settings(2), run=tmp_path / "run", blocks=BLOCKS, reporter=listening)
    note = "candidates are evaluated by one process and not by 2: another one would not know your own blocks"
    assert note in listening.notes
    assert json.loads((tmp_path / "run" / "winners.json").read_text(encoding="utf-8"))["winners"]
