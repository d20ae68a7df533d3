"""An evaluator by arithmetic: real, deterministic, and with an optimum that can be computed slot by slot."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.strategies.racing import Partial, Stops


def worth(slot: int, block: str) -> int:
    """Images out of 1,000 that this block in this slot adds to the correct ones, 0…150."""
    return hashlib.sha256(f"{slot} {block}".encode()).digest()[0] % 151


def cost(slot: int, block: str) -> int:
    """Spikes per image that this block in this slot emits; `skip` none."""
    return 0 if block == "skip" else 1000 + 37 * hashlib.sha256(f"{slot} {block}".encode()).digest()[1]


class TabularEvaluator:
    """Sums `worth` and `cost` over the slots; remembers what it was asked, and can take its time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.asked: list[str] = []

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        for architecture in architectures:
            time.sleep(self.seconds)
            self.asked.append(str(architecture))
            yield measure(str(architecture).partition(": ")[2].split())


def measure(blocks: Iterable[str]) -> Measurement:
    """The measurement of an architecture with these blocks."""
    numbered = list(enumerate(blocks))
    correct = 100 + sum(worth(slot, block) for slot, block in numbered)
    layers = tuple(
        LayerActivity(
            name=f"tbd{slot + 1}.neuron",
            positions=4096,
            spikes_per_image=float(cost(slot, block)),
            firing_rate=cost(slot, block) / (4096 * 8),
        )
        for slot, block in numbered
    )
    spikes = sum(layer.spikes_per_image for layer in layers)
    rate = spikes / sum(layer.positions * 8 for layer in layers)
    return Measurement(
        accuracy=correct / 1000, spikes_per_image=spikes, firing_rate=rate, layers=layers, images=1000, correct=correct
    )


class RacingTable(TabularEvaluator):
    """The same accuracies and about the same spikes, image by image in 20 batches of 50: a `RacingEvaluator`."""

    images = 1000
    looks = 9

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        return iter(self.race(architectures, lambda partial: set()))

    def race(self, architectures: Sequence[Architecture], stops: Stops) -> list[Measurement]:
        self.asked += map(str, architectures)
        tables = [_images(str(architecture).partition(": ")[2].split()) for architecture in architectures]
        seen = dict.fromkeys(range(len(tables)), self.images)
        running = set(seen)
        for look in range(1, self.looks + 1):
            n = look * 100
            out = stops(
                {
                    i: Partial(n, int(tables[i][0][:n].sum()), tuple(tables[i][1][:n].reshape(-1, 50).mean(1).tolist()))
                    for i in sorted(running)
                }
            )
            assert out <= running
            running -= out
            seen |= dict.fromkeys(out, n)
        return [_measured(right[: seen[i]], spikes[: seen[i]]) for i, (right, spikes) in enumerate(tables)]


def _images(blocks: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """For each image whether it is classified rightly, and its spikes."""
    whole = measure(blocks)
    rng = np.random.default_rng(whole.correct)
    right = rng.permutation(np.arange(whole.images) < whole.correct)
    return right, whole.spikes_per_image * rng.uniform(0.8, 1.2, whole.images)


def _measured(right: np.ndarray, spikes: np.ndarray) -> Measurement:
    return Measurement(
        accuracy=int(right.sum()) / len(right),
        spikes_per_image=float(spikes.mean()),
        firing_rate=0.1,
        layers=(),
        images=len(right),
        correct=int(right.sum()),
    )
