"""Several processes that count together: each has some batches of the images, and all paths on them.

The images are divided and not the candidates: so every process shares the first blocks of all candidates, their loads
are equal, and the counts are whole numbers that add up to those of one process.

The workers are new interpreters and not forks or spawned copies of the caller, whose script may do anything at import.
They start with the first question, stay, and end with the caller, however it ends.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import RunError, UserError
from spikesearch.evaluation.counts import PathCounts
from spikesearch.evaluation.parts import Batches, Path
from spikesearch.evaluation.shared_tensors import SharedTensors
from spikesearch.networks.supernet import Supernet
from spikesearch.training.checkpoints import describe_network

WEIGHTS = "weights."
"""What stands before the names of a supernet's tensors among those shared."""


class WorkerPool:
    """Implements `Counters` with one process for each entry of `shares`.

    Weights and images are copied once, into memory that all workers read.

    Args:
        supernet: trained, on the CPU, with blocks that a new interpreter knows.
        data: all images, on the CPU.
        shares: for each worker the parts that it counts: number of a part → its batches.
        normalisation: the one the supernet was trained with.
        precision: the one the supernet was trained with.
        kept_bytes: memory for kept prefixes of all images and workers together.
        threads: of each worker.
        calibration: images for `Recalibration`, which each worker does for itself; None takes the supernet's BatchNorm
            statistics.
        batch_size: of these images.
    """

    def __init__(
        self,
        supernet: Supernet,
        data: TensorData,
        shares: Sequence[Mapping[int, Batches]],
        *,
        normalisation: Normalisation,
        precision: str,
        kept_bytes: int,
        threads: int,
        calibration: Tensor | None = None,
        batch_size: int = 500,
    ) -> None:
        self._supernet = supernet
        self._data = data
        self._calibration = calibration
        self._shares = shares
        self._settings = {
            "normalisation": normalisation.as_dict(),
            "precision": precision,
            "kept_bytes": kept_bytes,
            "threads": threads,
            "batch_size": batch_size,
        }
        self._workers: list[_Worker] = []
        self._question: object = None  # the one that is being answered

    @property
    def processes(self) -> list[int]:
        """Ids of the processes at work; none before the first question."""
        return [worker.process.pid for worker in self._workers]

    def count(self, paths: Sequence[Path], parts: Sequence[int]) -> Iterator[tuple[PathCounts, ...]]:
        """See `Counters`.

        Raises:
            UserError, RunError: what a worker says; RunError if one was killed. All workers are ended then.
        """
        for path in paths:
            self._supernet.choices(path)
        return self._count([list(map(int, path)) for path in paths], parts)

    def _count(self, paths: list[list[int]], parts: Sequence[int]) -> Iterator[tuple[PathCounts, ...]]:
        if not paths:
            return
        if self._question is not None:  # somebody did not wait for all answers to the one before
            self.close()
        self._question = question = object()
        try:
            if not self._workers:
                self._start()
            asked = []
            for worker, share in zip(self._workers, self._shares, strict=True):
                if own := [part for part in parts if part in share]:
                    worker.tell(paths=paths, parts=own)
                    asked.append((worker, own))
            for left in reversed(range(len(paths))):
                found: dict[int, PathCounts] = {}
                for worker, own in asked:
                    found.update(zip(own, worker.answer(), strict=True))
                if (
                    not left
                ):  # answered, also for a caller who takes the last one and does not ask whether there are more
                    self._question = None
                yield tuple(found[part] for part in parts)
        finally:
            if self._question is question:
                self.close()

    def _start(self) -> None:
        kind, description = describe_network(self._supernet)
        tensors = {f"{WEIGHTS}{name}": tensor for name, tensor in self._supernet.state_dict().items()}
        tensors |= {"images": self._data.images, "labels": self._data.labels}
        if self._calibration is not None:
            tensors["calibration"] = self._calibration
        shared = SharedTensors.write(tensors)
        setting = self._settings | {
            "kind": kind,
            "description": description,
            "compile": self._supernet.options.neuron.compile,
            "descriptor": shared.descriptor,
            "table": shared.table,
        }
        try:
            for share in self._shares:
                worker = _Worker(shared.descriptor)
                self._workers.append(worker)
                worker.tell(**setting, parts={str(part): list(bounds) for part, bounds in share.items()})
        finally:
            shared.close()  # here; the workers have it open

    def close(self) -> None:
        """Ends the workers; another question starts new ones."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.close()
        self._workers = []
        self._question = None


class _Worker:
    """One process, seen from here."""

    def __init__(self, descriptor: int) -> None:
        command = [sys.executable, "-m", "spikesearch.evaluation.worker", str(os.getpid())]
        # A session of its own: Ctrl-C reaches this process alone, which then ends the workers.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            pass_fds=(descriptor,),
        )

    def tell(self, **message: Any) -> None:
        """One line to the worker."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.answer()  # says why it ended
            raise

    def answer(self) -> list[PathCounts]:
        """Waits for the counts of the next path, on each of the parts asked for."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith("\n"):
            code = self.process.wait()
            raise RunError(
                f"a process that evaluates candidates ended with status {code}; resume the run to go on; if memory "
                "was short, start a new one with a smaller search.batch_size or fewer run.workers"
            )
        message = json.loads(line)
        if isinstance(message, dict):
            kind = UserError if message["code"] == UserError.exit_code else RunError
            raise kind(message["error"])
        return [PathCounts.from_dict(counts) for counts in message]

    def close(self) -> None:
        """Waits for the end of a process that was killed, and closes the pipes to it."""
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # what was still to be written to it
                pipe.close()
