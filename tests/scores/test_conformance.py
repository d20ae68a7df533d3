"""What every built-in score must hold to; `test_scorer.py` shows that own ones can take part."""

import math

import pytest
import torch

from scores.conftest import NORMALISATION
from spikesearch.architectures.hand_made import HAND_MADE
from spikesearch.architectures.text import parse
from spikesearch.networks.builder import network_options
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import LEAST, Score
from spikesearch.scores.scorer import Scorer
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.strategies.score_names import DEFAULT_SCORE, SCORES

ARCHITECTURES = [
    "autosnn: SRB_k3 skip SCB_k3 skip SCB_k5",
    "autosnn-snn3:SRB_k3",
    "0302 0030 0003 0000",
    "0302 0030 3003 0000",
    "0001 0000 0000 0000",
    "spikenas-bench:12617",
    "spikenas-bench:0",
]
CELL = "0302 0030 3003 0000"
BETTER = ("spikenas-bench:15624", "spikenas-bench:0")  # six convolutions; no way to the output
DRAWN = [name for name, score in SCORES_TABLE.items() if score.network]

every_score = pytest.mark.parametrize("name", SCORES_TABLE)


def test_the_table_is_that_of_the_names():
    assert list(SCORES_TABLE) == list(SCORES)
    assert DEFAULT_SCORE in SCORES
    assert SCORES_TABLE["sahd"] is SCORES_TABLE["sahd-code"]
    for name, score in SCORES_TABLE.items():
        assert (score.labels, score.network) == (SCORES[name].labels, SCORES[name].network)
        assert score.gradient or not score.labels


def value(scorer, name, text, **keywords):
    architecture = parse(text)
    return next(scorer([name], architecture, **keywords).scores([architecture]))[name]


@every_score
@pytest.mark.parametrize("text", ARCHITECTURES)
def test_every_architecture_has_a_finite_score(scorer, name, text):
    found = value(scorer, name, text)
    assert isinstance(found, float)
    assert math.isfinite(found)


@pytest.mark.parametrize("text", HAND_MADE)
def test_every_network_by_name_has_finite_scores(pool, text):
    architecture = parse(text)
    made = Scorer(
        list(SCORES_TABLE),
        images=pool[0].repeat(1, 1, 4, 4),  # 32×32: VGG16 has five poolings
        labels=pool[1],
        normalisation=NORMALISATION,
        dimensions=architecture.dimensions(channels=1, timesteps=2, classes=3, image=(1, 32, 32), votes=2),
        batch_size=3,
        repeats=1,
    )
    found = next(made.scores([architecture]))
    assert set(found) == set(SCORES_TABLE)
    assert all(map(math.isfinite, found.values()))
    assert found["spike-paths"] > -500  # whatever is silent at the start


@every_score
def test_the_seed_decides(scorer, name):
    first, again, other = (value(scorer, name, CELL, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert (first != other) == (name in DRAWN)


@every_score
def test_the_order_does_not_matter_nor_what_else_is_scored(scorer, name):
    architectures = [parse(text) for text in ARCHITECTURES if "autosnn" not in text]
    made = scorer([name], architectures[0])
    forwards = [one[name] for one in made.scores(architectures)]
    backwards = [one[name] for one in made.scores(architectures[::-1])]
    assert forwards == backwards[::-1] == [value(scorer, name, str(one)) for one in architectures]


class Noting(Score):
    """Another score, and what it is given."""

    repeats = 2

    def __init__(self, inner: Score) -> None:
        self.inner = inner
        self.listeners, self.gradient, self.labels = inner.listeners, inner.gradient, inner.labels  # type: ignore[misc]
        self.seen: list[tuple[Sample, float]] = []

    def measure(self, sample: Sample) -> float:
        self.seen.append((sample, self.inner.measure(sample)))
        return self.seen[-1][1]


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_leaks_from_one_batch_to_the_next(scorer, name):
    noting = Noting(SCORES_TABLE[name])
    architecture = parse(CELL)
    mean = next(scorer(["noting"], architecture, repeats=None, scores={"noting": noting}).scores([architecture]))
    (_, first), (second, value) = noting.seen
    assert mean["noting"] == (first + value) / 2
    assert first != value
    alone = Sample(
        second.plan,
        second.images,
        second.labels,
        options=second.options,
        seed=second.seed,
        listeners=noting.listeners,
        gradient=noting.gradient,
    )
    assert SCORES_TABLE[name].measure(alone) == value


@every_score
@pytest.mark.parametrize("text", [CELL, "autosnn:SCB_k3"])
@pytest.mark.parametrize("what", ["black", "alike", "one"])
def test_constant_and_equal_images_and_a_batch_of_one_have_finite_scores(scorer, pool, name, text, what):
    images = {
        "black": torch.zeros_like(pool[0]),
        "alike": pool[0][:1].expand_as(pool[0]).contiguous(),
        "one": pool[0],
    }[what]
    found = value(scorer, name, text, images=images, batch_size=1 if what == "one" else 6)
    assert math.isfinite(found)


@every_score
@pytest.mark.parametrize("v_threshold", [1e9, 1e-9])
def test_silent_and_saturated_layers_have_finite_scores(scorer, name, v_threshold):
    options = network_options("lif", {"tau": 4 / 3, "v_threshold": v_threshold})
    found = value(scorer, name, "0302 0030 3003 0000", options=options)
    assert math.isfinite(found)
    if name == "spikes" and v_threshold == 1e9:
        assert found == 0


@every_score
def test_larger_is_better_on_an_obvious_pair(scorer, name):
    better, worse = (value(scorer, name, text) for text in BETTER)
    assert better > worse
    assert worse >= LEAST
