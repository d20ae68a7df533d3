"""What the comparison of evaluations starts from: a trained supernet, the generations of a search, and the sides."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path as File
from typing import Any

import torch
from torch import Tensor

from benchmarks import ours
from benchmarks.limits import ConvolutionsAlone
from benchmarks.peers.setting import Path, Setting, sampled_paths
from benchmarks.sides import Side
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.digits import load_digits
from spikesearch.data.loader import TensorData, training_batches
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.recorder import record
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.strategy import Scored
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions

LAMBDA = -0.08  # the paper's default
FINALISTS = 10  # as `search.finalists = 10`
NORMALISATION = Normalisation(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
Generation = tuple[int, tuple[Path, ...]]
"""Its number, and its candidates."""


def digits(size: int) -> tuple[TensorData, TensorData]:
    """Training and test part of the digits, three channels, enlarged to `size`."""
    found = load_digits(size)
    parts = [TensorData.load(part) for part in (found.train, found.test)]
    train, test = (TensorData(part.images.expand(-1, 3, -1, -1).contiguous(), part.labels) for part in parts)
    return train, test


def train_supernet(setting: Setting, steps: int, file: File, compiled: bool) -> float:
    """Train ours for some steps, store its weights, return the mean spikes per image of the last tenth (N_avg)."""
    network = ours.build(setting, compiled=compiled).train()
    options = TrainingOptions(batch_size=setting.batch)
    step = TrainingStep(network, make_optimizer(network, options), options)
    train, _ = digits(setting.size)
    paths = sampled_paths(steps, seed=2)
    spikes: list[float] = []
    epoch = 0
    while len(spikes) < steps:
        batches = training_batches(
            train, setting.batch, normalisation=NORMALISATION, augmentation=Augmentation(), seed=0, epoch=epoch
        )
        for (x, labels), path in zip(batches, paths[len(spikes) :], strict=False):
            with record(network) as activity:
                step(x.to(setting.device), labels.to(setting.device), path)
            spikes.append(activity.spikes_per_image)
        epoch += 1
    torch.save(network.state_dict(), file)
    last = spikes[-max(1, steps // 10) :]
    return sum(last) / len(last)


def load_supernet(setting: Setting, file: File, compiled: bool) -> Supernet:
    """Ours with the stored weights."""
    network = ours.build(setting, compiled=compiled)
    network.load_state_dict(torch.load(file, weights_only=True))
    return network.eval()


def validation_part(setting: Setting, images: int) -> TensorData:
    """The first images of the digits' test part, where the comparison runs."""
    _, test = digits(setting.size)
    return TensorData(test.images[:images], test.labels[:images]).to(setting.device)


