"""`spikesearch reproduce`: tables and figures of the two papers, beside the papers' numbers."""

from pathlib import Path
from typing import Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text


def command(
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PAPER/ITEM…]", help="autosnn/table2, snasnet/figure4, …; autosnn, snasnet or all."),
    ] = None,
    scale: Annotated[
        str, typer.Option("--scale", metavar="smoke|small|paper", help="How large the experiment is.")
    ] = "small",
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="[NAME=]DIR", help="Folder of CIFAR-10, or of the data set NAME; repeatable."),
    ] = None,
    store: Annotated[
        Path, typer.Option("--store", metavar="DIR", help="Where figures, runs and pages are kept.")
    ] = Path("runs/reproduce"),
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="N", help="Stop after so long; the same command goes on.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes side by side [default: the scale's].")
    ] = None,
    device: options.Device = None,
    from_figures: Annotated[
        bool, typer.Option("--from-figures", help="Measure nothing: build the pages from what is in the store.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="All items, the data they need and what they cost.")] = False,
    json: options.Json = False,
) -> None:
    """Measure a table or figure of the papers again, and put it beside the paper's numbers."""
    if listing:
        _list(json)
        return
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.reproduction.session import reproduce

    with ConsoleReporter() as reporter:
        found = reproduce(
            items or [],
            scale=scale,
            data=data or [],
            store=store,
            minutes=minutes,
            workers=workers,
            device=device,
            from_figures=from_figures,
            reporter=reporter,
        )
    if json:
        skipped = [{"item": path, "skipped": why} for path, why in found.skipped.items()]
        print_json([*(one.as_dict() for one in found), *skipped])
        return
    for one in found:
        print_text(f"{one.item.path}: {one.item.title}")
        for table in one.result.tables:
            print_table(list(table.rows[0]), [list(row.values()) for row in table.rows])
        for claim in one.data["claims"]:
            if claim["verdict"] is not None:  # at smoke there is none
                print_text(f"- {claim['says']}: {claim['verdict']}")
        print_text(f"{one.data['agreement']}\npage: {one.page}\n")


def _list(as_json: bool) -> None:
    from spikesearch.reproduction.items import ITEMS
    from spikesearch.reproduction.scales import SCALES

    items = ITEMS.values()
    if as_json:
        print_json(
            [
                {
                    "item": item.path,
                    "title": item.title,
                    "data": {scale: list(item.needs(scale)) for scale in SCALES},
                    "cost": dict(item.cost),
                }
                for item in items
            ]
        )
        return
    sized = [scale for scale in SCALES if any(item.needs(scale) for item in items)]
    columns = ["item", "what it is", *(f"data at {scale}" for scale in sized), *SCALES]
    rows = [
        [
            *(item.path, item.title),
            *(", ".join(item.needs(scale)) for scale in sized),
            *(item.cost.get(scale, "–") for scale in SCALES),
        ]
        for item in items
    ]
    print_table(columns, rows)
