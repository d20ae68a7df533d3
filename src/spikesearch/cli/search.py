"""`spikesearch search`: the main job, from data to report."""

from collections.abc import Mapping
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spikesearch.cli import options
from spikesearch.cli.networks import finish
from spikesearch.cli.output import print_json, print_text
from spikesearch.config.reading import parse_assignments

if TYPE_CHECKING:
    from spikesearch.config.sections import Config
    from spikesearch.forecast.expectation import Expectation

_UNDECIDED = (
    "The recipe's settings as they were given: what it leaves open is not decided, and time, memory and disk are not "
    "estimated, for the reason that follows."
)


def command(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="A TOML file, or a name that `spikesearch list recipes` shows; none: digits."
        ),
    ] = None,
    settings: options.Set = None,
    data: options.Data = None,
    run: options.RunPath = None,
    seed: options.Seed = None,
    device: options.Device = None,
    supernet: Annotated[
        Path | None, typer.Option("--supernet", metavar="RUN", help="Use the trained supernet of that run.")
    ] = None,
    constraint: Annotated[
        list[str] | None,
        typer.Option(
            "--constraint",
            metavar="TEXT",
            help="A hard budget, such as spikes<=50k, parameters<=100k or macs<=20M; may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the settings and the expected time, memory and disk; write nothing.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Search: train a supernet, evolve architectures, train the winners, write the report."""
    from spikesearch.app import estimate, search
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.data.events.progress import recordings_reported_to

    given: dict[str, Any] = {
        "settings": parse_assignments(settings or []),
        "data": data,
        "run": run,
        "seed": seed,
        "device": device,
        "supernet": supernet,
        "constraints": constraint,
    }
    if dry_run:
        from spikesearch.forecast.dry_run import RefusedError

        try:
            with ConsoleReporter() as reporter, recordings_reported_to(reporter):
                config, expected = estimate(recipe, **given)
        except RefusedError as refused:
            _show(refused.config, refused.expectation, json)
            raise
        _show(config, expected, json)
        return
    with ConsoleReporter() as reporter:
        result = search(recipe, **given, reporter=reporter)
    finish(result, json)


def _show(config: "Config", expected: "Expectation | None", as_json: bool) -> None:
    """What a run would do and take."""
    plain = config.model_dump(mode="json")
    if as_json:
        print_json({"config": plain, "expected": expected.as_dict() if expected else None})
        return
    for name, section in plain.items():
        if isinstance(section, Mapping):
            settings = [
                f"# {key}: none" if value is None else f"{key} = {dumps(value, ensure_ascii=False)}"
                for key, value in section.items()
            ]
            print_text("\n".join([f"[{name}]", *settings, ""]))
    print_text("\n".join(expected.lines if expected else [_UNDECIDED]))
