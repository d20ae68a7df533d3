"""`spikesearch score`: training-free scores of architectures."""

from typing import Annotated

import typer

from spikesearch.architectures.text import parse
from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text
from spikesearch.strategies.score_names import DEFAULT_SCORE, SCORES, caution

_MEANING = (
    "larger is predicted better. Scores are weak predictors: compare with --score parameters, and see "
    "`spikesearch bench scores` on trained networks before you trust one."
)


def command(
    words: Annotated[
        list[str], typer.Argument(metavar="ARCH…", help="Architectures, for example 0302/0030/3003/0000.")
    ],
    score: Annotated[
        list[str] | None,
        typer.Option(
            "--score",
            metavar="NAME",
            help=f"One of `spikesearch list scores`; may be repeated [default: {DEFAULT_SCORE}].",
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="Whose images are run [default: digits].")
    ] = None,
    data: options.Data = None,
    size: Annotated[
        int | None,
        typer.Option("--size", metavar="PIXELS", help="Height and width; digits are enlarged."),
    ] = None,
    channels: options.Channels = None,
    timesteps: options.Timesteps = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", metavar="N", help="Images of a batch [default: the score's].")
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", metavar="N", help="Initialisations [default: the score's].")
    ] = None,
    seed: options.Seed = None,
    device: options.Device = None,
    precision: Annotated[
        str, typer.Option("--precision", metavar="fp32|bf16", help="Number format of convolutions.")
    ] = "fp32",
    json: options.Json = False,
) -> None:
    """Score architectures without training them."""
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.scoring import score as score_architectures

    names = list(dict.fromkeys(score or [DEFAULT_SCORE]))
    with ConsoleReporter() as reporter:
        found = score_architectures(
            words,
            score=names,
            dataset=dataset,
            data=data,
            size=size,
            channels=channels,
            timesteps=timesteps,
            batch_size=batch_size,
            repeats=repeats,
            seed=seed or 0,
            device=device,
            precision=precision,
            reporter=reporter,
        )
    if json:
        print_json([one.as_dict() for one in found])
        return
    rows = [found[start : start + len(names)] for start in range(0, len(found), len(names))]
    print_table(
        ["architecture", *names], [[row[0].architecture, *(f"{one.score:,.6g}" for one in row)] for row in rows]
    )
    described = "\n".join(f"{name}: {SCORES[name].description}" for name in names)
    print_text(f"\n{described}; {_MEANING}")
    spaces = [parse(row[0].architecture).space for row in rows]
    for doubt in filter(None, (caution(name, spaces) for name in names)):
        print_text(doubt)
