"""Several processes that work on one run: the first leads, the others train when it does and otherwise wait.

What the leader does is told through the store that all processes of a `torchrun` share, and waited for by asking it a
few times a second: a wait costs nothing, may last for hours of search, and a signal ends it. Training itself goes
through the process group.
"""

import atexit
import contextlib
import functools
import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ParamSpec

import torch
import torch.distributed as dist

from spikesearch.errors import RunError, SpikesearchError, UserError
from spikesearch.networks.sharing import ConnectionLostError
from spikesearch.processes.launch import Launch
from spikesearch.results import Run
from spikesearch.training.parallel import Processes

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

_SECONDS_BETWEEN_QUESTIONS = 0.1
# A process waits for another one in training only: for its data to load, its kernels to compile, its state to be
# written.
_PATIENCE = timedelta(hours=1)

Given = ParamSpec("Given")


class Crew:
    """The processes of one launch; made by `join`.

    Order of calls, in all processes: `begin` for every run; then the leader announces, and the others wait.
    """

    def __init__(self, launch: Launch, store: "Store") -> None:
        self.launch = launch
        self._store = store
        self._run = 0
        self._announced = 0

    def begin(self) -> None:
        """Work on another run begins, in all processes."""
        self._run += 1
        self._announced = 0

    def announce(self, **message: Any) -> None:
        """Leader: say what comes next, as JSON values."""
        with _connected():
            self._store.set(self._next(), json.dumps(message))

    def wait(self) -> dict[str, Any]:
        """Others: what the leader announces next.

        Raises:
            ConnectionLostError: it is gone.
        """
        key = self._next()
        with _connected():
            while not self._store.check([key]):
                time.sleep(_SECONDS_BETWEEN_QUESTIONS)
            message: dict[str, Any] = json.loads(self._store.get(key))
        return message

    def report(self, error: Exception) -> None:
        """Others: say why this process ends."""
        text = str(error) if isinstance(error, SpikesearchError) else f"{type(error).__name__}: {error}"
        with contextlib.suppress(RuntimeError):
            self._store.set(f"{self._run}/error", f"process {self.launch.rank} failed: {text}")

    @contextlib.contextmanager
    def leading(self) -> Iterator[None]:
        """Around the leader's work: however it fails, the others end.

        Raises:
            RunError: another process failed; says why, if that is known.
        """
        try:
            yield
        except BaseException as error:
            lost = _lost(error)
            if lost is not None:
                _finish_in_peace()
            with contextlib.suppress(RuntimeError):
                self.announce(do="fail")
            if lost is not None:
                raise RunError(f"{self._reason() or lost}; once that is mended, resume the run") from error
            raise

    def processes(self, *, sync_batch_norm: bool) -> Processes:
        """For `fit`."""
        return Processes(sync_batch_norm=sync_batch_norm)

    def _next(self) -> str:
        self._announced += 1
        return f"{self._run}/{self._announced}"

    def _reason(self) -> str:
        key = f"{self._run}/error"
        with contextlib.suppress(RuntimeError):
            if self._store.check([key]):
                return str(self._store.get(key), "utf-8")
        return ""


@contextlib.contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise ConnectionLostError("the process that leads this run has ended") from error


@functools.cache
def join() -> Crew:
    """This process takes its place among the others; once, whatever the number of runs.

    Raises:
        UserError: this PyTorch cannot do it.
    """
    if not dist.is_available():
        raise UserError("this PyTorch was built without torch.distributed: start one process, or install another build")
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    launch = Launch.here()
    store, _, _ = next(iter(rendezvous("env://")))
    if torch.cuda.is_available():
        torch.cuda.set_device(min(launch.local_rank, torch.cuda.device_count() - 1))
    if not dist.is_initialized():  # a user's script may have done it
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo",
            store=PrefixStore("training", store),
            rank=launch.rank,
            world_size=launch.size,
            timeout=_PATIENCE,
        )
        # A leader with nothing left to do would otherwise end while the others are still connecting to it.
        dist.all_reduce(torch.zeros(1))
        atexit.register(_leave)
    return Crew(launch, PrefixStore("announcements", store))


def _lost(error: BaseException | None) -> ConnectionLostError | None:
    """The loss of a process that an error comes from; an interruption may have come while that was handled."""
    while error is not None and not isinstance(error, ConnectionLostError):
        error = error.__context__
    return error


def _finish_in_peace() -> None:
    """`torchrun` ends all processes when one has failed: that must not keep this one from saying why it ends."""
    if callable(signal.getsignal(signal.SIGTERM)):
        with contextlib.suppress(ValueError):  # signals belong to the main thread
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _leave() -> None:
    """End the group before the interpreter ends: threads of it that are still at work would abort the process."""
    if dist.is_initialized():
        dist.destroy_process_group()


def call_together(function: Callable[Given, Run], *positional: Given.args, **named: Given.kwargs) -> Run:
    """Call a function that works on a run, in all processes of a launch: one does the work, the others help.

    The others return the finished run as well; if it fails they leave quietly, so that there is one message.

    Args:
        function: of `app`.
        positional: its arguments.
        named: the user's own objects among them, as the others need them too.
    """
    crew = join()
    crew.begin()
    if not crew.launch.leads:
        return _help(crew, named)
    with crew.leading():
        run = function(*positional, **named)
        crew.announce(do="end", run=str(run.path.absolute()))
    return run


def _help(crew: Crew, named: Mapping[str, Any]) -> Run:
    """Train whatever the leader trains, until it says that the run is finished."""
    from spikesearch.processes.following import follow

    try:
        return follow(crew, {name: named.get(name) for name in ("space", "blocks", "dataset", "objective")})
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ConnectionLostError:
        pass  # the leader's message tells why
    except Exception as error:
        if "SPIKESEARCH_TRACEBACK" in os.environ:
            traceback.print_exc()
        crew.report(error)
    # Not another status: `torchrun` would then stop the leader before it has said what happened. The connection ends
    # with this process, which the leader notices.
    raise SystemExit(0)
