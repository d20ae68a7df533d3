"""One session of work on a run: from the lock to its phases, alone or with other processes."""

import logging
import os
from typing import TYPE_CHECKING

from spikesearch.assembly.changing import changes_between
from spikesearch.assembly.starting import stored_config
from spikesearch.config.sections import Config
from spikesearch.errors import RunError
from spikesearch.processes.launch import Launch
from spikesearch.results import Run
from spikesearch.studies.files import is_disk_full
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder

if TYPE_CHECKING:
    from spikesearch.assembly.parts import Parts
    from spikesearch.processes.crew import Crew

logger = logging.getLogger("spikesearch")


def work(folder: RunFolder, parts: "Parts", reporter: Reporter | None, changed: Config | None = None) -> Run:
    """What is left of a run; `changed` replaces the stored configuration."""
    try:
        return _work_locked(folder, parts, reporter or Reporter(), changed)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise RunError(
            f"{error.filename or folder.path} could not be written: {error.strerror}; make room, then go on with: "
            f"spikesearch resume {folder.path}"
        ) from error


def _work_locked(folder: RunFolder, parts: "Parts", reporter: Reporter, changed: Config | None) -> Run:
    from spikesearch.assembly.workbench import Workbench
    from spikesearch.phases.pipeline import execute

    crew = _crew()
    with folder.lock(), folder.logging():
        logger.info("session begins: process %d", os.getpid())
        if changed is not None and (lines := changes_between(stored_config(folder), changed)):
            logger.info("changed by resume: %s", "; ".join(lines))
            folder.change_config(changed.model_dump(mode="json"))
        bench = Workbench(folder, stored_config(folder), parts, crew)
        if crew is not None:
            logger.info("%d processes train together, threads of each: %d", crew.launch.size, bench.threads)
            crew.announce(do="open", run=str(folder.path.absolute()))
        try:
            execute(bench, reporter)
        except KeyboardInterrupt:
            reporter.interrupted(folder.path)
            raise
        except Exception:
            logger.exception("the run failed")
            raise
    return Run(folder)


def _crew() -> "Crew | None":
    """The processes that work on this run with this one, if there are any."""
    if Launch.here().size == 1:
        return None
    from spikesearch.processes.crew import join

    return join()
