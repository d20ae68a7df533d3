"""Milliseconds that the study takes to store a trial, whole and on disk, and to read all of them back."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Spread
from spikesearch.architectures.describe import describe
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.studies.study import TrialStore, read_trials


def measurement(text: str, timesteps: int) -> Measurement:
    """As large as a real one: an entry for every layer that emits spikes, at a firing rate of a tenth."""
    layers = tuple(
        LayerActivity(
            name=layer.name,
            positions=layer.positions,
            spikes_per_image=0.1 * layer.positions * timesteps,
            firing_rate=0.1,
        )
        for layer in describe(text).layers
        if layer.positions
    )
    return Measurement(
        accuracy=0.5,
        spikes_per_image=sum(layer.spikes_per_image for layer in layers),
        firing_rate=0.1,
        layers=layers,
        images=10_000,
        correct=5_000,
    )


def run(*, trials: int = 600, block: int = 100, space: str = "autosnn") -> dict[str, Any]:
    """Store `trials` trials one by one; the figure of every `block` of them shows whether storing slows down."""
    chosen = get_space(space)
    rng = np.random.default_rng(0)
    milliseconds = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.db"
        store = TrialStore.open(file, chosen, {"seed": 0})
        for _ in range(trials):
            architecture = chosen.sample(rng)
            found = measurement(str(architecture), timesteps=8)
            start = time.perf_counter()
            store.add(architecture, found, lam=-0.08, fitness=found.accuracy, generation=0, source="shared-weights")
            milliseconds.append(1e3 * (time.perf_counter() - start))
        start = time.perf_counter()
        read = len(read_trials(file))
        reading = 1e3 * (time.perf_counter() - start)
        size = file.stat().st_size
    rows = [
        {
            "trials": f"{first + 1}–{min(first + block, trials)}",
            "ms per trial": Spread.of(milliseconds[first : first + block]).text(),
            "slowest": f"{max(milliseconds[first : first + block]):.0f}",
            "goal": "< 60",
        }
        for first in range(0, trials, block)
    ]
    return {
        "title": "Storing trials",
        "settings": {"trials": trials, "space": space},
        "tables": [
            {"caption": "Adding a finished trial to the study", "rows": rows},
            {
                "caption": "Reading all back",
                "rows": [{"trials": str(read), "ms": f"{reading:.0f}", "bytes per trial": f"{size / trials:.0f}"}],
            },
        ],
        "notes": ["A trial is on the disk when `add` returns. Measuring one takes a hundred milliseconds and more."],
        "milliseconds": milliseconds,
    }
