"""Evaluation of a search's candidates with the weights of a supernet (AutoSNN §4.3)."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import torch

from spikesearch.architectures.architecture import Architecture
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData, batch_bounds
from spikesearch.errors import UserError
from spikesearch.evaluation.counts import added
from spikesearch.evaluation.parts import Batches, Counters, LocalCounters
from spikesearch.evaluation.pool import WorkerPool
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
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
        device: where to run; the default is where `data` lies.
        kept_bytes: memory for spikes behind first blocks, see `PrefixStore`; 0 keeps none. Where all of them fit, an
            evolution's candidates are measured about 1.5 times faster than with each generation by itself.
        workers: processes among which the batches are divided, see `WorkerPool`; the numbers are the same for any
            count. No more are used than there are batches.
        threads: of each of several workers.

    Attributes:
        workers: processes in use; 1 is this one.

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
        device: torch.device | str | None = None,
        kept_bytes: int = 2**30,
        workers: int = 1,
        threads: int = 1,
    ) -> None:
        check_precision(precision)
        self.data = data if device is None else data.to(device)
        _check(workers, kept_bytes, self.data.device)
        self.supernet = supernet.to(self.data.device).eval()
        self.normalisation = normalisation
        self.batch_size = batch_size
        self.precision = precision
        bounds = batch_bounds(len(self.data), batch_size)
        self.workers = min(workers, len(bounds))
        shares = _divided(bounds, self.workers)
        self._parts = range(len(shares))
        settings: dict[str, Any] = {"normalisation": normalisation, "precision": precision, "kept_bytes": kept_bytes}
        self._counters: Counters
        if self.workers == 1:
            self._counters = LocalCounters(supernet, self.data, dict(enumerate(shares)), **settings)
        else:
            own = [{part: share} for part, share in enumerate(shares)]
            self._counters = WorkerPool(supernet, self.data, own, **settings, threads=threads)

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
        return (added(counts).measurement() for counts in self._counters.count(paths, self._parts))


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
