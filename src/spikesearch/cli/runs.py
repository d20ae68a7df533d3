"""`spikesearch runs`: a table of what is on disk."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import messages, print_json, print_table, print_text

if TYPE_CHECKING:
    from spikesearch.overview.listing import ListedRun


def command(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Folder of runs [default: runs].")] = None,
    json: options.Json = False,
) -> None:
    """List the runs below a folder, the earliest first."""
    from spikesearch.app import list_runs

    found = list_runs(folder)
    if json:
        print_json([one.as_dict() for one in found])
        return
    if not found:
        print_text(f"no runs in {folder or 'runs'}")
        return
    print_table(
        [
            *("run", "recipe", "data", "space", "state", "started (UTC)", "λ or score"),
            *("network", "test accuracy", "spikes/image"),
        ],
        [
            [
                one.path,
                one.recipe,
                one.data,
                one.space,
                one.state,
                one.started[:16].replace("T", " "),
                ", ".join([*(f"{lam:g}" for lam in one.lam), *([one.score] if one.score else [])]),
                one.network,
                "" if one.accuracy is None else f"{100 * one.accuracy:.2f}%",
                _spikes(one),
            ]
            for one in found
        ],
    )
    for one in found:
        if one.problem:
            messages().print(f"{one.path}: {one.problem}", markup=False, soft_wrap=True)


def _spikes(one: "ListedRun") -> str:
    """Empty before anything is trained; – of ordinary networks, which have none."""
    if one.spikes_per_image is None:
        return "" if one.accuracy is None else "–"
    return f"{one.spikes_per_image:,.0f}"
