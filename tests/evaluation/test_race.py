"""Racing with shared weights: exactly the images that were seen, for any number of workers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from spikesearch.architectures.architecture import Architecture
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.racing import Partial, RacingEvaluator

ORDER = 5


@pytest.fixture(scope="module")
def architectures(supernet: Supernet) -> list[Architecture]:
    draw = np.random.default_rng(0)
    return [supernet.space.sample(draw) for _ in range(5)]


@pytest.fixture
def keywords(normalisation: Normalisation) -> dict[str, Any]:
    """60 digits in nine batches, so five rounds."""
    return {"normalisation": normalisation, "batch_size": 7, "order": ORDER}


class Stopping:
    """Stops candidate 1 after the first round, 3 and 4 after the third; keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[int, Partial]] = []

    def __call__(self, partial: Mapping[int, Partial]) -> set[int]:
        self.told.append(dict(partial))
        return {1: {1}, 3: {3, 4}}.get(len(self.told), set())


def test_the_figures_are_those_of_the_images_seen(
    supernet: Supernet,
    digits: TensorData,
    normalisation: Normalisation,
    architectures: list[Architecture],
    keywords: dict[str, Any],
) -> None:
    evaluator = SharedWeightsEvaluator(supernet, digits, **keywords)
    protocol: RacingEvaluator = evaluator
    assert (protocol.images, protocol.looks) == (60, 4)
    stops = Stopping()
    found = protocol.race(architectures, stops)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(ORDER))
    seen = [60, 14, 60, 42, 42]
    for architecture, images, one in zip(architectures, seen, found, strict=True):
        part = TensorData(digits.images[order[:images]], digits.labels[order[:images]])
        path = supernet.space.encode(architecture)
        assert one == measure(supernet, part, normalisation=normalisation, batch_size=7, path=path)
    assert [sorted(told) for told in stops.told] == [[0, 1, 2, 3, 4], [0, 2, 3, 4], [0, 2, 3, 4], [0, 2]]
    for look, told in enumerate(stops.told, start=1):
        for partial in told.values():
            assert (partial.images, len(partial.batch_spikes)) == (14 * look, 2 * look)
    last = stops.told[2][3]
    assert last.correct == found[3].correct
    assert np.mean(last.batch_spikes) == pytest.approx(found[3].spikes_per_image)
    assert list(evaluator.evaluate(architectures))[::2][:2] == found[::2][:2]


def test_several_workers_tell_and_find_the_same(
    supernet: Supernet, digits: TensorData, architectures: list[Architecture], keywords: dict[str, Any]
) -> None:
    one, expected = Stopping(), Stopping()
    found = SharedWeightsEvaluator(supernet, digits, **keywords).race(architectures, expected)
    with SharedWeightsEvaluator(supernet, digits, **keywords, workers=3) as evaluator:
        assert evaluator.race(architectures, one) == found
        assert one.told == expected.told
        assert evaluator.race(architectures, lambda partial: set()) == list(evaluator.evaluate(architectures))


def test_all_may_stop_and_nobody_may_race(
    supernet: Supernet, digits: TensorData, architectures: list[Architecture], keywords: dict[str, Any]
) -> None:
    evaluator = SharedWeightsEvaluator(supernet, digits, **keywords)
    assert [one.images for one in evaluator.race(architectures, set)] == [14] * 5
    assert evaluator.race([], set) == []
    assert SharedWeightsEvaluator(supernet, digits, **keywords | {"batch_size": 30}).looks == 0
