"""`spikesearch bench scores`: how well training-free scores order the networks of a table, in a run folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.bench.contenders import ARITHMETIC, DEPTH, PARAMETERS, known_columns, parsed
from spikesearch.bench.folder import cores, new_path
from spikesearch.bench.labelled import check_labelled
from spikesearch.bench.ranking import RESAMPLES
from spikesearch.bench.score_folder import ScoreFolder
from spikesearch.bench.score_report import Judged, ScoreBench, judge, report_scores
from spikesearch.bench.side_by_side import run_workers
from spikesearch.bench.tables import sampled, score_file_settings, stored_scores, table_settings
from spikesearch.errors import UserError
from spikesearch.strategies.score_names import SCORES, SECOND_NAMES, check_score_names
from spikesearch.strategies.table import Columns, Table
from spikesearch.strategies.table_file import read_table
from spikesearch.studies.progress import Reporter

if TYPE_CHECKING:
    from spikesearch.data.dataset import Dataset
    from spikesearch.scores.score import Score

KIND = "bench scores"
_WORKER = "spikesearch.bench.score_worker"


def bench_scores(
    table: str | Path,
    *,
    scores: "Sequence[str] | Mapping[str, Score] | None" = None,
    scores_from: str | Path | None = None,
    baselines: Sequence[str] | None = None,
    labelled: Sequence[int] = (),
    part: str = "all",
    sample: int | None = None,
    trained_above: float | None = None,
    columns: Columns | None = None,
    dataset: str = "cifar10",
    data: str | Path | None = None,
    channels: int | None = None,
    timesteps: int | None = None,
    batch_size: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
    run: str | Path | None = None,
    workers: int | None = None,
    reporter: Reporter | None = None,
) -> ScoreBench:
    """Score the networks of a table without training them, and compare the order with that of their test accuracies.

    Beside the scores stand the parameter count and the depth of the networks, columns of the table, and as a ceiling
    the validation accuracy of the trained networks themselves.

    Args:
        table: a CSV file; `docs/bench.md` describes it.
        scores: names; or your own, each a `spikesearch.scores.score.Score`; None: all that there are.
        scores_from: a `values.csv` of an earlier bench, which is read instead of computing anything.
        baselines: columns of the table to compare with; None: those that are known of SpikeNAS-Bench.
        labelled: numbers of networks that a model is fitted to before it predicts the others.
        part: `all` of the table, or `develop` or `held-back`, halves that are always the same.
        sample: so many networks of that part, drawn by `seed`; None: all.
        trained_above: networks whose validation accuracy (0…1) is not above it count as not trained.
        columns: which column of the table is which; None: by their names.
        dataset: whose training images are scored with.
        data: folder of its files.
        channels: initial channels C of the scored networks; None: that of their space, at most 16.
        timesteps: T of them; None: that of their space.
        batch_size: images of a batch; None: each score's own.
        repeats: batches, each with other weights; None: each score's own.
        seed: of weights, batches, the sample, resamples and labelled networks.
        run: run folder; None: `runs/bench-scores-<time>`. An unfinished one of the same bench goes on.
        workers: processes, of one thread each; None: one for each core that this process may use. Own scores are
            computed in this process.
        reporter: hears of progress.

    Raises:
        UserError: something given is wrong.
        RunError: a worker failed, or a score is no finite number; the same call goes on.
    """
    reporter = reporter or Reporter()
    sizes = {"channels": channels, "timesteps": timesteps, "batch_size": batch_size, "repeats": repeats}
    for name, number in (("workers", workers), *sizes.items()):
        if number is not None and number < 1:
            raise UserError(f"{name} = {number}: must be at least 1")
    read, about = _part(table, columns, part, sample, seed)
    stored = score_file_settings(scores_from)
    names, counted = _names(scores, read, stored)
    architectures = parsed(read)
    images = _images(dataset, data) if names and stored is None else None
    proxy = None if images is None else _proxy(architectures, images, sizes)
    settings: dict[str, Any] = {
        "kind": KIND,
        "table": about,
        "scores": names,
        "arithmetic": counted,
        "scores_from": stored,
        "baselines": list(known_columns(read) if baselines is None else baselines),
        "labelled": sorted(set(labelled)),
        "trained_above": trained_above,
        "data": None if images is None else _described(images, dataset, data),
        "proxy": proxy,
        "seed": seed,
        "resamples": RESAMPLES,
    }
    judged = judge(read, architectures, settings)
    check_labelled(settings["labelled"], min(len(rows) for rows in judged.sets.values()))
    folder = ScoreFolder.open_or_create(run or new_path("bench-scores"), settings)
    with folder.lock():
        try:
            if images is not None:
                own = scores if isinstance(scores, Mapping) else None
                _score_all(folder, judged, images, own, workers or cores(), reporter)
        except KeyboardInterrupt:
            reporter.note(f"interrupted; the same bench with --run {folder.path} goes on with it")
            raise
        return report_scores(folder, judged, reporter)


def _part(
    path: str | Path, columns: Columns | None, part: str, sample: int | None, seed: int
) -> tuple[Table, dict[str, Any]]:
    """The networks that are asked for, and the settings that say which."""
    table = read_table(path, columns).half(part)
    if sample is not None:
        table = sampled(table, sample, seed)
    about = table_settings(table, part)
    return table, about if sample is None else {**about, "sample": {"networks": sample, "seed": seed}}


def _names(
    given: "Sequence[str] | Mapping[str, Score] | None", table: Table, stored: Mapping[str, Any] | None
) -> tuple[list[str], list[str]]:
    """The scores that networks are built for, or that are read, and those that are arithmetic: baselines."""
    if stored is not None:
        if isinstance(given, Mapping):
            raise UserError("own scores are computed, not read: leave out scores_from")
        known = [*stored_scores(table, stored)]
    else:
        known = [*(given if isinstance(given, Mapping) else SCORES)]
    if isinstance(given, Mapping) and (taken := {*given} & {*ARITHMETIC}):
        raise UserError(f"an own score cannot have the name {min(taken)!r}, which is that of a baseline")
    wanted = [name for name in known if name not in SECOND_NAMES] if given is None else [*given]
    names = check_score_names([*wanted, PARAMETERS, DEPTH], [*known, *ARITHMETIC])
    return [name for name in names if name not in ARITHMETIC], [name for name in ARITHMETIC if name in names]


def _images(name: str, folder: str | Path | None) -> "Dataset":
    from spikesearch.data.datasets import load_dataset

    return load_dataset(name, folder)


def _proxy(
    architectures: Sequence[Architecture], images: "Dataset", sizes: Mapping[str, int | None]
) -> dict[str, int | None]:
    """The sizes with what is left open filled in.

    Raises:
        UserError: images too small or too few.
    """
    from spikesearch.bench.scoring import proxy_sizes

    dimensions = proxy_sizes(architectures[0], images, sizes)
    architectures[0].plan(dimensions)
    batch = sizes["batch_size"]
    if batch is not None and batch > len(images.train):
        raise UserError(f"batch_size = {batch}: the data set has {len(images.train):,} training images")
    return {**sizes, "channels": dimensions.channels, "timesteps": dimensions.timesteps}


def _described(images: "Dataset", name: str, folder: str | Path | None) -> dict[str, Any]:
    return {
        "name": name,
        "folder": None if folder is None else str(Path(folder).absolute()),
        "images": len(images.train),
        "sha256": images.train.sha256,
    }


def _score_all(
    folder: ScoreFolder,
    judged: Judged,
    images: "Dataset",
    own: "Mapping[str, Score] | None",
    workers: int,
    reporter: Reporter,
) -> None:
    """Score all networks that are not scored yet, here or by worker processes; first of all the costs, undisturbed."""
    names = judged.settings["scores"]
    done = folder.read()
    missing = [entry for entry in judged.entries if entry[0] not in done]
    alone = own is not None or workers == 1
    costs = folder.read_costs() is None
    if not missing and not costs:
        return
    if alone:
        from spikesearch.bench.scoring import make_scorers, measure_costs, score_rows

        make = make_scorers(judged.settings, [architecture for _, architecture in judged.entries], images, own)
    if costs:
        reporter.phase(f"cost of {len(names)} scores", len(names))
        if alone:
            folder.write_costs(measure_costs(make, names, [architecture for _, architecture in judged.entries]))
        else:
            run_workers(_WORKER, folder, [json.dumps("costs")], lambda: None)
    if not missing:
        return
    total = len(judged.entries)
    reporter.phase(f"{len(names)} scores of {total:,} networks", total, total - len(missing))
    if alone:

        def tell(done: int) -> bool:
            reporter.advance(total - len(missing) + done)
            return True

        score_rows(folder, make, names, missing, 0, tell)
        return
    count = min(workers, len(missing))
    shares = [json.dumps([number, count]) for number in range(count)]
    run_workers(_WORKER, folder, shares, lambda: reporter.advance(folder.count()))
