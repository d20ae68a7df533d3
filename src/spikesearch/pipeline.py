"""The phases of a run: train a supernet, search it, train what was found, report. Each can be killed and resumed."""

import logging
import time
from collections.abc import Callable
from typing import Any

from spikesearch.config import SearchSection
from spikesearch.errors import RunError
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.fitting import SUPERNET_STATE, fit_supernet
from spikesearch.forecast.duration import forecast
from spikesearch.forecast.memory import footprint, memory_line, memory_table
from spikesearch.networks.supernet import Supernet
from spikesearch.reporting import report_run
from spikesearch.reuse import borrow_supernet, check_supernet
from spikesearch.scratch import EpochProgress, comparisons, train_networks
from spikesearch.seeds import child_seed
from spikesearch.studies.driver import SearchResult, planned_trials, search_loop
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import RacingEffect, TrialRecord
from spikesearch.training.checkpoints import load_checkpoint, save_checkpoint
from spikesearch.workbench import Workbench, make_racing, make_strategy

logger = logging.getLogger("spikesearch")


def execute(bench: Workbench, reporter: Reporter) -> None:
    """Do what is left of a run. The caller holds its lock.

    Raises:
        UserError: the data or a stored file is not what the run was started with.
        RunError: training diverged, or the disk is full.
    """
    phases: dict[str, Callable[[Workbench, Reporter], None]] = {
        "supernet": train_supernet,
        "search": run_search,
        "train": train_networks,
        "report": lambda bench, reporter: report_run(bench.folder, bench.parts),
    }
    if not bench.folder.state(bench.config.phases).done and not bench.folder.metrics.read():
        # Memory first: the forecast of the time trains a few steps, whose memory this process then has.
        memory = footprint(bench.config, bench.parts, bench.folder.config["facts"])
        reporter.note(memory_line(memory))
        for line in memory_table(memory):
            logger.info("%s", line)
        reporter.note(forecast(bench))
    for phase in bench.config.phases:
        # A report may have been asked for before there was all to report.
        if phase in bench.folder.state(bench.config.phases).done and phase != "report":
            continue
        logger.info("phase %s begins", phase)
        began = time.perf_counter()
        phases[phase](bench, reporter)
        logger.info("phase %s took %.1f s in this session", phase, time.perf_counter() - began)
    bench.folder.finish()


def train_supernet(bench: Workbench, reporter: Reporter) -> None:
    """Phase 1: one set of weights for the whole space, one architecture drawn uniformly for every mini-batch."""
    if bench.config.run.supernet is not None:
        source = RunFolder.open(bench.config.run.supernet)
        check_supernet(source, bench.config, bench.folder.config["facts"])
        borrow_supernet(source, bench.folder)
        return
    progress = EpochProgress(bench, reporter, "supernet", "training the supernet", bench.config.supernet.epochs)
    supernet, result = fit_supernet(bench, progress.on_step, progress.on_epoch)
    if result.average_spikes <= 0:
        raise RunError(
            "the supernet emits no spike, so no fitness can be computed: train it longer, or lower network.v_threshold"
        )
    save_checkpoint(
        bench.folder.checkpoint("supernet"),
        supernet,
        normalisation=bench.normalisation,
        extra={"average_spikes": result.average_spikes, "data": bench.config.data.model_dump(mode="json")},
    )
    bench.folder.checkpoint(SUPERNET_STATE).unlink(missing_ok=True)
    logger.info("supernet trained: N_avg = %.1f spikes per image", result.average_spikes)


