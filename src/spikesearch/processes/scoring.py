"""Candidates scored by one process or by several, which give the same numbers.

The candidates are divided: a score depends on its architecture and the seed alone.
"""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.assembly.scoring import make_scorer
from spikesearch.config.sections import Config
from spikesearch.data.augment import Normalisation
from spikesearch.evaluation.line_process import LineProcess
from spikesearch.evaluation.shared_tensors import SharedTensors

_AHEAD = 2  # candidates that a worker has been told of, so that it need not wait while a result is stored


class Scoring:
    """Scores architectures with a run's settings. A context manager: leaving it ends the workers.

    Args:
        config: resolved.
        dimensions: of the run's networks.
        images: D_train, uint8 [M, C, H, W].
        labels: int64 [M].
        normalisation: of D_train.
        workers: processes at work; 1 is this one.
        threads: of each worker.
    """

    def __init__(
        self,
        config: Config,
        dimensions: Dimensions,
        images: Tensor,
        labels: Tensor,
        normalisation: Normalisation,
        *,
        workers: int = 1,
        threads: int = 1,
    ) -> None:
        self._config = config
        self._dimensions = dimensions
        self._images = images
        self._labels = labels
        self._normalisation = normalisation
        self._wanted = workers
        self._threads = threads
        self._workers: list[_Worker] = []
        self._answers: Answers = queue.SimpleQueue()
        # Made here in any case: what it refuses is said before anything is started.
        self._scorer = make_scorer(config, dimensions, images, labels, normalisation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scores(self, architectures: Sequence[Architecture]) -> Iterator[float]:
        """One score for each, in the order given.

        Raises:
            UserError, RunError: what a worker says; RunError if one was killed. All workers are ended then.
        """
        if self._wanted == 1 or len(architectures) < 2:
            name = self._config.search.score
            return (values[name] for values in self._scorer.scores(architectures))
        return self._shared([str(architecture) for architecture in architectures])

    def _shared(self, texts: Sequence[str]) -> Iterator[float]:
        complete = False
        try:
            if not self._workers:
                self._start()
            waiting = iter(enumerate(texts))
            for _ in range(_AHEAD):
                for worker in self._workers:
                    worker.tell_next(waiting)
            found: dict[int, float] = {}
            for number in range(len(texts)):
                while number not in found:
                    worker, line = self._answers.get()
                    index, score = worker.read(line)
                    found[index] = score
                    worker.tell_next(waiting)
                yield found.pop(number)
            complete = True
        finally:
            if not complete:  # what is under way would answer the next question
                self.close()

    def _start(self) -> None:
        self._answers = queue.SimpleQueue()
        shared = SharedTensors.write({"images": self._images, "labels": self._labels})
        setting = {
            "config": self._config.model_dump(mode="json"),
            "dimensions": self._dimensions.as_dict(),
            "normalisation": self._normalisation.as_dict(),
            "threads": self._threads,
            "descriptor": shared.descriptor,
            "table": shared.table,
        }
        try:
            for _ in range(self._wanted):
                self._workers.append(_Worker(shared.descriptor, setting, self._answers))
        finally:
            shared.close()  # here; the workers have it open

    def close(self) -> None:
        """Ends the workers; another question starts new ones."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.close()
        self._workers = []


class _Worker(LineProcess):
    """One process, seen from here. A thread passes its answers on, so that nobody waits for one of several."""

    def __init__(self, descriptor: int, setting: Mapping[str, Any], answers: "Answers") -> None:
        purpose = ("scores candidates", "score.batch_size")
        super().__init__("spikesearch.processes.scoring_worker", descriptor, purpose=purpose)
        self._reader = threading.Thread(target=self._listen, args=(answers,), daemon=True)
        self._reader.start()
        self.tell(setting)  # if it has ended, its last answer says why

    def _listen(self, answers: "Answers") -> None:
        for line in iter(self.line, ""):
            answers.put((self, line))
        answers.put((self, ""))

    def tell_next(self, waiting: Iterator[tuple[int, str]]) -> None:
        """The next candidate that nobody has, if there is one."""
        if (entry := next(waiting, None)) is not None:
            self.tell({"index": entry[0], "architecture": entry[1]})

    def read(self, line: str) -> tuple[int, float]:
        """Number and score of a candidate, from an answer."""
        message = self.message(line)
        return message["index"], message["score"]

    def close(self) -> None:
        """Waits for the end of a process that was killed, and closes the pipes to it."""
        self.process.wait()
        self._reader.join()
        super().close()


Answers = queue.SimpleQueue[tuple[_Worker, str]]
"""Who answered, and what; nothing if it ended."""
