"""Several processes that count together: each has some batches of the images, and all paths on them.

The images are divided and not the candidates: so every process shares the first blocks of all candidates, their loads
are equal, and the counts are whole numbers that add up to those of one process.

The workers start with the first question, stay, and end with the caller, however it ends (`LineProcess`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.counts import PathCounts
from spikesearch.evaluation.line_process import LineProcess
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
                    worker.ask(paths=paths, parts=own)
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
                worker.ask(**setting, parts={str(part): list(bounds) for part, bounds in share.items()})
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


class _Worker(LineProcess):
    """One process, seen from here."""

    def __init__(self, descriptor: int) -> None:
        purpose = ("evaluates candidates", "search.batch_size")
        super().__init__("spikesearch.evaluation.worker", descriptor, purpose=purpose)

    def ask(self, **message: Any) -> None:
        """One line to the worker.

        Raises:
            UserError, RunError: it has ended.
        """
        if not self.tell(message):
            self.answer()  # says why it ended

    def answer(self) -> list[PathCounts]:
        """Waits for the counts of the next path, on each of the parts asked for."""
        return [PathCounts.from_dict(counts) for counts in self.message(self.line())]
