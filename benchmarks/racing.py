"""What racing does to a search: the images it saves, and whether it finds the same winner."""

import tempfile
import time
from dataclasses import asdict
from pathlib import Path as File
from typing import Any

from benchmarks.peers.setting import Setting
from benchmarks.search_sides import LAMBDA, NORMALISATION, digits, load_supernet, train_supernet
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


def run(
    *,
    candidates: int = 100,
    images: int = 1400,
    steps: int = 200,
    timesteps: int = 4,
    batch: int = 96,
    channels: int = 8,
    size: int = 32,
    confidences: tuple[float, ...] = (0.95, 0.5),
    compiled: bool = True,
) -> dict[str, Any]:
    """The whole search on the same images in the same batches: without racing, and with each confidence.

    The images are digits that the supernet was trained on: there are 360 others, too few for a race.
    """
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size)
    found: dict[float | None, tuple[SearchResult, float, RacingEffect]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = File(name)
        file = folder / "supernet.pt"
        average_spikes = train_supernet(setting, steps, file, compiled)
        for confidence in (None, *confidences):
            found[confidence] = _searched(
                setting, file, images, candidates, average_spikes, folder, confidence, compiled
            )
    return {
        "title": "What racing does to a search",
        "settings": {**asdict(setting), "candidates": candidates, "images": images, "training steps": steps},
        "tables": [{"caption": "One evolution run", "rows": rows(found)}],
        "notes": ["One run each, one after another. The winner of a race saw all images, so its fitness is exact."],
    }


def rows(found: dict[float | None, tuple[SearchResult, float, RacingEffect]]) -> list[dict[str, str]]:
    """One row for each search, the one without racing first."""
    full, seconds, _ = found[None]
    exact = {trial.architecture for trial in full.trials}
    return [
        {
            "": "without racing" if confidence is None else f"racing, confidence {confidence:g}",
            "seconds": f"{took:.1f}",
            "times faster": f"{seconds / took:.2f}",
            "candidates stopped early": f"{effect.stopped_early} of {effect.candidates}",
            "image evaluations saved": f"{100 * effect.images_saved:.1f}%",
            "same winner": "yes" if result.winner.architecture == full.winner.architecture else "no",
            "fitness of its winner / without": f"{result.winner.fitness / full.winner.fitness:.4f}",
            "same proposals": f"{sum(trial.architecture in exact for trial in result.trials)} of {len(exact)}",
        }
        for confidence, (result, took, effect) in found.items()
    ]


def _searched(
    setting: Setting,
    file: File,
    images: int,
    candidates: int,
    average_spikes: float,
    folder: File,
    confidence: float | None,
    compiled: bool,
) -> tuple[SearchResult, float, RacingEffect]:
    space = get_space("autosnn")
    train, _ = digits(setting.size)
    data = TensorData(train.images[:images], train.labels[:images]).to(setting.device)
    evaluator = SharedWeightsEvaluator(
        load_supernet(setting, file, compiled=compiled),
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
