"""`spikesearch resume`: go on with a run that was interrupted."""

from pathlib import Path
from typing import Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.runs import finish


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    json: options.Json = False,
) -> None:
    """Go on with an interrupted run: same seed, same numbers as if it had never stopped."""
    from spikesearch.app import resume
    from spikesearch.cli.progress import ConsoleReporter

    with ConsoleReporter() as reporter:
        result = resume(run, reporter=reporter)
    finish(result, json)
