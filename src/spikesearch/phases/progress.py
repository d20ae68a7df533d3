"""A training's progress, on its way to the user and into the run's metrics."""

import logging

from spikesearch.assembly.workbench import Workbench
from spikesearch.studies.progress import Reporter
from spikesearch.training.watch import EpochReport

logger = logging.getLogger("spikesearch")


class EpochProgress:
    """Passes a training's progress on to the reporter and its epochs to the run's metrics."""

    def __init__(self, bench: Workbench, reporter: Reporter, part: str, title: str, epochs: int) -> None:
        self._bench = bench
        self._reporter = reporter
        self._part = part
        self._title = title
        self._epochs = epochs
        self._started = False
        self._detail = ""

    def on_step(self, done: int, total: int) -> None:
        """`done` of `total` steps of the whole training."""
        if not self._started:
            self._reporter.phase(self._title, total, done - 1)
            self._started = True
        self._reporter.advance(done, self._detail)

    def on_epoch(self, report: EpochReport) -> None:
        """An epoch has ended: one line of metrics."""
        self._bench.folder.metrics.append(self._part, **report.as_dict())
        self._detail = f"epoch {report.epoch + 1}/{self._epochs}, loss {report.loss:.4f}, {100 * report.accuracy:.1f}%"
        spikes = f", {report.spikes_per_image:.0f} spikes per image" * self._bench.dimensions.spiking
        logger.info("%s: %s%s", self._part, self._detail, spikes)
