"""Sides of a comparison in processes of their own, taking turns: each as its users run it, none beside another.

One process would be simpler, but not fair: how a process asks the system for memory changes the time of every large
operation in it (a float32 tensor of 50 MB is mapped and cleared page by page at each allocation unless the allocator
is told to keep it), and that is a choice of a program, not of a machine. Idle sides sleep on a pipe.
"""

import importlib.util
import multiprocessing
import os
import resource
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness import Timing, timed


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a comparison.

    Args:
        name: as it stands in the tables.
        make: module-level function that builds the side in its own process and returns what is timed, a callable of
            one item.
        keywords: for `make`.
        requires: packages without which the side is left out.
        environment: variables that its process starts with, beside those of this one.
    """

    name: str
    make: Callable[..., Callable[[Any], object]]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def missing(self) -> list[str]:
        """Required packages that are not installed."""
        return [package for package in self.requires if importlib.util.find_spec(package) is None]


@dataclass(frozen=True, kw_only=True)
class SideResult:
    """Times of a side, and its memory in MiB.

    Attributes:
        timing: of its calls.
        peak_mib: the most that its process ever held (on a GPU: that torch held there).
        step_mib: the same, less what it held before the first call.
    """

    timing: Timing
    peak_mib: float
    step_mib: float


def interleave_sides(
    sides: Sequence[Side],
    items: Sequence[Any] = (None,),
    *,
    rounds: int = 7,
    warmups: int = 1,
    warm_items: Sequence[Any] | None = None,
    device: str = "cpu",
) -> dict[str, SideResult]:
    """Time sides in turns, item by item: A(1) B(1) C(1) A(2) B(2) … and so on for all rounds.

    Sides whose packages are missing are left out of the result.

    Args:
        sides: who takes part.
        items: what every side gets in every round.
        rounds: measured rounds.
        warmups: rounds before, thrown away.
        warm_items: what is seen in them; by default each item, since another shape or path may be compiled anew.
        device: "cuda…" waits for the device around each call.

    Raises:
        RuntimeError: a side failed; with its traceback.
    """
    workers = [_Worker(side, device) for side in sides if not side.missing()]
    try:
        totals: dict[str, list[float]] = {worker.side.name: [] for worker in workers}
        for number in range(warmups + rounds):
            sums = dict.fromkeys(totals, 0.0)
            for item in items if number >= warmups or warm_items is None else warm_items:
                for worker in workers:
                    sums[worker.side.name] += worker.ask(("time", item))
            if number >= warmups:
                for name, total in sums.items():
                    totals[name].append(total / len(items))
        return {
            worker.side.name: SideResult(
                timing=Timing(name=worker.side.name, seconds=tuple(totals[worker.side.name])),
                peak_mib=worker.ask(("peak", None)),
                step_mib=worker.ask(("step", None)),
            )
            for worker in workers
        }
    finally:
        for worker in workers:
            worker.close()


class _Worker:
    """The process of one side, seen from here."""

    def __init__(self, side: Side, device: str) -> None:
        self.side = side
        context = multiprocessing.get_context("spawn")  # a fork would inherit our allocator and threads
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(theirs, side.make, dict(side.keywords), torch.get_num_threads(), device), daemon=True
        )
        before = {name: os.environ.get(name) for name in side.environment}
        os.environ.update(side.environment)
        try:
            self.process.start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        theirs.close()
        self.ask(None)  # one after the other: building does not disturb building

    def ask(self, message: Any) -> float:
        """Send a message (None: only wait for what is sent without asking) and return the answer."""
        if message is not None:
            self.connection.send(message)
        answer = self.connection.recv()
        if isinstance(answer, str):
            raise RuntimeError(f"{self.side.name} failed:\n{answer}")
        return float(answer)

    def close(self) -> None:
        """End the process."""
        if self.process.is_alive():
            self.connection.send(("end", None))
        self.process.join(timeout=10)
        if self.process.is_alive():
            self.process.terminate()


def _serve(
    connection: Connection,
    make: Callable[..., Callable[[Any], object]],
    keywords: dict[str, Any],
    threads: int,
    device: str,
) -> None:
    """What the process of a side does."""
    try:
        torch.set_num_threads(threads)
        side = make(**keywords)
        before = _held_mib(device)
        connection.send(0.0)
        while True:
            what, item = connection.recv()
            if what == "end":
                return
            if what == "time":
                connection.send(timed(side, item, device))
            else:
                connection.send(_peak_mib(device) - (before if what == "step" else 0.0))
    except Exception:
        connection.send(traceback.format_exc())


def _held_mib(device: str) -> float:
    if device.startswith("cuda"):
        return torch.cuda.memory_allocated() / 2**20
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _peak_mib(device: str) -> float:
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**20
    # not getrusage's ru_maxrss: it starts from what the parent held when it forked
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
