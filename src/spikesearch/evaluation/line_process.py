"""A process beside this one that is asked and answers in JSON lines: the caller's side and the process's own.

It is a new interpreter and not a fork or a spawned copy of the caller, whose script may do anything at import. It ends
with the caller, however that ends.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from spikesearch.errors import RunError, SpikesearchError, UserError

Prepared = TypeVar("Prepared")

_SECONDS_BETWEEN_LOOKS = 0.5


class LineProcess:
    """One process, seen from the caller.

    Args:
        module: what it runs; its `main` calls `serve`.
        descriptor: of shared memory, which it inherits.
        purpose: what it does, and what else may help if it was short of memory, for the message of its sudden end.
    """

    def __init__(self, module: str, descriptor: int, *, purpose: tuple[str, str]) -> None:
        self._purpose = purpose
        # A session of its own: Ctrl-C reaches this process alone, which then ends the others.
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            pass_fds=(descriptor,),
        )

    def tell(self, message: Mapping[str, Any]) -> bool:
        """One line to it; whether it was still there to read it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    def line(self) -> str:
        """Waits for its next line; an empty one means that it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def message(self, line: str) -> Any:
        """What a line says.

        Raises:
            UserError, RunError: what the process says went wrong; RunError if it was killed.
        """
        if not line.endswith("\n"):
            work, cure = self._purpose
            code = self.process.wait()
            raise RunError(
                f"a process that {work} ended with status {code}; resume the run to go on; if memory was short, start "
                f"a new one with a smaller {cure} or fewer run.workers"
            )
        message = json.loads(line)
        if isinstance(message, dict) and "error" in message:
            kind = UserError if message["code"] == UserError.exit_code else RunError
            raise kind(message["error"])
        return message

    def close(self) -> None:
        """Waits for the end of a process that was killed, and closes the pipes to it."""
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # what was still to be written to it
                pipe.close()


def serve(
    parent: int,
    work: str,
    prepare: Callable[[dict[str, Any]], Prepared],
    answers: Callable[[Prepared, dict[str, Any]], Iterable[Any]],
) -> int:
    """The process's own side; returns its exit status, that of the commands.

    Args:
        parent: the process that asks.
        work: what it does, for the message of an error that nobody foresaw.
        prepare: from the first line to what is worked with.
        answers: from that and a question to the messages that answer it.
    """
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # Whatever else writes to stdout must not come between the answers.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    try:
        prepared = prepare(requests.get())
        while True:
            for message in answers(prepared, requests.get()):
                tell(message)
    except BrokenPipeError:
        return 1  # nobody listens any more
    except SpikesearchError as error:
        tell({"error": str(error), "code": error.exit_code})
        return error.exit_code
    except Exception as error:
        tell({"error": f"{work}: {type(error).__name__}: {error}", "code": RunError.exit_code})
        return RunError.exit_code


def _listen(requests: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Passes questions on. The end of the input is the end of the parent: what it asked for need not be finished."""
    for line in iter(sys.stdin.readline, ""):
        requests.put(json.loads(line))
    os._exit(1)


def _watch(parent: int) -> None:
    """The same where a child of the parent still holds our input open."""
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
