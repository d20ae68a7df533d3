"""What the processes of one training tell each other: a few collective operations, and one error if a process is gone.

Every process must call the same ones in the same order. Values come back equal in all of them, bit for bit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor

from spikesearch.errors import RunError


class ConnectionLostError(RunError):
    """Another process of the training has ended, or does not answer."""


class Sharing:
    """A batch that several processes share.

    Attributes:
        counts: whether this process has images of the current batch. A process without any goes through the step with
            an image that does not count, so that it takes part in every operation.
    """

    def __init__(self) -> None:
        self.counts = True

    def gather(self, values: Tensor) -> Tensor:
        """[...] of every process → [processes, ...]."""
        values = values.contiguous()
        found = [torch.empty_like(values) for _ in range(dist.get_world_size())]
        with _answered():
            dist.all_gather(found, values)
        return torch.stack(found)

    def add_up(self, values: Tensor) -> Tensor:
        """The sum over the processes, in place of `values`, which must be contiguous."""
        with _answered():
            dist.all_reduce(values)
        return values

    def broadcast(self, values: Tensor) -> Tensor:
        """What the first process has, in place of `values`, which must be contiguous."""
        with _answered():
            dist.broadcast(values, src=0)
        return values


@contextmanager
def _answered() -> Iterator[None]:
    """The backends say in many words, and by several classes, that somebody is gone.

    Raises:
        ConnectionLostError: in place of whatever they raise.
    """
    try:
        yield
    except RuntimeError as error:
        raise ConnectionLostError("another process of this training has ended or does not answer") from error
