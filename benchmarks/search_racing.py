"""What racing does to a search: the images it saves, and whether it finds the same winner."""

import time
from pathlib import Path as File

from benchmarks.peers.setting import Setting
from benchmarks.search_sides import LAMBDA, NORMALISATION, digits, load_supernet
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.racing import Racing
from spikesearch.studies.driver import SearchResult, search_loop
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import RacingEffect

BATCHES = 20  # rounds of two


def racing_rows(
    setting: Setting, file: File, images: int, candidates: int, average_spikes: float, folder: File
) -> list[dict[str, str]]:
    """The whole search on the same images in the same batches: without racing, and with two confidences."""
    found: dict[float | None, tuple[SearchResult, float, RacingEffect]] = {}
    for confidence in (None, 0.95, 0.5):
        found[confidence] = _searched(setting, file, images, candidates, average_spikes, folder, confidence)
    full, seconds, _ = found[None]
    exact = {trial.architecture: trial.fitness for trial in full.trials}
    rows = []
    for confidence, (result, took, effect) in found.items():
        winner = result.winner
        # fitness on all images is exact: the winner saw them all
        rows.append(
            {
                "": "without racing" if confidence is None else f"racing, confidence {confidence:g}",
                "seconds": f"{took:.1f}",
                "times faster": f"{seconds / took:.2f}",
                "candidates stopped early": f"{effect.stopped_early} of {effect.candidates}",
                "image evaluations saved": f"{100 * effect.images_saved:.1f}%",
                "same winner": "yes" if winner.architecture == full.winner.architecture else "no",
                "fitness of its winner / without": f"{winner.fitness / full.winner.fitness:.4f}",
                "same proposals": f"{sum(trial.architecture in exact for trial in result.trials)} of {len(exact)}",
            }
        )
    return rows


def _searched(
    setting: Setting,
    file: File,
    images: int,
    candidates: int,
    average_spikes: float,
    folder: File,
    confidence: float | None,
) -> tuple[SearchResult, float, RacingEffect]:
    space = get_space("autosnn")
    train, _ = digits(setting.size)
    data = TensorData(train.images[:images], train.labels[:images]).to(setting.device)
    evaluator = SharedWeightsEvaluator(
        load_supernet(setting, file, compiled=False),
        data,
        normalisation=NORMALISATION,
        batch_size=-(-len(data) // BATCHES),
        order=0,
    )
    strategy = Evolution(rounds=max(1, candidates // 20))
    began = time.perf_counter()
    store = TrialStore.open(folder / f"racing-{confidence}.db", space, {})
    (result,) = search_loop(
        space,
        strategy,
        evaluator,
        store,
        lams=[LAMBDA],
        fitness=exponential_fitness,
        average_spikes=average_spikes,
        seed=0,
        racing=None if confidence is None else Racing(strategy.parents, confidence),
    )
    return result, time.perf_counter() - began, RacingEffect.of(store.load(), len(data))
