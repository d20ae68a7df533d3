"""What a search would do and take, without a run; also of one that would be refused, as far as it can be known."""

import tempfile
from pathlib import Path

from spikesearch.assembly.given import Asked
from spikesearch.assembly.starting import decided_run
from spikesearch.assembly.workbench import Workbench
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.forecast.disk import disk_use, refuse_if_no_room
from spikesearch.forecast.expectation import Expectation, expect
from spikesearch.forecast.memory import footprint
from spikesearch.forecast.refusal import refuse_if_too_large
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder


class RefusedError(UserError):
    """Why a search would not start.

    Attributes:
        config: with everything decided; where that was not possible, as for data that are not there, as it was asked.
        expectation: what the run would take; None where the configuration could not be decided.
    """

    def __init__(self, message: str, config: Config, expectation: Expectation | None) -> None:
        super().__init__(message)
        self.config = config
        self.expectation = expectation


def dry_run(asked: Asked, path: Path, reporter: Reporter) -> tuple[Config, Expectation]:
    """The configuration with everything decided, and estimates.

    Args:
        asked: the search.
        path: of the run that there would be.
        reporter: hears the estimates.

    Raises:
        RefusedError: such a run would not start.
    """
    try:
        config, stored = decided_run(asked.config, asked.overrides, asked.parts)
    except UserError as error:
        raise RefusedError(str(error), asked.config, None) from error
    facts = stored["facts"]
    try:
        refuse_if_too_large(config, asked.parts, facts)
    except UserError as error:
        # The forecast of the time trains a few steps and scores a few candidates: in memory that is not there.
        memory, disk = footprint(config, asked.parts, facts), disk_use(config, asked.parts, facts)
        raise RefusedError(str(error), config, Expectation(seconds={}, memory=memory, disk=disk)) from error
    with tempfile.TemporaryDirectory() as scratch:
        folder = RunFolder.create(Path(scratch) / "run", stored, asked.text)
        expectation = expect(Workbench(folder, config, asked.parts), reporter)
    try:
        refuse_if_no_room(path, config, asked.parts, facts)
    except UserError as error:
        raise RefusedError(str(error), config, expectation) from error
    return config, expectation
