"""`spikesearch list`: the names that other commands accept."""

from typing import Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text
from spikesearch.errors import UserError


def command(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="spaces, architectures, datasets, recipes, strategies or scores.")
    ],
    json: options.Json = False,
) -> None:
    """List what exists by name."""
    from spikesearch.catalogue import CATALOGUE

    if what not in CATALOGUE:
        raise UserError(f"nothing to list under {what!r}; allowed: {', '.join(CATALOGUE)}")
    entries = CATALOGUE[what]()
    if json:
        print_json([{"name": name, "description": text} for name, text in entries])
    elif not entries:
        print_text(f"no {what} in this version")
    else:
        print_table(["name", "description"], entries)
