"""Phase 2 of a run: a strategy proposes, shared weights answer, D_val decides."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from spikesearch.architectures.describe import describe_plan
from spikesearch.assembly.making import make_racing, make_strategy
from spikesearch.assembly.workbench import Workbench
from spikesearch.config.sections import SearchSection
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.phases.candidates import comparisons, without_estimate
from spikesearch.phases.choosing import choose, tell_of_front
from spikesearch.phases.finalists import measured_again
from spikesearch.phases.scored import first_stage, run_scored, score_settings
from spikesearch.seeds import child_seed
from spikesearch.strategies.constraints import in_words, measured_values
from spikesearch.strategies.strategy import Space
from spikesearch.studies.driver import SearchResult, planned_trials, search_loop
from spikesearch.studies.progress import Reporter
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import RacingEffect, TrialRecord
from spikesearch.training.checkpoints import load_checkpoint

logger = logging.getLogger("spikesearch")


def run_search(bench: Workbench, reporter: Reporter) -> None:
    """Phase 2: the strategy proposes, the supernet's weights are inherited, D_val decides; once for each λ.

    In a run without a supernet a score decides alone. With a first stage it chooses what shared weights see.
    """
    if bench.config.scored:
        run_scored(bench, reporter)
        return
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
    space, stage = bench.search_space, None
    if section.first_stage:
        settings |= score_settings(bench)
        space, stage = first_stage(bench, reporter)
    store = TrialStore.open(bench.folder.study, bench.space, settings)
    workers = evaluation_workers(bench, reporter)
    results, beside = _evaluated(bench, reporter, space, supernet, store, average_spikes, workers)
    results = measured_again(bench, reporter, supernet, results, average_spikes=average_spikes, workers=workers)
    winners = [_winner(bench, result) for result in results]
    chosen = {"winners": winners, "comparisons": beside, "seconds": time.perf_counter() - began}
    if stage is not None:
        chosen["first_stage"] = stage
    if bench.config.train.chooses_more:
        chosen |= _chosen(bench, reporter, results)
    if section.racing:
        effect = RacingEffect.of(store.load(), len(bench.search_data))
        chosen["racing"] = effect.as_dict()
        logger.info("racing: %s", effect)
    bench.folder.write_json("winners.json", chosen)
    for result in results:
        logger.info("λ = %g: winner %s, %s", result.lam, result.winner.architecture, result.outcome)
        if result.winner.violation:
            line = _none_keeps(bench, result)
            reporter.note(line)
            logger.warning("%s", line)


def _evaluated(
    bench: Workbench,
    reporter: Reporter,
    space: Space,
    supernet: Supernet,
    store: TrialStore,
    average_spikes: float,
    workers: int,
) -> tuple[list[SearchResult], list[dict[str, Any]]]:
    """The search, and the figures of the networks beside its winners; its evaluator's memory is free afterwards."""
    section = bench.config.search
    evaluator = SharedWeightsEvaluator(
        supernet.to(bench.device),
        bench.search_data,
        normalisation=bench.normalisation,
        batch_size=section.batch_size,
        precision=bench.config.run.precision,
        workers=workers,
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
        results = _search(bench, reporter, space, evaluator, store, average_spikes)
        return results, _compared(bench, reporter, evaluator)


def _winner(bench: Workbench, result: SearchResult) -> dict[str, Any]:
    """What is stored of the winner of one λ; with constraints also whether it keeps them with shared weights."""
    trial = result.winner
    stored: dict[str, Any] = {
        "lam": result.lam,
        "architecture": trial.architecture,
        "number": trial.number,
        "fitness": trial.fitness,
        "outcome": str(result.outcome),
    }
    if bench.constraints.every:
        counts = describe_plan(bench.architecture(trial.architecture).plan(bench.dimensions))
        values = {**measured_values(trial.measurement), "parameters": counts.parameters, "macs": counts.macs}
        stored["constraints"] = bench.constraints.checks(values)
    if result.finalists:
        stored["finalists"] = [one.as_dict() for one in result.finalists]
    return stored


def _none_keeps(bench: Workbench, result: SearchResult) -> str:
    values = measured_values(result.winner.measurement)
    checks = [one.check(values[one.quantity]) for one in bench.constraints.measured]
    missed = ", ".join(in_words(check) for check in checks if not check["kept"])
    spiking = [trial for trial in result.trials if trial.spikes_per_image > 0]
    who = f"{len(result.finalists)} finalists" if result.finalists else f"{len(spiking)} spiking candidates"
    return (
        f"λ = {result.lam:g}: none of the {who} keeps all constraints; the winner "
        f"{result.winner.architecture} breaks them least ({missed}). Loosen them, or search longer."
    )


def _chosen(bench: Workbench, reporter: Reporter, results: Sequence[SearchResult]) -> dict[str, Any]:
    """What is trained beside the winners. A winner that is among the chosen keeps its own name."""
    finalists = {result.lam: result.finalists for result in results}
    chosen, missing = choose(bench.config.train, {result.lam: result.trials for result in results}, finalists)
    won = {result.winner.architecture for result in results}
    tell_of_front(reporter, len(chosen), missing, bench.config.train.front_limit)
    return {
        "chosen": [
            {"label": one.label, "architecture": one.trial.architecture, "number": one.trial.number}
            for one in chosen
            if one.trial.architecture not in won
        ],
        **missing,
    }


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
    space: Space,
    evaluator: SharedWeightsEvaluator,
    store: TrialStore,
    average_spikes: float,
) -> list[SearchResult]:
    section = bench.config.search
    strategy = make_strategy(bench.config, space)
    reporter.phase("searching", planned_trials(space, strategy, section.lambdas), len(store))

    def on_trial(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        spikes = f" {best.spikes_per_image:,.0f} spikes" * bench.dimensions.spiking
        reporter.advance(done, f"λ {best.lam:g}: best {100 * best.accuracy:.1f}%{spikes}")

    return search_loop(
        space,
        strategy,
        evaluator,
        store,
        lams=section.lambdas,
        fitness=bench.fitness,
        average_spikes=average_spikes,
        seed=child_seed(bench.config.run.seed, "search"),
        source="shared-weights, recalibrated" if section.recalibrate else "shared-weights",
        racing=make_racing(bench.config),
        constraints=bench.constraints,
        on_trial=on_trial,
    )


def search_settings(section: SearchSection) -> dict[str, Any]:
    """`[search]` as the study keeps it. What is off is left out: a study begun before there was such a key goes on.

    So are finalists, which no trial depends on.
    """
    kept = section.model_dump(mode="json", exclude={"finalists"})
    if not section.racing:
        del kept["racing"], kept["confidence"]
    if not section.recalibrate:
        del kept["recalibrate"]
    if not section.constraints:
        del kept["constraints"]
    if section.strategy != "predictor":
        del kept["initial"], kept["model"]
    if not section.first_stage:
        del kept["score"], kept["first_stage"], kept["keep"]
    return kept


def _compared(bench: Workbench, reporter: Reporter, evaluator: SharedWeightsEvaluator) -> list[dict[str, Any]]:
    """The networks beside the winners; those inside the space with their figures under shared weights."""
    if outside := without_estimate(bench):
        line = (
            f"compare.estimates: {', '.join(outside)} left out: not in the space {bench.space.name} of the supernet, "
            "whose weights alone could show it; name it in compare.architectures to have it trained"
        )
        reporter.note(line)
        logger.info("%s", line)
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
