"""`spikesearch report`: write a run's report anew."""

from pathlib import Path
from typing import Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_text


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    json: options.Json = False,
) -> None:
    """Write report.html and the figures from what the run has stored."""
    from spikesearch.app import report

    path = report(run)
    if json:
        print_json({"report": str(path)})
    else:
        print_text(str(path))
