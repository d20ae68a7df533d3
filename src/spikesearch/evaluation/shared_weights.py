"""Evaluation of a search's candidates with the weights of a supernet (AutoSNN §4.3)."""

from collections.abc import Iterator, Sequence
from typing import Self

import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData, batch_bounds
from spikesearch.errors import UserError
from spikesearch.evaluation.counts import PathCounts, added
from spikesearch.evaluation.parts import Batches, Counters, LocalCounters
from spikesearch.evaluation.pool import WorkerPool
from spikesearch.evaluation.recalibration import Recalibration
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.racing import Partial, Stops
from spikesearch.training.precision import check_precision


class SharedWeightsEvaluator:
    """Implements `strategies.evaluator.Evaluator`: each architecture runs as its path of one trained supernet.

    Weights and running statistics are inherited and never changed, so the numbers of an architecture depend on
    nothing else that is evaluated. Architectures with the same first blocks share their computation (`PathCounter`):
    those asked for together, and with `kept_bytes` also those asked for one after the other.

    With several workers, use it in a `with` block, or close it.

    Args:
        supernet: trained; it is moved to where the images lie.
        data: D_val, moved once.
        normalisation: the one the supernet was trained with.
        batch_size: images at a time.
        precision: the one the supernet was trained with.
        kept_bytes: memory for spikes behind first blocks, see `PrefixStore`; 0 keeps none. Where all of them fit, an
            evolution's candidates are measured about 1.5 times faster than with each generation by itself.
        workers: processes among which the batches are divided, see `WorkerPool`; the numbers are the same for any
            count. No more are used than there are batches to divide (of a race: in one of its rounds).
        threads: of each of several workers.
        order: a seed; the images are then taken in the random order that it gives, which `race` needs. None keeps
            theirs.
        calibration: images of D_train, uint8 [N, C, H, W], on which every path gets BatchNorm statistics of its own,
            see `Recalibration`, in batches of `batch_size`; None takes the supernet's.

    Attributes:
        workers: processes in use; 1 is this one.
        images: validation images.
        looks: how often `race` asks who stops, at most.

    Raises:
        UserError: an unknown precision, a negative memory, or workers that cannot be.
    """

    def __init__(
        self,
        supernet: Supernet,
        data: TensorData,
        *,
        normalisation: Normalisation,
        batch_size: int = 500,
        precision: str = "fp32",
        kept_bytes: int = 2**30,
        workers: int = 1,
        threads: int = 1,
        order: int | None = None,
        calibration: Tensor | None = None,
    ) -> None:
        check_precision(precision)
        self.data = data if order is None else _in_order(data, order)
        _check(workers, kept_bytes, self.data.device)
        kept_bytes *= supernet.dimensions.spiking  # what ReLUs give does not fit into one bit
        self.supernet = supernet.to(self.data.device).eval()
        self.normalisation = normalisation
        self.batch_size = batch_size
        self.precision = precision
        self.images = len(self.data)
        bounds = batch_bounds(len(self.data), batch_size)
        if order is None:
            self.workers = min(workers, len(bounds))
            parts = _divided(bounds, self.workers)
            self._rounds: Sequence[Sequence[int]] = [range(len(parts))]
        else:  # who races is looked at after every round, so each batch is a part of its own
            parts = [[batch] for batch in bounds]
            self._rounds = _rounds(len(parts))
            self.workers = min(workers, max(map(len, self._rounds)))
        self.looks = len(self._rounds) - 1
        self._parts = parts
        if self.workers == 1:
            self._counters: Counters = self._local(kept_bytes, calibration)
        else:
            self._counters = self._pool(kept_bytes, calibration, threads)

    def _local(self, kept_bytes: int, calibration: Tensor | None) -> LocalCounters:
        recalibration = None
        if calibration is not None:
            recalibration = Recalibration(
                self.supernet,
                calibration.to(self.data.device),
                batch_size=self.batch_size,
                normalisation=self.normalisation,
                precision=self.precision,
            )
        return LocalCounters(
            self.supernet,
            self.data,
            dict(enumerate(self._parts)),
            normalisation=self.normalisation,
            precision=self.precision,
            kept_bytes=kept_bytes,
            recalibration=recalibration,
        )

    def _pool(self, kept_bytes: int, calibration: Tensor | None, threads: int) -> WorkerPool:
        shares: list[dict[int, Batches]] = [{} for _ in range(self.workers)]
        for parts in self._rounds:
            for place, part in enumerate(parts):
                shares[place % self.workers][part] = self._parts[part]
        return WorkerPool(
            self.supernet,
            self.data,
            shares,
            normalisation=self.normalisation,
            precision=self.precision,
            kept_bytes=kept_bytes,
            threads=threads,
            calibration=calibration,
            batch_size=self.batch_size,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers, if there are any."""
        self._counters.close()

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        """One measurement for each architecture, in the order given.

        Raises:
            UserError: an architecture is not in the supernet's space; before anything is run.
            RunError: a worker was killed.
        """
        paths = [self.supernet.space.encode(architecture) for architecture in architectures]
        return (added(counts).measurement() for counts in self._counters.count(paths, range(len(self._parts))))

    def race(self, architectures: Sequence[Architecture], stops: Stops) -> list[Measurement]:
        """Implements `RacingEvaluator`: after every round of batches those that `stops` names are measured no further.

        The rounds do not depend on the number of workers, so neither do the decisions.

        Raises:
            UserError: an architecture is not in the supernet's space; before anything is run.
            RunError: a worker was killed.
        """
        paths = [self.supernet.space.encode(architecture) for architecture in architectures]
        found: list[list[PathCounts]] = [[] for _ in paths]
        running = list(range(len(paths)))
        for number, parts in enumerate(self._rounds):
            counted = self._counters.count([paths[index] for index in running], parts)
            for index, counts in zip(running, counted, strict=True):
                found[index] += counts
            if running and number < self.looks:
                out = stops({index: _partial(found[index]) for index in running})
                running = [index for index in running if index not in out]
        return [added(counts).measurement() for counts in found]


def _partial(counts: Sequence[PathCounts]) -> Partial:
    return Partial(
        images=sum(part.images for part in counts),
        correct=sum(part.correct for part in counts),
        batch_spikes=tuple(part.spikes / part.images for part in counts),
    )


def _in_order(data: TensorData, seed: int) -> TensorData:
    """The images in a random order; drawn on the CPU, so that it is the same on every device."""
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed)).to(data.device)
    return TensorData(data.images[order], data.labels[order])


def _rounds(batches: int) -> list[range]:
    """The parts of each round of a race: at least two, an even number for the sake of two workers.

    About eight rounds, or as many as there are pairs: every look costs some of the confidence. The smallest batch comes
    last, when all is known.
    """
    size = 2 * max(1, batches // 16)
    return [range(begin, min(begin + size, batches)) for begin in range(0, batches, size)]


def _divided(bounds: Batches, workers: int) -> list[Batches]:
    """Neighbouring batches for each worker, as equal in number as can be."""
    count = len(bounds)
    return [bounds[count * index // workers : count * (index + 1) // workers] for index in range(workers)]


def _check(workers: int, kept_bytes: int, device: torch.device) -> None:
    if workers < 1:
        raise UserError(f"workers = {workers}: must be 1 or more")
    if workers > 1 and device.type != "cpu":
        raise UserError(f"workers = {workers} on {device}: several processes evaluate on the CPU only; take 1")
    if kept_bytes < 0:
        raise UserError(f"memory for kept prefixes, {kept_bytes} bytes: must be 0 (keep nothing) or more")
