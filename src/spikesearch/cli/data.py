"""`spikesearch data`: look at a data set before a run is spent on it, and fetch those with a public address."""

from pathlib import Path
from typing import Annotated, Any

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text
from spikesearch.errors import UserError

app = typer.Typer(
    help="Look at data sets and fetch them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set, as `spikesearch list datasets` names it.")]


@app.callback()
def group() -> None:
    """Look at data sets and fetch them."""


@app.command()
def check(
    name: Name,
    data: options.Data = None,
    setting: options.Set = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE", help="Contact sheet to write [default: NAME.png].")
    ] = None,
    json: options.Json = False,
) -> None:
    """Read a data set as a run would, and show counts, shapes, classes, values and a contact sheet.

    Settings are those of [data], and network.timesteps for event data.
    """
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.data.events.progress import recordings_reported_to
    from spikesearch.overview.dataset import check_data

    with ConsoleReporter() as reporter, recordings_reported_to(reporter):
        found = check_data(name, data, settings=options_of(setting), sheet=sheet or Path(f"{name}.png"))
    if json:
        print_json(found)
        return
    _print(found)


@app.command()
def download(
    name: Name,
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder to put the files into.")],
    json: options.Json = False,
) -> None:
    """Fetch the files of a data set and check them by their published checksums."""
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.data.download import download as fetch

    with ConsoleReporter() as reporter:
        here: set[str] = set()

        def show(file: str, done: int, total: int) -> None:
            if file not in here:
                here.add(file)
                reporter.phase(f"fetching {file} ({total / 1e6:,.0f} MB)", total)
            reporter.advance(done)

        files = fetch(name, data, on_bytes=show)
    if json:
        print_json({"data": name, "files": [str(file) for file in files]})
        return
    for file in files:
        print_text(f"{file}: complete, as published")
    print_text(f"now give it to a run: --set data.name={name} --data {data}")


def options_of(assignments: list[str] | None) -> dict[str, Any]:
    """Settings of the command line that change what a data set is.

    Raises:
        UserError: another key than those of [data] and network.timesteps.
    """
    from spikesearch.config.reading import parse_assignments

    found = parse_assignments(assignments or [])
    other = [section for section in found if section not in ("data", "network")]
    other += [f"network.{key}" for key in found.get("network", {}) if key != "timesteps"]
    if other:
        raise UserError(f"--set {other[0]}: a data set depends on the keys of [data] and on network.timesteps alone")
    return found


def _print(found: dict[str, Any]) -> None:
    channels, height, width = found["image"]
    what = "images" if found["timesteps"] is None else f"recordings of {found['timesteps']} frames"
    print_text(f"{found['data']}: {what}, {channels} channels of {height}×{width}, {found['classes']} classes\n")
    rows = []
    for part, numbers in found["parts"].items():
        counts = numbers["class_images"]
        fewest, most = min(counts), max(counts)
        low, high = numbers["values"]
        rows.append(
            [
                part,
                f"{numbers['images']:,}",
                f"{fewest:,}" if fewest == most else f"{fewest:,}…{most:,}",
                f"{low}…{high} ({numbers['type']})",
                " ".join(f"{mean:.4g}" for mean in numbers["means"]),
                " ".join(f"{deviation:.4g}" for deviation in numbers["deviations"]),
            ]
        )
    print_table(["part", what.split()[0], "in a class", "values", "mean of each channel", "deviation"], rows)
    for part, numbers in found["parts"].items():
        if "events" in numbers:
            events, times = numbers["events"], [time / 1000 for time in numbers["duration_us"]]
            print_text(
                f"{part}: {events[0]:,}…{events[2]:,} events a recording, {events[1]:,.0f} on average, in "
                f"{times[0]:,.0f}…{times[2]:,.0f} ms"
            )
    names = found["class_names"]
    print_text(f"\nclasses: {', '.join(names[:20])}{f' and {len(names) - 20:,} more' if len(names) > 20 else ''}")
    for notice in found["notices"]:
        print_text(f"note: {notice}")
    drawn, classes = found["sheet_classes"], found["classes"]
    few = f", {drawn:,} of {classes:,} classes" if drawn < classes else ""
    print_text(f"contact sheet: {found['sheet']}{few}")
