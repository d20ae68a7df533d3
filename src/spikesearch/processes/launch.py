"""Which of the processes that `torchrun` started this one is. Torch is not needed to know."""

import os
from dataclasses import dataclass
from typing import Self


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