def search(setting: Setting, file: File, images: int, candidates: int, average_spikes: float) -> list[Generation]:
    """The generations of one evolution run with true fitness, 20 candidates each (Algorithm 1)."""
    network, data, space = (
        load_supernet(setting, file, compiled=False),
        validation_part(setting, images),
        get_space("autosnn"),
    )
    strategy = Evolution(rounds=max(1, candidates // 20))
    evaluator = SharedWeightsEvaluator(network, data, normalisation=NORMALISATION, batch_size=setting.batch)
    history: list[Scored] = []
    generations: list[Generation] = []
    for number in range(strategy.rounds):
        proposed = strategy.propose(space, history, number, seed=0)
        for architecture, found in zip(proposed, evaluator.evaluate(proposed), strict=True):
            history.append(Scored(architecture, fitness(found, average_spikes)))
        generations.append((number, tuple(space.encode(architecture) for architecture in proposed)))
    return generations


def fitness(found: Measurement, average_spikes: float) -> float:
    """AutoSNN's, with the default λ."""
    value: float = exponential_fitness(found.accuracy, found.spikes_per_image, average_spikes, LAMBDA)
    return value


class Ours:
    """An evaluator as a search has it: new at generation 0, then the same one for the whole search.

    Several workers have one thread each, and divide the batch that one process takes at a time.
    """

    def __init__(
        self, setting: Setting, file: File, images: int, precision: str, compiled: bool, workers: int = 1
    ) -> None:
        keep_freed_memory()
        self.network, self.data = load_supernet(setting, file, compiled), validation_part(setting, images)
        self.batch, self.precision, self.workers = setting.batch // workers, precision, workers
        self.evaluator: SharedWeightsEvaluator | None = None

    def __call__(self, generation: Generation) -> list[Measurement]:
        """Measure the candidates of one generation."""
        number, paths = generation
        if number == 0 or self.evaluator is None:
            if self.evaluator is not None:
                self.evaluator.close()
            self.evaluator = self.new_evaluator(self.precision)
        return list(self.evaluator.evaluate([self.network.space.decode(path) for path in paths]))

    def new_evaluator(self, precision: str) -> SharedWeightsEvaluator:
        """One that has kept no prefix yet."""
        return SharedWeightsEvaluator(
            self.network,
            self.data,
            normalisation=NORMALISATION,
            batch_size=self.batch,
            precision=precision,
            workers=self.workers,
        )


class OursWithFinalists(Ours):
    """As `Ours`; behind the last generation the best of all are measured once more, in fp32 (`search.finalists`)."""

    def __init__(self, *, last: int, average_spikes: float, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.last, self.average_spikes = last, average_spikes
        self.found: dict[Path, float] = {}  # fitness in `precision`

    def __call__(self, generation: Generation) -> list[Measurement]:
        """Measure the candidates of one generation, and the finalists behind the last one."""
        number, paths = generation
        if number == 0:
            self.found = {}
        measured = super().__call__(generation)
        self.found |= {path: fitness(one, self.average_spikes) for path, one in zip(paths, measured, strict=True)}
        if number == self.last:
            best = sorted(self.found, key=lambda path: -self.found[path])[:FINALISTS]
            evaluator = self.new_evaluator("fp32")
            evaluator.evaluate([self.network.space.decode(path) for path in best])
            evaluator.close()
        return measured


def ours_side(**keywords: Any) -> Callable[[Generation], object]:
    """Ours, as a search uses it."""
    return Ours(**keywords)


def finalists_side(**keywords: Any) -> Callable[[Generation], object]:
    """The same, with finalists."""
    return OursWithFinalists(**keywords)


def single_side(
    setting: Setting, file: File, images: int, precision: str, compiled: bool
) -> Callable[[Generation], list[Measurement]]:
    """Ours, one candidate after another: each path from the image on."""
    keep_freed_memory()
    network, data = load_supernet(setting, file, compiled), validation_part(setting, images)

    def run_all(generation: Generation) -> list[Measurement]:
        return [
            measure(
                network, data, normalisation=NORMALISATION, batch_size=setting.batch, path=path, precision=precision
            )
            for path in generation[1]
        ]

    return run_all


def loop_side(setting: Setting, file: File, images: int) -> Callable[[Generation], list[tuple[float, float]]]:
    """Peer (a), one candidate after another."""
    from benchmarks.peers.agreement import peer_weights
    from benchmarks.peers.timestep_loop import TimestepLoop, evaluate

    network = TimestepLoop(setting).to(setting.device)
    network.load_state_dict(peer_weights(network.state_dict(), torch.load(file, weights_only=True)))
    batches = list(normalised_batches(validation_part(setting, images), setting.batch))
    return lambda generation: [evaluate(network, batches, path) for path in generation[1]]


def normalised_batches(data: TensorData, batch: int) -> Iterable[tuple[Tensor, Tensor]]:
    """Images as a network sees them, batch by batch."""
    for start in range(0, len(data), batch):
        part = slice(start, start + batch)
        yield (data.images[part].float() / 255 - 0.5) / 0.5, data.labels[part]


def convolutions_side(
    setting: Setting, images: int, paths: Sequence[Path], precision: str
) -> Callable[[Generation], object]:
    """The limit for one after another: the forward convolutions alone, of every candidate and batch."""
    keep_freed_memory()
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    limit = ConvolutionsAlone(setting, list(paths), dtype)
    batches = max(1, images // setting.batch)

    def run_all(generation: Generation) -> None:
        for path in generation[1]:
            for _ in range(batches):
                limit.evaluate(path)

    return run_all


def all_sides(
    setting: Setting, file: File, images: int, compiled: bool, generations: Sequence[Generation], average_spikes: float
) -> dict[str, Side]:
    """Short name → side."""
    paths = [path for _, found in generations for path in found]
    data: dict[str, Any] = {"setting": setting, "file": file, "images": images}
    here = data | {"compiled": compiled}
    limit: dict[str, Any] = {"setting": setting, "images": images, "paths": paths}
    return {
        "ours-fp32": Side(name="ours, fp32", make=ours_side, keywords=here | {"precision": "fp32"}),
        "ours-bf16": Side(name="ours, bf16", make=ours_side, keywords=here | {"precision": "bf16"}),
        "finalists": Side(
            name=f"ours, bf16, and its best {FINALISTS} again in fp32",
            make=finalists_side,
            keywords=here | {"precision": "bf16", "last": generations[-1][0], "average_spikes": average_spikes},
        ),
        "workers-fp32": Side(
            name="ours, fp32, 2 workers", make=ours_side, keywords=here | {"precision": "fp32", "workers": 2}
        ),
        "workers-bf16": Side(
            name="ours, bf16, 2 workers", make=ours_side, keywords=here | {"precision": "bf16", "workers": 2}
        ),
        "single-fp32": Side(
            name="ours, fp32, one after another", make=single_side, keywords=here | {"precision": "fp32"}
        ),
        "single-bf16": Side(
            name="ours, bf16, one after another", make=single_side, keywords=here | {"precision": "bf16"}
        ),
        "loop": Side(
            name="(a) loop over timesteps, one after another",
            make=loop_side,
            keywords=data,
            requires=("spikingjelly",),
        ),
        "convs-fp32": Side(
            name="convolutions alone, fp32", make=convolutions_side, keywords=limit | {"precision": "fp32"}
        ),
        "convs-bf16": Side(
            name="convolutions alone, bf16", make=convolutions_side, keywords=limit | {"precision": "bf16"}
        ),
    }
