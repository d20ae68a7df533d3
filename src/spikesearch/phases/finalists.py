"""The last step of a search with shared weights: its best candidates are measured again, and the best of them wins."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from spikesearch.assembly.workbench import Workbench
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
from spikesearch.studies.driver import SearchResult
from spikesearch.studies.finalists import decided, nominated
from spikesearch.studies.progress import Reporter

logger = logging.getLogger("spikesearch")

PRECISION = "fp32"
"""Of the second measurement, whatever `run.precision` is: bfloat16 alone moves accuracies by more than what candidates
at the top differ by."""


def measured_again(
    bench: Workbench,
    reporter: Reporter,
    supernet: Supernet,
    results: Sequence[SearchResult],
    *,
    average_spikes: float,
    workers: int,
) -> list[SearchResult]:
    """The results with the winners that are chosen among the finalists; unchanged without `search.finalists`.

    Nothing of it is stored on the way: an interrupted search measures its finalists once more, with the same figures.

    Args:
        bench: of the run.
        reporter: hears of each finalist.
        supernet: trained, with the weights of the search.
        results: what the search found for each λ.
        average_spikes: N_avg.
        workers: processes that may divide the images.
    """
    count = bench.config.search.finalists
    if not count:
        return list(results)
    if not _finer(bench):
        reporter.note(
            f"search.finalists = {count} changes nothing here: the search measures all candidates in {PRECISION} on "
            "all validation images"
        )
    nominees = {result.lam: nominated(result.trials, count) for result in results}
    texts = dict.fromkeys(trial.architecture for trials in nominees.values() for trial in trials)
    measured = _measured(bench, reporter, supernet, list(texts), workers)

    def score(accuracy: float, spikes: float, lam: float) -> float:
        return bench.fitness(accuracy, spikes, average_spikes, lam)

    found = []
    for result in results:
        finalists = decided(nominees[result.lam], measured, result.lam, score, bench.constraints)
        place = [trial.number for trial in nominees[result.lam]].index(finalists[0].trial.number)
        logger.info(
            "λ = %g: %d finalists measured again in %s on %d images; the best of them was number %d of the search",
            result.lam,
            len(finalists),
            PRECISION,
            finalists[0].again.images,
            place + 1,
        )
        found.append(replace(result, winner=finalists[0].again, finalists=finalists))
    return found


def _finer(bench: Workbench) -> bool:
    """Whether the second measurement differs from the first in anything."""
    section = bench.config.search
    part = len(bench.search_data) < len(bench.validation_data)
    return part or section.racing or bench.config.run.precision != PRECISION


def _measured(
    bench: Workbench, reporter: Reporter, supernet: Supernet, texts: Sequence[str], workers: int
) -> dict[str, Measurement]:
    """Architecture → its figures, each measured once for all λ."""
    reporter.phase("measuring finalists", len(texts))
    measured: dict[str, Measurement] = {}
    with SharedWeightsEvaluator(
        supernet,
        bench.validation_data,
        normalisation=bench.normalisation,
        batch_size=bench.config.search.batch_size,
        precision=PRECISION,
        kept_bytes=0,  # all are asked for at once, and so share their first blocks anyway
        workers=workers,
        threads=bench.threads,
        calibration=bench.calibration_images,
    ) as evaluator:
        found = evaluator.evaluate([bench.architecture(text) for text in texts])
        for done, (text, figures) in enumerate(zip(texts, found, strict=True), 1):
            measured[text] = figures
            reporter.advance(done, f"{100 * figures.accuracy:.1f}%")
    return measured
