"""The command `spikesearch`: the verbs, and how errors become exit statuses."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer

from spikesearch.cli import (
    bench,
    data,
    describe,
    evaluate,
    listing,
    predict,
    report,
    reproduce,
    resume,
    runs,
    score,
    search,
    status,
    train,
)
from spikesearch.cli.output import fail
from spikesearch.errors import SpikesearchError
from spikesearch.processes.launch import Launch

# Newer versions of typer carry their own copy of click, so the class is found through typer's.
_ClickError: type[Exception] = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")

TRACEBACK = "SPIKESEARCH_TRACEBACK"
"""Environment variable: with any value, errors that nobody foresaw come with their traceback."""

app = typer.Typer(
    name="spikesearch",
    help="Find spiking neural network architectures on the best trade-off between accuracy and spikes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (search, resume, status, runs, train, evaluate, predict, score, describe, report, reproduce):
    app.command(name=verb.__name__.rsplit(".", 1)[1])(verb.command)
app.command(name="list")(listing.command)
app.add_typer(bench.app, name="bench")
app.add_typer(data.app, name="data")


@app.callback(invoke_without_command=True)
def options(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Options of the command itself."""
    if version:
        from spikesearch import __version__

        typer.echo(__version__)
        raise typer.Exit


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 failed, 2 the user's input is wrong, 130 interrupted."""
    try:
        result = app(args=None if arguments is None else list(arguments), standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SpikesearchError as error:
        fail(str(error))
        return error.exit_code
    except _ClickError as error:
        if Launch.here().leads:
            error.show()  # type: ignore[attr-defined]
        return 2
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted")
        return 130
    except Exception as error:  # the machine's doing, such as a full disk, or a fault of spikesearch
        if TRACEBACK in os.environ:
            raise
        fail(f"{type(error).__name__}: {error} ({TRACEBACK}=1 in the environment shows where)")
        return 1


def main() -> None:
    """Entry point of the installed script."""
    # A batch system ends jobs with SIGTERM: leave as with Ctrl-C, so that the run can be resumed.
    signal.signal(signal.SIGTERM, _interrupt)
    if not Launch.here().leads:  # results are printed once
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    sys.exit(run())
