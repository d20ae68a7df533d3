"""`spikesearch evaluate`: the stored test figures, or a new measurement that the run logs."""

from pathlib import Path
from typing import Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.networks import print_networks
from spikesearch.cli.output import print_json


def command(
    target: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run folder or a .safetensors file.")],
    again: Annotated[bool, typer.Option("--again", help="Measure anew on the test part; the run logs it.")] = False,
    data: options.Data = None,
    json: options.Json = False,
) -> None:
    """Show the test accuracy and spikes of trained networks."""
    from spikesearch.app import evaluate, load_run
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.data.events.progress import recordings_reported_to

    with ConsoleReporter() as reporter, recordings_reported_to(reporter):
        networks = evaluate(target, again=again, data=data)
    if json:
        print_json([network.as_dict() for network in networks])
    else:
        print_networks(networks, balanced=not target.is_dir() or load_run(target).unequal_classes)
