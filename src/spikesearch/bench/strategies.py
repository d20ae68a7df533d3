"""`spikesearch bench strategies`: whole searches on a table of trained networks, many seeds, in a run folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.bench.contest import Course, reference_point, run_course
from spikesearch.bench.contestants import SCORE_PRIOR, Maker, make_contestants
from spikesearch.bench.folder import SearchFolder, cores, new_path
from spikesearch.bench.side_by_side import run_workers
from spikesearch.bench.summary import Curve, curves_of
from spikesearch.bench.tables import score_file_settings, stored_scores, table_settings
from spikesearch.errors import UserError
from spikesearch.strategies.predictor import Features, Prior
from spikesearch.strategies.score_file import as_normal, as_ranks
from spikesearch.strategies.score_names import DEFAULT_SCORE
from spikesearch.strategies.strategy import Strategy
from spikesearch.strategies.table import Columns, Table
from spikesearch.strategies.table_file import read_table
from spikesearch.strategies.tabular import TableSpace
from spikesearch.studies.progress import Reporter

BASELINE = "random"
KIND = "bench strategies"


@dataclass(frozen=True, kw_only=True)
class StrategyBench:
    """What a bench found.

    Attributes:
        path: its run folder.
        curves: for each strategy and quantity.
    """

    path: Path
    curves: Sequence[Curve]

    def as_dict(self) -> dict[str, Any]:
        """The figures after the last evaluation, as plain values."""
        return {
            "run": str(self.path),
            "results": [
                {
                    "strategy": curve.strategy,
                    "quantity": curve.quantity,
                    "evaluations": curve.evaluations[-1],
                    "seeds": len(curve.values),
                    **dict(zip(("first_quartile", "median", "third_quartile"), _last(curve), strict=True)),
                }
                for curve in self.curves
            ],
        }


def _last(curve: Curve) -> list[float]:
    return [float(value) for value in curve.quartiles[:, -1]]


def bench_strategies(
    table: str | Path,
    *,
    strategies: Sequence[str] | Mapping[str, Maker] | None = None,
    budget: int = 100,
    seeds: int = 20,
    lam: float = 0.0,
    features: Sequence[str] | None = None,
    scores_from: str | Path | None = None,
    columns: Columns | None = None,
    part: str = "all",
    run: str | Path | None = None,
    workers: int | None = None,
    reporter: Reporter | None = None,
) -> StrategyBench:
    """Repeat whole searches on a table, and compare what strategies would have chosen after how many evaluations.

    Strategies see validation accuracy and spikes; test accuracy is only reported. Random search is always among them.

    Args:
        table: a CSV file; `docs/bench.md` describes it.
        strategies: names; or your own, each a function from the budget to a `Strategy`; None: all that there are.
        budget: evaluations of one search.
        seeds: searches of each strategy.
        lam: λ of the fitness accuracy · (spikes / mean spikes of the table)^λ; 0 searches for accuracy alone.
        features: columns of the table, or of `scores_from`, that predictors may use beside the code: parameters, a
            score. None: those that the table is known to have, such as the depth of SpikeNAS-Bench's cells, and all
            of the file.
        scores_from: a `values.csv` of `bench_scores`; its scores enter as ranks among the networks of the table. With
            it there is the strategy `score-prior`: the default score, or else the first of the file, is the mean of its
            model.
        columns: which column is which; None: by their names.
        part: `all` of the table, or `develop` or `held-back`, halves that are always the same.
        run: run folder; None: `runs/bench-strategies-<time>`. An unfinished one of the same bench goes on.
        workers: processes, of one thread each; None: one for each core that this process may use. Own strategies run
            in this process.
        reporter: hears of progress.

    Raises:
        UserError: something given is wrong.
        RunError: a worker failed; the same call goes on.
    """
    reporter = reporter or Reporter()
    for name, number in (("budget", budget), ("seeds", seeds), ("workers", 1 if workers is None else workers)):
        if number < 1:
            raise UserError(f"{name} = {number}: must be at least 1")
    read = read_table(table, columns).half(part)
    scored = score_file_settings(scores_from)
    scores = stored_scores(read, scored)
    features = list(dict.fromkeys([*read.features, *scores])) if features is None else features
    _check_lam(lam, read)
    prior = prior_score(scores)
    told = table_features(read, features, scores)
    makers = _chosen(strategies, make_contestants(told, table_prior(read, prior, scores)))
    settings = _settings(read, makers, budget=budget, seeds=seeds, lam=lam, features=features, part=part)
    if scored is not None:
        settings["scores_from"] = scored
    if SCORE_PRIOR in makers:
        settings["prior"] = prior
    folder = SearchFolder.open_or_create(run or new_path("bench-strategies"), settings)
    with folder.lock():
        try:
            alone = isinstance(strategies, Mapping) or workers == 1
            _search_all(folder, read, makers, settings, 1 if alone else workers or cores(), reporter)
        except KeyboardInterrupt:
            reporter.note(f"interrupted; the same bench with --run {folder.path} goes on with it")
            raise
        curves = report_bench(folder, read, makers, seeds)
    return StrategyBench(path=folder.path, curves=curves)


def _search_all(
    folder: SearchFolder,
    table: Table,
    makers: Mapping[str, Maker],
    settings: Mapping[str, Any],
    workers: int,
    reporter: Reporter,
) -> None:
    """All searches that are not done yet, here or by worker processes."""
    searches = [(name, seed) for seed in range(settings["seeds"]) for name in makers]
    missing = folder.missing(searches)
    title = f"{len(makers)} strategies, {settings['seeds']} seeds"
    reporter.phase(title, len(searches), len(searches) - len(missing))
    if workers > 1 and len(missing) > 1:
        count = min(workers, len(missing))
        shares = [json.dumps(missing[number::count]) for number in range(count)]
        run_workers(
            "spikesearch.bench.worker",
            folder,
            shares,
            lambda: reporter.advance(len(searches) - len(folder.missing(searches))),
        )
        return
    space = TableSpace(table)
    for number, (name, seed) in enumerate(missing, start=1):
        work(folder, space, makers[name], name, seed, budget=settings["budget"], lam=settings["lam"])
        reporter.advance(len(searches) - len(missing) + number, f"{name}, seed {seed}")


def work(
    folder: SearchFolder, space: TableSpace, make: Maker, name: str, seed: int, *, budget: int, lam: float
) -> None:
    """One search, and its file."""
    folder.write(run_course(name, make(budget), space, seed=seed, budget=budget, lam=lam))


def report_bench(folder: SearchFolder, table: Table, names: Mapping[str, Any], seeds: int) -> list[Curve]:
    """Write the tables and figures of a bench whose searches are all there."""
    from spikesearch.reports.contest import write_contest

    courses: dict[str, list[Course]] = {name: [folder.read(name, seed) for seed in range(seeds)] for name in names}
    reference = None if table.spikes is None else reference_point(table)
    curves = curves_of(table, courses, reference)
    write_contest(folder.path, curves, folder.config)
    folder.finish()
    return curves


def table_features(
    table: Table, names: Sequence[str], scores: Mapping[str, np.ndarray] | None = None
) -> Features | None:
    """What a predictor is told of an entry beside its code: these columns of the table, and these stored scores.

    Raises:
        UserError: there is no such column, it holds something else than numbers, or what only training tells.
    """
    told = {table.columns.validation, table.columns.test, table.columns.spikes} & set(names)
    if told:
        raise UserError(
            f"feature {min(map(str, told))!r}: it is known only after training, which is what a search spares"
        )
    if not names:
        return None
    stored = {name: as_ranks(values) for name, values in (scores or {}).items()}
    columns = [stored[name] if name in stored else table.numbers(name) for name in names]
    by_text = {text: tuple(float(column[row]) for column in columns) for row, text in enumerate(table.texts)}
    return lambda entry: by_text[str(entry)]


def prior_score(scores: Mapping[str, np.ndarray]) -> str | None:
    """Which of the stored scores `score-prior` goes by: the default score, else the first; None if there are none."""
    return DEFAULT_SCORE if DEFAULT_SCORE in scores else next(iter(scores), None)


def table_prior(table: Table, name: str | None, scores: Mapping[str, np.ndarray]) -> Prior | None:
    """That score of an entry, as a normal deviate among the networks of the table."""
    if name is None:
        return None
    by_text = dict(zip(table.texts, map(float, as_normal(scores[name])), strict=True))
    return lambda entry: by_text[str(entry)]


def _chosen(given: Sequence[str] | Mapping[str, Maker] | None, known: Mapping[str, Maker]) -> dict[str, Maker]:
    """The strategies asked for, with random search in front."""
    if given is None:
        return dict(known)
    if isinstance(given, Mapping):
        return {BASELINE: known[BASELINE], **given}
    for name in given:
        if name not in known:
            raise UserError(f"unknown strategy {name!r}{did_you_mean(name, known)}; strategies: {', '.join(known)}")
    return {name: known[name] for name in dict.fromkeys([BASELINE, *given])}


def _check_lam(lam: float, table: Table) -> None:
    if not lam <= 0 or lam == float("-inf"):
        raise UserError(f"λ = {lam}: must be a finite number ≤ 0 (0 ignores spikes; AutoSNN's default is -0.08)")
    if lam and table.spikes is None:
        raise UserError(f"λ = {lam} weighs spikes, but {table.path} has no column of them: name it, or take λ = 0")


def _settings(
    table: Table,
    makers: Mapping[str, Maker],
    *,
    budget: int,
    seeds: int,
    lam: float,
    features: Sequence[str],
    part: str,
) -> dict[str, Any]:
    """Everything that the numbers depend on, as plain values."""
    reference = None if table.spikes is None else reference_point(table)
    return {
        "kind": KIND,
        "table": table_settings(table, part),
        "strategies": {name: _described(make(budget)) for name, make in makers.items()},
        "budget": budget,
        "seeds": seeds,
        "lam": lam,
        "features": list(features),
        "reference": None if reference is None else {"accuracy": reference[0], "spikes": reference[1]},
    }


def _described(strategy: Strategy) -> dict[str, Any]:
    """Its class and its settings that are plain values."""
    plain = {name: value for name, value in vars(strategy).items() if isinstance(value, int | float | str)}
    return {"class": type(strategy).__name__, **plain}
