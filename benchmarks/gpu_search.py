"""The paper's whole CIFAR-10 search on this device: minutes, extrapolated from a measured stretch of it.

600 epochs of the supernet on 40,000 images in batches of 96 (C = 16, T = 8), then 200 candidates on 10,000 images. The
authors report 7 GPU hours on an RTX 2080 Ti. Images are random bytes: a step's time does not depend on what they show.
"""

import importlib.util
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks import ours
from benchmarks.harness import Spread, significant, synchronise, timed
from benchmarks.peers.setting import Setting, sampled_paths
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.loader import TensorData, batch_bounds, training_batches
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.recorder import record
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.strategy import Scored
from spikesearch.training.graphs import GraphedForward
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions
from spikesearch.training.precision import allow_tf32
from spikesearch.training.state import save_training_state
from spikesearch.training.watch import Watch, check_weights

NORMALISATION = Normalisation((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))
GOAL_MINUTES = 15.0
GENERATION = 20  # candidates
WRITES = importlib.util.find_spec("safetensors") is not None


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to run the search."""

    name: str
    precision: str
    graphs: bool


WAYS = {
    "bf16-graphs": Way(name="bf16, CUDA graphs", precision="bf16", graphs=True),
    "bf16": Way(name="bf16", precision="bf16", graphs=False),
    "tf32-graphs": Way(name="fp32 (TF32), CUDA graphs", precision="fp32", graphs=True),
    "tf32": Way(name="fp32 (TF32)", precision="fp32", graphs=False),
}


class Search:
    """A supernet in training and its evaluation, as a run has them."""

    def __init__(self, way: Way, setting: Setting, train: TensorData, steps: int, compiled: bool) -> None:
        self.way, self.setting, self.train, self.steps = way, setting, train, steps
        self.network = ours.build(setting, compiled=compiled).train()
        options = TrainingOptions(precision=way.precision, batch_size=setting.batch)
        graphed = GraphedForward(self.network, setting.batch, way.precision) if way.graphs else None
        self.graphed = graphed
        self.step = TrainingStep(self.network, make_optimizer(self.network, options), options, graphed=graphed)
        self.epoch = 0
        self.average_spikes = 1.0

    def warm_up(self) -> None:
        """Every candidate of every slot behind different ones: compiles, records graphs, fills the allocator."""
        images, labels = self.setting.batch_of_images()
        same = [(choice,) * 5 for choice in range(5)]
        for path in [*same, *same, *sampled_paths(3 * len(same), seed=5)]:
            self.step(images, labels, path)

    def start_epoch(self) -> None:
        """What an epoch costs before its steps: drawing and moving order and augmentation. Includes one batch."""
        next(self._batches())

    def end_epoch(self) -> None:
        """What it costs behind them: looking at all weights, and writing the state if safetensors is there."""
        check_weights(self.network, self.epoch)
        if WRITES:
            with tempfile.TemporaryDirectory() as folder:
                save_training_state(Path(folder) / "state", self.network, self.step.optimizer, settings={}, history=[])

    def stretch(self) -> None:
        """So many steps as `fit` makes them: batch, step, counts, and the figures read at the end."""
        self.epoch += 1
        watch = Watch(self.steps, self.epoch, self.train.device)
        with record(self.network) as activity:
            for path in sampled_paths(self.steps, seed=self.epoch):
                x, labels = next(self.batches)
                watch.add(*self.step(x, labels, path))
        watch.loss_and_accuracy()
        self.average_spikes = activity.spikes_per_image

    def ready(self) -> None:
        """Lays the epoch's batches ready, so that `stretch` is steps alone."""
        self.batches = self._batches()
        next(self.batches)

    def evaluate(self, validation: TensorData, candidates: int, batch: int) -> list[float]:
        """Seconds of each generation of an evolution with its kept prefixes."""
        network, space = self.network, self.network.space
        evaluator = SharedWeightsEvaluator(
            network, validation, normalisation=NORMALISATION, batch_size=batch, precision=self.way.precision
        )
        generations = -(-candidates // GENERATION)
        size = min(GENERATION, candidates)
        strategy = Evolution(
            rounds=generations, population=size, parents=max(1, size // 2), mutations=size // 2, crossovers=size // 2
        )
        history: list[Scored] = []
        seconds = []
        for number in range(generations):
            proposed = strategy.propose(space, history, number, seed=0)

            def measure(batch: Sequence[Any]) -> None:
                for architecture, found in zip(batch, evaluator.evaluate(batch), strict=True):
                    fitness = exponential_fitness(
                        found.accuracy, found.spikes_per_image, max(self.average_spikes, 1.0), -0.08
                    )
                    history.append(Scored(architecture, fitness))

            seconds.append(timed(measure, proposed, self.setting.device))
        return seconds

    def _batches(self) -> Any:
        return training_batches(
            self.train,
            self.setting.batch,
            normalisation=NORMALISATION,
            augmentation=Augmentation(),
            seed=0,
            epoch=self.epoch,
        )


def random_images(count: int, size: int, device: str) -> TensorData:
    """Bytes and labels without meaning, on the device."""
    generator = torch.Generator().manual_seed(count)
    pixels = torch.randint(256, (count, 3, size, size), generator=generator, dtype=torch.uint8)
    return TensorData(pixels.to(device), torch.randint(10, (count,), generator=generator).to(device))


def run(
    *,
    ways: tuple[str, ...] = ("bf16-graphs", "bf16", "tf32-graphs", "tf32"),
    steps: int = 50,
    rounds: int = 7,
    candidates: int = 40,
    timesteps: int = 8,
    batch: int = 96,
    channels: int = 16,
    size: int = 32,
    epochs: int = 600,
    all_candidates: int = 200,
    train_images: int = 40_000,
    validation_images: int = 10_000,
    search_batch: int = 500,
    compiled: bool = True,
    device: str = "cuda",
) -> dict[str, Any]:
    """Measure steps, the start of an epoch and some generations, and add them up.

    A round is `steps` training steps of every way in turn; the first of the ways that works also evaluates
    `candidates`. Ways with graphs are left out where there are none.
    """
    setting = Setting(timesteps=timesteps, batch=batch, channels=channels, size=size, device=device)
    train = random_images(train_images, size, device)
    validation = random_images(validation_images, size, device)
    chosen = {name: WAYS[name] for name in ways if device.startswith("cuda") or not WAYS[name].graphs}
    notes, searches = [], {}
    allow_tf32(True, torch.device(device))
    for name, way in chosen.items():
        began = time.perf_counter()
        try:
            search = Search(way, setting, train, steps, compiled)
            search.warm_up()
        except RuntimeError as error:
            notes.append(f"left out, {way.name}: {str(error).splitlines()[0]}")
            continue
        synchronise(device)
        notes.append(f"{way.name}: warm after {time.perf_counter() - began:.0f} s, {graphs_text(search)}")
        searches[name] = search
    seconds = measure_steps(searches, rounds, device)
    between = {name: measure_epochs(search, device) for name, search in searches.items()}
    generations = {name: search.evaluate(validation, candidates, search_batch) for name, search in searches.items()}
    steps_each = len(batch_bounds(train_images, batch))
    rows = [
        minutes_row(
            searches[name].way.name,
            Spread.of(seconds[name]),
            between[name],
            generations[name],
            steps_each * epochs,
            epochs,
            all_candidates / min(candidates, len(generations[name]) * GENERATION),
            batch,
            setting == Setting(device="cuda") and (steps_each, epochs, all_candidates) == (417, 600, 200),
        )
        for name in searches
    ]
    return {
        "title": "The paper's CIFAR-10 search, extrapolated",
        "settings": {
            "timesteps": timesteps,
            "batch": batch,
            "channels": channels,
            "size": size,
            "epochs": epochs,
            "steps an epoch": steps_each,
            "candidates": all_candidates,
            "steps measured": steps,
            "rounds": rounds,
            "candidates measured": candidates,
            "compiled": compiled,
            "device": device,
        },
        "tables": [{"caption": f"Minutes for the whole search (goal on one H200: ≤ {GOAL_MINUTES:g})", "rows": rows}],
        "notes": [
            "Images are random bytes. A step holds augmentation, forward, loss, backward, norm, update and the counts.",
            "Minutes: epochs · (what an epoch costs beside its steps + steps · median time of a step) + candidates. "
            "Compiling and recording graphs come on top, once, as listed below; the report is not counted.",
            "Beside its steps an epoch draws its order and augmentation, looks at all weights"
            + (" and writes its state." if WRITES else "; its state is not written, safetensors is not installed."),
            "Candidates measured are the first generations of an evolution, which share the fewest prefixes.",
            *notes,
        ],
        "seconds": {"step": seconds, "epoch beside its steps": between, "generations": generations},
    }


def graphs_text(search: Search) -> str:
    """Whether graphs are at work."""
    if search.graphed is None:
        return "no graphs"
    return f"{len(search.graphed)} graphs" if search.graphed.working else "recording graphs FAILED, runs without"


def measure_steps(searches: dict[str, Search], rounds: int, device: str) -> dict[str, list[float]]:
    """Seconds of one step, for each round; one round before is thrown away."""
    found: dict[str, list[float]] = {name: [] for name in searches}
    for number in range(rounds + 1):
        for name, search in searches.items():
            search.ready()
            one = timed(call(search.stretch), None, device) / search.steps
            if number:
                found[name].append(one)
    return found


def measure_epochs(search: Search, device: str) -> float:
    """Seconds that an epoch takes beside its steps; medians of three after one."""
    parts = (search.start_epoch, search.end_epoch)
    return sum(Spread.of([timed(call(part), None, device) for _ in range(4)][1:]).median for part in parts)


def call(function: Callable[[], object]) -> Callable[[object], object]:
    """As `timed` wants it."""
    return lambda _: function()


def minutes_row(
    name: str,
    step: Spread,
    between: float,
    generations: Sequence[float],
    steps: int,
    epochs: int,
    times: float,
    batch: int,
    goal: bool,
) -> dict[str, str]:
    """One row: what was measured, and what it adds up to; the goal only where it is the paper's search."""
    training = (steps * step.median + epochs * between) / 60
    search = sum(generations) * times / 60
    return {
        "": name,
        "ms per step": step.text(1e3),
        "images per second": significant(batch / step.median),
        "ms of an epoch beside its steps": significant(1e3 * between),
        "supernet, minutes": significant(training),
        "candidates, minutes": significant(search),
        "whole search, minutes": significant(training + search),
        **({"goal": "met" if training + search <= GOAL_MINUTES else "missed"} if goal else {}),
    }
