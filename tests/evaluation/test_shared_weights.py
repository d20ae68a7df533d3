"""Shared weights: the numbers of an architecture depend on the architecture alone."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.text import parse
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import UserError
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Evaluator, Measurement


@pytest.fixture(scope="module")
def evaluator(supernet: Supernet, digits: TensorData, normalisation: Normalisation) -> SharedWeightsEvaluator:
    return SharedWeightsEvaluator(supernet, digits, normalisation=normalisation, batch_size=25)


@pytest.fixture(scope="module")
def architectures(supernet: Supernet) -> list[Architecture]:
    draw = np.random.default_rng(0)
    return [supernet.space.sample(draw) for _ in range(6)]


@pytest.fixture(scope="module")
def expected(evaluator: SharedWeightsEvaluator, architectures: list[Architecture]) -> dict[str, Measurement]:
    protocol: Evaluator = evaluator
    found = protocol.evaluate(architectures)
    return {str(architecture): found_one for architecture, found_one in zip(architectures, found, strict=True)}


def test_paths_differ(expected: dict[str, Measurement]) -> None:
    assert len({found.spikes_per_image for found in expected.values()}) == len(expected) == 6
    assert any(found.layers[-1].spikes_per_image > 0 for found in expected.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
@given(data=st.data())
def test_order_repetition_and_grouping_change_nothing(
    evaluator: SharedWeightsEvaluator,
    architectures: list[Architecture],
    expected: dict[str, Measurement],
    data: st.DataObject,
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(architectures), max_size=4))
    assert list(evaluator.evaluate(chosen)) == [expected[str(one)] for one in chosen]


def test_it_is_the_extracted_network(
    evaluator: SharedWeightsEvaluator,
    architectures: list[Architecture],
    expected: dict[str, Measurement],
    digits: TensorData,
    normalisation: Normalisation,
) -> None:
    for architecture in architectures[:2]:
        child = evaluator.supernet.extract(architecture)
        assert measure(child, digits, normalisation=normalisation, batch_size=25) == expected[str(architecture)]


def test_the_first_result_does_not_wait_for_the_last(
    evaluator: SharedWeightsEvaluator, architectures: list[Architecture], expected: dict[str, Measurement]
) -> None:
    found = evaluator.evaluate(architectures)
    assert next(found) == expected[str(architectures[0])]


def test_a_negative_memory_is_refused(evaluator: SharedWeightsEvaluator) -> None:
    with pytest.raises(UserError, match="kept prefixes, -1 bytes"):
        SharedWeightsEvaluator(evaluator.supernet, evaluator.data, normalisation=evaluator.normalisation, kept_bytes=-1)


def test_strangers_are_refused_before_anything_runs(
    evaluator: SharedWeightsEvaluator, architectures: list[Architecture]
) -> None:
    with pytest.raises(UserError, match=r"SCB_k7 in tbd1 is not among its candidates"):
        evaluator.evaluate([*architectures, parse("autosnn:SCB_k7")])
    with pytest.raises(UserError, match="precision 'int8'"):
        SharedWeightsEvaluator(
            evaluator.supernet, evaluator.data, normalisation=evaluator.normalisation, precision="int8"
        )
