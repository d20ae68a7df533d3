"""Training several networks at once, each in a process of its own.

Small layers are not divided among threads with profit, so whole networks are. Each one's numbers depend on its own
seed alone: any number of workers gives the same ones. The workers are new interpreters and not forks or spawned copies
of the caller, whose script may do anything at import.
"""

import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikesearch.errors import RunError, UserError
from spikesearch.studies.progress import Reporter


@dataclass
class _Worker:
    name: str
    process: subprocess.Popen[str]
    done: int = 0
    total: int = 0
    detail: str = ""
    error: dict[str, Any] = field(default_factory=dict)


def run_workers(run: Path, names: Sequence[str], workers: int, reporter: Reporter) -> None:
    """Train the networks `names` of the run in `run`, at most `workers` of them at a time.

    The workers end with the caller, however it ends.

    Raises:
        UserError, RunError: the first worker that failed says why; the others are stopped. Networks that are finished
            stay finished.
    """
    waiting = deque(names)
    running: dict[int, _Worker] = {}
    finished = 0
    started = False
    selector = selectors.DefaultSelector()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                worker = _start(run, waiting.popleft())
                assert worker.process.stdout is not None
                running[worker.process.stdout.fileno()] = worker
                selector.register(worker.process.stdout, selectors.EVENT_READ)
            for key, _ in selector.select():
                worker = running[key.fd]
                if line := key.fileobj.readline():  # type: ignore[union-attr]
                    _take(worker, json.loads(line))
                    if worker.total and not started:
                        reporter.phase(f"training {len(names)} networks", worker.total * len(names))
                        started = True
                    steps = finished * worker.total + sum(one.done for one in running.values())
                    reporter.advance(steps, worker.detail)
                    continue
                selector.unregister(key.fileobj)
                del running[key.fd]
                _check(worker)
                finished += 1
    finally:
        for worker in running.values():
            worker.process.kill()
            worker.process.wait()
        selector.close()


def _start(run: Path, name: str) -> _Worker:
    command = [sys.executable, "-m", "spikesearch.processes.worker", str(run), name, str(os.getpid())]
    # A session of its own: Ctrl-C reaches this process alone, which then ends the worker.
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True
    )
    return _Worker(name, process)


def _take(worker: _Worker, message: dict[str, Any]) -> None:
    if "error" in message:
        worker.error = message
    else:
        worker.done, worker.total, worker.detail = message["done"], message["total"], message["detail"]


def _check(worker: _Worker) -> None:
    """A worker has closed its output: it is done, or it failed."""
    code = worker.process.wait()
    if worker.error:
        kind = UserError if worker.error["code"] == UserError.exit_code else RunError
        raise kind(f"training {worker.name}: {worker.error['error']}")
    if code:
        raise RunError(f"training {worker.name}: its process ended with status {code}; resume the run to go on with it")
