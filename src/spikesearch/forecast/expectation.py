"""What a run expects of itself before it starts: time, memory, disk."""

import logging
from dataclasses import dataclass
from typing import Any

from spikesearch.assembly.workbench import Workbench
from spikesearch.forecast.disk import DiskUse, disk_line, disk_use
from spikesearch.forecast.duration import forecast_seconds, time_line
from spikesearch.forecast.memory import Phase, footprint, memory_line, memory_table
from spikesearch.studies.progress import Reporter

logger = logging.getLogger("spikesearch")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """Estimates of a whole run.

    Attributes:
        seconds: of `supernet`, `search` and `train`, those that it has; empty where memory is short for finding out.
        memory: of its phases that compute.
        disk: of its files.
    """

    seconds: dict[str, float]
    memory: tuple[Phase, ...]
    disk: DiskUse

    @property
    def lines(self) -> list[str]:
        """One line each for people."""
        return [memory_line(self.memory), time_line(self.seconds), disk_line(self.disk)]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: seconds, and bytes, of each phase; bytes on disk."""
        memory = {phase.name.replace("training", "train"): phase.bytes for phase in self.memory}
        seconds = {name: round(value, 2) for name, value in self.seconds.items()}
        return {"seconds": seconds, "memory": memory, "disk": self.disk.as_dict()}


def expect(bench: Workbench, reporter: Reporter | None = None) -> Expectation:
    """Estimate a run that has not begun, and tell it line by line."""
    reporter = reporter or Reporter()
    facts = bench.folder.config["facts"]
    # Memory first: the forecast of the time trains a few steps, whose memory this process then has.
    memory = footprint(bench.config, bench.parts, facts)
    reporter.note(memory_line(memory))
    for line in memory_table(memory):
        logger.info("%s", line)
    seconds = forecast_seconds(bench)
    reporter.note(time_line(seconds))
    disk = disk_use(bench.config, bench.parts, facts)
    reporter.note(disk_line(disk))
    return Expectation(seconds=seconds, memory=memory, disk=disk)
