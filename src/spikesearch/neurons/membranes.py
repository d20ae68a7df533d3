"""Membranes that are handed on where a network runs a few timesteps at a time.

Neuron layers look for them here, in a context variable, so that blocks need not know about it. The order of the calls
tells the layers apart: the same network makes the same calls in every stretch of time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from spikesearch.errors import UserError


class Membranes:
    """The membranes of all neuron layers before a stretch of time, and those after it.

    Args:
        before: in the order in which the layers are called, each of the shape of one timestep [N, ...]; None at the
            beginning of time, when every layer starts at V_reset.
        start: how many timesteps have passed before it.

    Attributes:
        start: as given, for layers that are not the same at every timestep.
        after: the same after the stretch, once all layers have run.
    """

    def __init__(self, before: Sequence[Tensor] | None = None, start: int = 0) -> None:
        self.start = start
        self.after: list[Tensor] = []
        self._before = before

    def take(self, shape: torch.Size) -> Tensor | None:
        """The membrane of the layer that is called now, of that shape; None at the beginning of time.

        Raises:
            UserError: the calls are not those of the stretch before.
        """
        if self._before is None:
            return None
        index = len(self.after)
        if index >= len(self._before) or self._before[index].shape != shape:
            raise UserError(
                f"with time_chunk, neuron layer number {index + 1} of this pass, {list(shape)}, has no membrane from "
                "the timesteps before: every pass must call the same neuron layers in the same order; give time_chunk=0"
            )
        return self._before[index]

    def rest(self) -> "Membranes":
        """Those of the layers that are still to be called."""
        return Membranes(None if self._before is None else self._before[len(self.after) :], self.start)

    def again(self) -> "Membranes":
        """The same before anything has run."""
        return Membranes(self._before, self.start)


_CARRIED: ContextVar[Membranes | None] = ContextVar("carried_membranes", default=None)


@contextmanager
def carrying(membranes: Membranes) -> Iterator[None]:
    """Inside, neuron layers start from these membranes and leave theirs there."""
    token = _CARRIED.set(membranes)
    try:
        yield
    finally:
        _CARRIED.reset(token)


def carried_membranes() -> Membranes | None:
    """Where the layer that runs now takes its membrane from; None, the rule, where state lives inside the call."""
    return _CARRIED.get()
