"""Which of the processes that `torchrun` started this one is, and what that means for a call. Torch is not needed."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, Self, cast

from spikesearch.data.events.progress import recordings_reported_to
from spikesearch.errors import UserError

if TYPE_CHECKING:
    from spikesearch.results import Run
    from spikesearch.studies.progress import Reporter

Given = ParamSpec("Given")


@dataclass(frozen=True)
class Launch:
    """The place of this process among those that work on one run together.

    Attributes:
        rank: its number; 0 leads: it alone writes and prints.
        size: how many there are.
        local_rank: its number on this machine.
        local_size: how many of them are on this machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @classmethod
    def here(cls) -> Self:
        """From the environment that `torchrun` makes; without it this process is alone."""
        names = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
        if not all(os.environ.get(name) for name in names):
            return cls()
        rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        return cls(rank, size, int(os.environ.get("LOCAL_RANK", rank)), int(os.environ.get("LOCAL_WORLD_SIZE", size)))

    @property
    def leads(self) -> bool:
        """Whether this process writes and prints."""
        return self.rank == 0


def together(function: "Callable[Given, Run]") -> "Callable[Given, Run]":
    """Under `torchrun` all processes call it: one does the work, the others take part in its trainings."""

    @functools.wraps(function)
    def called(*positional: Given.args, **named: Given.kwargs) -> "Run":
        launch = Launch.here()
        reporter = named.get("reporter") if launch.leads else None
        with recordings_reported_to(cast("Reporter | None", reporter)):
            if launch.size == 1:
                return function(*positional, **named)
            from spikesearch.processes.crew import call_together

            return call_together(function, *positional, **named)

    return called


def alone(name: str) -> None:
    """Make sure that this is no work for several processes.

    Raises:
        UserError: `torchrun` started several.
    """
    if (size := Launch.here().size) > 1:
        raise UserError(f"{name} is the work of one process, given {size}: torchrun is for search, resume and train")
