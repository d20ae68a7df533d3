"""The work of a bench divided among processes of one thread each; no part of it depends on who does the others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from spikesearch.bench.folder import BenchFolder
from spikesearch.errors import RunError, UserError

_SECONDS_BETWEEN_LOOKS = 0.1
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run_workers(module: str, folder: BenchFolder, shares: Sequence[str], look: Callable[[], None]) -> None:
    """Have each of the shares done by a process `python -m MODULE RUN PID SHARE`, which ends with the caller.

    Args:
        module: of the workers; its exit status is that of the commands, and it prints an error as one JSON document.
        folder: the run.
        shares: what each process does, in words of the module.
        look: called a few times a second, to tell of progress.

    Raises:
        UserError, RunError: the first worker that failed says why; the others are stopped. What is done stays done.
    """
    command = [sys.executable, "-m", module, str(folder.path), str(os.getpid())]
    processes = [
        # A session of its own: Ctrl-C reaches this process alone, which then ends the worker.
        subprocess.Popen(
            [*command, share],
            env=os.environ | _ONE_THREAD,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for share in shares
    ]
    try:
        running = list(processes)
        while running:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            look()
            for process in [one for one in running if one.poll() is not None]:
                running.remove(process)
                _check(process)
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _check(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    said = process.stdout.read().strip()
    if process.returncode == 0:
        return
    if said:
        error = json.loads(said)
        raise (UserError if error["code"] == UserError.exit_code else RunError)(error["error"])
    raise RunError(f"a worker ended with status {process.returncode}; the same command goes on with the run")
