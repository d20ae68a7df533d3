"""The images of an evaluation in parts, each counted for itself: what can be divided among processes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.counts import PathCounts
from spikesearch.evaluation.prefixes import PrefixStore
from spikesearch.evaluation.recalibration import Recalibration
from spikesearch.evaluation.trie import PathCounter
from spikesearch.networks.supernet import Supernet

Batches = Sequence[tuple[int, int]]
"""Begin and end of each batch of a part."""
Path = Sequence[int]


class Counters(Protocol):
    """Counts what paths do on parts of the images, here or in other processes."""

    def count(self, paths: Sequence[Path], parts: Sequence[int]) -> Iterator[tuple[PathCounts, ...]]:
        """For each path, in the order given, its counts on each of the parts, in the order given.

        Raises:
            UserError: a path that does not fit, before anything is run.
        """
        ...

    def close(self) -> None:
        """Ends what was started for counting."""
        ...


class LocalCounters:
    """Counts in this process.

    Args:
        supernet: trained, lying where `data` lies.
        data: all images.
        parts: number of a part → its batches, for the parts that are counted here.
        normalisation: the one the supernet was trained with.
        precision: the one the supernet was trained with.
        kept_bytes: memory for kept prefixes of all images; each part gets its share of it, and a store of its own.
        recalibration: of all parts; None takes the supernet's BatchNorm statistics.

    Raises:
        UserError: an unknown precision, or a negative memory.
    """

    def __init__(
        self,
        supernet: Supernet,
        data: TensorData,
        parts: Mapping[int, Batches],
        *,
        normalisation: Normalisation,
        precision: str,
        kept_bytes: int,
        recalibration: Recalibration | None = None,
    ) -> None:
        self._counters: dict[int, PathCounter] = {}
        for part, bounds in parts.items():
            images = sum(end - begin for begin, end in bounds)
            self._counters[part] = PathCounter(
                supernet,
                data,
                bounds,
                normalisation=normalisation,
                precision=precision,
                store=PrefixStore(supernet.plan, images, kept_bytes * images // len(data)),
                recalibration=recalibration,
            )

    def count(self, paths: Sequence[Path], parts: Sequence[int]) -> Iterator[tuple[PathCounts, ...]]:
        """See `Counters`."""
        return zip(*[self._counters[part].count(paths) for part in parts], strict=True)

    def close(self) -> None:
        """Nothing was started."""
