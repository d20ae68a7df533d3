"""Options that several commands share, so that they read and mean the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from spikesearch.cli.output import JSON_HELP
from spikesearch.errors import UserError

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting of the recipe; may be repeated."),
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder with the data set's files.")]
RunPath = Annotated[
    Path | None, typer.Option("--run", metavar="DIR", help="Run folder [default: runs/<recipe>-<time>].")
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Seed of everything random.")]
Device = Annotated[str | None, typer.Option("--device", metavar="cpu|cuda|auto", help="Where networks run.")]
Channels = Annotated[int | None, typer.Option("--channels", help="Initial channels C.")]
Timesteps = Annotated[int | None, typer.Option("--timesteps", help="Timesteps T.")]
Classes = Annotated[int | None, typer.Option("--classes", help="Number of classes.")]
Image = Annotated[str | None, typer.Option("--image", metavar="3x32x32", help="Channels x height x width.")]


def parse_image(text: str) -> tuple[int, int, int]:
    """`3x32x32` as numbers.

    Raises:
        UserError: the text is not three positive whole numbers joined by x.
    """
    parts = text.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise UserError(f"--image {text!r}: write channels x height x width, for example 3x32x32")
    channels, height, width = map(int, parts)
    return channels, height, width
