"""Runs as the report sees them: real architectures and plans, made-up but consistent measurements."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.text import parse
from spikesearch.reports.data import (
    Command,
    DataFacts,
    EpochFigures,
    Network,
    ReportData,
    SearchFacts,
    Training,
    TrialFigures,
    Winner,
    network_from_plan,
)
from spikesearch.strategies.evaluator import LayerActivity, Measurement
from spikesearch.strategies.objectives import exponential_fitness

BEST = "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
AVERAGE_SPIKES = 5200.0


def measurement(plan: Plan, *, correct: int, images: int, rate: float) -> Measurement:
    """Every spiking layer fires at `rate`, thinning out by 5% from layer to layer."""
    layers = []
    for i, layer in enumerate(layer for layer in plan.layers() if layer.positions or layer.readout):
        positions = layer.positions or math.prod(layer.output)
        firing = rate * 0.95**i
        spikes = positions * plan.dimensions.timesteps * firing
        layers.append(LayerActivity(name=layer.name, positions=positions, spikes_per_image=spikes, firing_rate=firing))
    total = sum(layer.spikes_per_image for layer in layers)
    without = [layer for layer in layers if not layer.name.startswith("fc.")]
    places = sum(layer.positions for layer in without) * plan.dimensions.timesteps
    return Measurement(
        accuracy=correct / images,
        correct=correct,
        images=images,
        spikes_per_image=total,
        firing_rate=sum(layer.spikes_per_image for layer in without) / places,
        layers=tuple(layers),
    )


def curve(epochs: int, *, last: float, spikes: float) -> tuple[EpochFigures, ...]:
    """A training that approaches the accuracy `last`."""
    return tuple(
        EpochFigures(
            epoch=i,
            loss=0.09 * math.exp(-i / 7) + 0.01,
            accuracy=last * (1 - math.exp(-i / 5)),
            spikes_per_image=spikes * (1 + math.exp(-i / 4)),
        )
        for i in range(1, epochs + 1)
    )


def network(
    text: str,
    dimensions: Dimensions,
    *,
    label: str = "",
    correct: int = 350,
    estimate: int = 203,
    rate: float = 0.1,
    trained: bool = True,
) -> Network:
    """`correct` of 360 test images are right when trained, `estimate` of 288 validation images with shared weights."""
    plan = parse(text).plan(dimensions)
    test = measurement(plan, correct=correct, images=360, rate=rate)
    training = Training(
        test=test,
        validation=measurement(plan, correct=round(correct * 0.8), images=288, rate=rate),
        curve=curve(30, last=min(1.0, correct / 360), spikes=test.spikes_per_image),
    )
    return network_from_plan(
        plan,
        label=label,
        shared=measurement(plan, correct=estimate, images=288, rate=1.1 * rate),
        trained=training if trained else None,
    )


def trials(number: int, lambdas: Sequence[float] = (-0.08,), space: str = "autosnn") -> tuple[TrialFigures, ...]:
    """`number` candidates of the space, shared out among the λ, 20 in a generation, better from round to round."""
    generator = random.Random(7)
    found = get_space(space)
    result = []
    share = -(-number // len(lambdas))
    codes = generator.sample(range(found.size), share) if found.size >= share else list(range(share))
    for i in range(number):
        lam, place = lambdas[i // share], i % share
        code, choices = codes[place], []
        for size in found.choices:
            code, choice = divmod(code, size)
            choices.append(choice)
        own = random.Random(codes[place])
        weight = sum(choices) / (4 * len(choices))
        spikes = 2500 + 6000 * weight * own.uniform(0.7, 1.2)
        accuracy = 0.40 + 0.3 * weight**0.4 + own.gauss(0, 0.03) + 0.02 * place / share
        accuracy = round(accuracy * 288) / 288
        result.append(
            TrialFigures(
                number=i,
                generation=place // 20,
                architecture=str(found.decode(tuple(choices))),
                lam=lam,
                accuracy=accuracy,
                spikes_per_image=spikes,
                fitness=exponential_fitness(accuracy, spikes, AVERAGE_SPIKES, lam),
            )
        )
    return tuple(result)


WINNERS = {
    -0.08: (BEST, 350, 222, 0.1),
    0.0: ("autosnn: SRB_k5 SRB_k5 SRB_k5 SCB_k5 SRB_k5", 352, 226, 0.11),
    -0.16: ("autosnn: SRB_k5 SRB_k5 skip SRB_k5 SRB_k5", 347, 217, 0.09),
    -0.24: ("autosnn: skip SRB_k5 skip SCB_k5 SRB_k5", 341, 208, 0.08),
}


def make_report(
    *, lambdas: Sequence[float] = (-0.08,), trial_count: int = 200, trained: bool = True, **changes: Any
) -> ReportData:
    """A finished run on digits; `changes` replace fields of `ReportData`."""
    dimensions = Dimensions(channels=8, timesteps=4, classes=10, image=(1, 16, 16))
    share = -(-trial_count // max(1, len(lambdas)))
    candidates = list(trials(trial_count, lambdas)) if trial_count else []
    winners = []
    for i, lam in enumerate(lambdas):
        text, correct, estimate, rate = WINNERS[lam]
        found = network(text, dimensions, correct=correct, estimate=estimate, rate=rate, trained=trained)
        shared = found.shared
        assert shared is not None
        fitness = exponential_fitness(shared.accuracy, shared.spikes_per_image, AVERAGE_SPIKES, lam)
        number = min(i * share + min(115, share - 1), trial_count - 1)
        winners.append(Winner(lam=lam, network=found, fitness=fitness, number=number))
        if candidates:
            candidates[number] = replace(
                candidates[number],
                architecture=found.architecture,
                accuracy=shared.accuracy,
                spikes_per_image=shared.spikes_per_image,
                fitness=fitness,
            )
    comparisons = (
        network("autosnn:SRB_k3", dimensions, label="all SRB_k3", correct=349, rate=0.14, trained=trained),
        network("autosnn:SCB_k3", dimensions, label="all SCB_k3", correct=344, rate=0.12, trained=trained),
        network("SCB_k3 SRB_k3 skip skip SRB_k5", dimensions, label="random", correct=339, rate=0.11, trained=trained),
    )
    values: dict[str, Any] = {
        "run": "digits-20260101-120000",
        "data": DataFacts(name="digits", image=(1, 16, 16), classes=10, train=1149, validation=288, test=360),
        "space": "autosnn",
        "space_size": 3125,
        "dimensions": dimensions.as_dict(),
        "seed": 0,
        "created": "2026-01-01 12:00",
        "machine": {"device": "cpu", "threads": 2, "precision": "fp32", "compiled kernels": "no"},
        "versions": {"spikesearch": "0.1.0", "torch": "2.13.0", "Python": "3.11.7"},
        "durations": {"supernet": 62.0, "search": 31.4, "training": 48.0},
        "supernet": curve(40, last=0.74, spikes=AVERAGE_SPIKES),
        "average_spikes": AVERAGE_SPIKES,
        "search": SearchFacts(settings={"rounds": 10, "population": 20, "mutation probability": 0.2}, budget=200),
        "trials": tuple(candidates),
        "winners": tuple(winners),
        "comparisons": comparisons,
        "repeat": (
            Command(text="spikesearch search digits --seed 0", comment="the whole run"),
            Command(text="spikesearch report runs/digits-20260101-120000", comment="this page again"),
        ),
        "notes": ("The digits are enlarged from 8×8 to 16×16 pixels.",),
    }
    return ReportData(**{**values, **changes})


@pytest.fixture
def report() -> Callable[..., ReportData]:
    """`make_report`, which builds a finished run with some things changed."""
    return make_report


@pytest.fixture(name="network")
def network_fixture() -> Callable[..., Network]:
    """`network`, which builds one real network with made-up measurements."""
    return network