def run_search(bench: Workbench, reporter: Reporter) -> None:
    """Phase 2: the strategy proposes, the supernet's weights are inherited, D_val decides; once for each λ."""
    supernet, info = load_checkpoint(
        bench.folder.checkpoint("supernet"), bench.parts.words, compile=bench.config.run.compile is True
    )
    assert isinstance(supernet, Supernet)
    began = time.perf_counter()
    section = bench.config.search
    average_spikes = float(info.extra["average_spikes"])
    settings = {
        "seed": bench.config.run.seed,
        "average_spikes": average_spikes,
        "search": search_settings(section),
    }
    store = TrialStore.open(bench.folder.study, bench.space, settings)
    evaluator = SharedWeightsEvaluator(
        supernet.to(bench.device),
        bench.search_data,
        normalisation=bench.normalisation,
        batch_size=section.batch_size,
        precision=bench.config.run.precision,
        workers=evaluation_workers(bench, reporter),
        threads=bench.threads,
        calibration=bench.calibration_images,
        order=child_seed(bench.config.run.seed, "order of validation images") if section.racing else None,
    )
    if section.racing and not evaluator.looks:
        reporter.note(
            f"racing changes nothing here: {evaluator.images} images are no more than two batches of "
            f"search.batch_size = {section.batch_size}; lower it to an eighth of the images or less"
        )
    with evaluator:
        results = _search(bench, reporter, evaluator, store, average_spikes)
        beside = _compared(bench, evaluator)
    winners = [
        {
            "lam": result.lam,
            "architecture": result.winner.architecture,
            "number": result.winner.number,
            "fitness": result.winner.fitness,
            "outcome": str(result.outcome),
        }
        for result in results
    ]
    seconds = time.perf_counter() - began
    chosen = {"winners": winners, "comparisons": beside, "seconds": seconds}
    if section.racing:
        effect = RacingEffect.of(store.load(), evaluator.images)
        chosen["racing"] = effect.as_dict()
        logger.info("racing: %s", effect)
    bench.folder.write_json("winners.json", chosen)
    for result in results:
        logger.info("λ = %g: winner %s, %s", result.lam, result.winner.architecture, result.outcome)


def evaluation_workers(bench: Workbench, reporter: Reporter) -> int:
    """How many processes evaluate candidates: as many as the recipe says, where they can."""
    wanted = bench.config.run.workers
    if wanted == 1:
        return 1
    if bench.device.type != "cpu":
        reason = "several would wait for the same GPU"
    elif bench.parts.space is not None or bench.parts.blocks is not None:
        reason = "another one would not know your own blocks"
    else:
        return wanted
    reporter.note(f"candidates are evaluated by one process and not by {wanted}: {reason}")
    return 1


def _search(
    bench: Workbench,
    reporter: Reporter,
    evaluator: SharedWeightsEvaluator,
    store: TrialStore,
    average_spikes: float,
) -> list[SearchResult]:
    section = bench.config.search
    strategy = make_strategy(bench.config, bench.space)
    reporter.phase("searching", planned_trials(bench.space, strategy, section.lambdas), len(store))

    def on_trial(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        reporter.advance(done, f"λ {best.lam:g}: best {100 * best.accuracy:.1f}% {best.spikes_per_image:,.0f} spikes")

    return search_loop(
        bench.space,
        strategy,
        evaluator,
        store,
        lams=section.lambdas,
        fitness=bench.fitness,
        average_spikes=average_spikes,
        seed=child_seed(bench.config.run.seed, "search"),
        source="shared-weights, recalibrated" if section.recalibrate else "shared-weights",
        racing=make_racing(bench.config),
        on_trial=on_trial,
    )


def search_settings(section: SearchSection) -> dict[str, Any]:
    """`[search]` as the study keeps it. What is off is left out: a study begun before there was such a key goes on."""
    kept = section.model_dump(mode="json")
    if not section.racing:
        del kept["racing"], kept["confidence"]
    if not section.recalibrate:
        del kept["recalibrate"]
    return kept


def _compared(bench: Workbench, evaluator: SharedWeightsEvaluator) -> list[dict[str, Any]]:
    """The networks beside the winners; those inside the space with their figures under shared weights."""
    compared = comparisons(bench)
    inside = [candidate.architecture for candidate in compared if candidate.architecture in bench.space]
    shared = dict(zip(map(str, inside), evaluator.evaluate(inside), strict=True))
    return [
        {
            "label": candidate.label,
            "architecture": str(candidate.architecture),
            "shared": shared[str(candidate.architecture)].as_dict() if candidate.architecture in inside else None,
        }
        for candidate in compared
    ]
