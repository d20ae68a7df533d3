"""`spikesearch bench`: which strategy and which score to trust, measured on tables of trained networks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text

if TYPE_CHECKING:
    from spikesearch.bench.score_report import ScoreBench
    from spikesearch.bench.strategies import StrategyBench

app = typer.Typer(
    help="Compare what spikesearch offers on a table of trained networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """Compare what spikesearch offers on a table of trained networks."""


def _column(name: str, help_text: str) -> typer.models.OptionInfo:
    return typer.Option(f"--{name}", metavar="COLUMN", help=help_text)  # type: ignore[no-any-return]


# What both commands ask of the table.
Table = Annotated[Path, typer.Argument(metavar="TABLE", help="A CSV file, one trained network a line.")]
Part = Annotated[str, typer.Option("--part", help="all, or one half: develop or held-back.")]
ArchitectureColumn = Annotated[str | None, _column("architecture", "The architectures' text.")]
EncodingColumns = Annotated[
    str | None, typer.Option("--encoding", metavar="A,B,…", help="Columns with one choice of a network each.")
]
ValidationColumn = Annotated[str | None, _column("validation", "Validation accuracy.")]
TestColumn = Annotated[str | None, _column("test", "Test accuracy.")]
ScoresFrom = Annotated[
    Path | None,
    typer.Option("--scores-from", metavar="FILE", help="Scores that `bench scores` stored: its values.csv."),
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", help="Processes [default: one a core].")]


@app.command()
def strategies(
    table: Table,
    strategy: Annotated[
        list[str] | None,
        typer.Option("--strategy", metavar="NAME", help="Only this one, beside random; may be repeated."),
    ] = None,
    budget: Annotated[int, typer.Option("--budget", metavar="N", help="Evaluations of one search.")] = 100,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Searches of each strategy.")] = 20,
    lam: Annotated[float, typer.Option("--lam", metavar="λ", help="How much spikes weigh; 0 ignores them.")] = 0.0,
    feature: Annotated[
        list[str] | None,
        typer.Option("--feature", metavar="COLUMN", help="What predictors see beside the code; may be repeated."),
    ] = None,
    scores_from: ScoresFrom = None,
    part: Part = "all",
    architecture: ArchitectureColumn = None,
    encoding: EncodingColumns = None,
    validation: ValidationColumn = None,
    test: TestColumn = None,
    spikes: Annotated[str | None, _column("spikes", "Spikes per image or firing rate.")] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="DIR", help="Run folder [default: runs/bench-strategies-<time>].")
    ] = None,
    workers: Workers = None,
    json: options.Json = False,
) -> None:
    """Repeat whole searches on the table, and compare accuracy and hypervolume at equal numbers of evaluations."""
    from spikesearch.bench.strategies import bench_strategies
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.strategies.table import Columns

    columns = Columns(
        architecture=architecture,
        encoding=_names(encoding),
        validation=validation,
        test=test,
        spikes=spikes,
    )
    with ConsoleReporter() as reporter:
        result = bench_strategies(
            table,
            strategies=strategy or None,
            budget=budget,
            seeds=seeds,
            lam=lam,
            features=feature or None,
            scores_from=scores_from,
            columns=columns,
            part=part,
            run=run,
            workers=workers,
            reporter=reporter,
        )
    if json:
        print_json(result.as_dict())
        return
    _show(result)


@app.command()
def scores(
    table: Table,
    score: Annotated[
        list[str] | None,
        typer.Option("--score", metavar="NAME", help="Only this one of `list scores`; may be repeated."),
    ] = None,
    scores_from: ScoresFrom = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option("--baseline", metavar="COLUMN", help="A column to compare with; may be repeated."),
    ] = None,
    labelled: Annotated[
        list[int] | None,
        typer.Option("--labelled", metavar="N", help="Also predict from N trained networks; may be repeated."),
    ] = None,
    part: Part = "all",
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", help="So many networks of that part, drawn by the seed.")
    ] = None,
    trained_above: Annotated[
        float | None,
        typer.Option("--trained-above", metavar="ACC", help="Validation accuracy, 0 to 1, of a trained network."),
    ] = None,
    architecture: ArchitectureColumn = None,
    encoding: EncodingColumns = None,
    validation: ValidationColumn = None,
    test: TestColumn = None,
    dataset: Annotated[
        str, typer.Option("--dataset", metavar="NAME", help="Whose training images are run.")
    ] = "cifar10",
    data: options.Data = None,
    channels: options.Channels = None,
    timesteps: options.Timesteps = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", metavar="N", help="Images of a batch [default: each score's].")
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", metavar="N", help="Initialisations [default: each score's].")
    ] = None,
    seed: options.Seed = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="DIR", help="Run folder [default: runs/bench-scores-<time>].")
    ] = None,
    workers: Workers = None,
    json: options.Json = False,
) -> None:
    """Score the networks of the table without training, and compare the order with that of their test accuracies."""
    from spikesearch.bench.scores import bench_scores
    from spikesearch.cli.progress import ConsoleReporter
    from spikesearch.strategies.table import Columns

    with ConsoleReporter() as reporter:
        result = bench_scores(
            table,
            scores=score or None,
            scores_from=scores_from,
            baselines=baseline or None,
            labelled=labelled or (),
            part=part,
            sample=sample,
            trained_above=trained_above,
            columns=Columns(architecture=architecture, encoding=_names(encoding), validation=validation, test=test),
            dataset=dataset,
            data=data,
            channels=channels,
            timesteps=timesteps,
            batch_size=batch_size,
            repeats=repeats,
            seed=seed or 0,
            run=run,
            workers=workers,
            reporter=reporter,
        )
    if json:
        print_json(result.as_dict())
        return
    _show_scores(result)


def _names(text: str | None) -> tuple[str, ...]:
    """`A, B` as two names."""
    return tuple(name.strip() for name in text.split(",")) if text else ()


def _show_scores(result: "ScoreBench") -> None:
    from spikesearch.reports.ranking import number, ordered, recall_tells, seconds, span

    for networks in dict.fromkeys(one.networks for one in result.ranked):
        own = [one for one in result.ranked if one.networks == networks]
        found = []
        recall = ("recall", "recall_in_tenth") if recall_tells(own[0].count) else ()
        for one in ordered(own):
            tau, gain = one.estimates["kendall"], one.gain
            others = [number(one.estimates[name].value) for name in ("spearman", *recall)]
            between = span(tau)
            cost = seconds(one.seconds)
            found.append(
                [one.name, one.kind, number(tau.value), between, *others, number(gain.value, signed=True), cost]
            )
        recall_headings = ["best 1% in 1%", "in 10%"] if recall else []
        headings = ["τ-b", "95%", "ρ", *recall_headings, "τ-b less parameters", "seconds"]
        title = f"{networks}: {own[0].count:,} networks"
        print_table(["", "", *headings], found, title)
    if result.predictions:
        rows = [
            [str(one.labelled), one.inputs, one.networks, *(number(one.quartiles[place]) for place in (1, 0, 2))]
            for one in result.predictions
        ]
        print_table(["labelled", "model sees", "networks", "τ-b", "first quartile", "third quartile"], rows)
    print_text(f"\nfigures and tables: {result.path}")


def _show(result: "StrategyBench") -> None:
    found = []
    for curve in result.curves:
        low, middle, high = curve.quartiles[:, -1]
        share = curve.quantity == "hypervolume"
        figures = [f"{value:.3f}" if share else f"{100 * value:.2f}%" for value in (middle, low, high)]
        found.append([curve.strategy, curve.quantity, *figures])
    quantities = [curve.quantity for curve in result.curves]
    found.sort(key=lambda row: quantities.index(row[1]))
    print_table(
        [
            "strategy",
            f"after {result.curves[0].evaluations[-1]} evaluations",
            "median",
            "first quartile",
            "third quartile",
        ],
        found,
    )
    print_text(f"\nfigures and tables: {result.path}")
