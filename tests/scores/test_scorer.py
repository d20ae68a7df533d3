"""What the scorer promises whatever the score."""

import pytest
import torch

from own_parts import BLOCKS
from spikesearch.architectures.text import parse
from spikesearch.data.augment import Augmentation
from spikesearch.errors import UserError
from spikesearch.networks.builder import network_options
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import LEAST, Score
from spikesearch.scores.table import SCORES_TABLE

CELL = "0302 0030 3003 0000"


class Batches(Score):
    """Notes what it is given."""

    repeats = 2

    def __init__(self) -> None:
        self.seen: list[Sample] = []

    def measure(self, sample: Sample) -> float:
        self.seen.append(sample)
        return float(len(self.seen))


def test_every_repeat_has_a_batch_and_weights_of_its_own(scorer, pool):
    noting = Batches()
    made = scorer(["noting"], CELL, scores={"noting": noting}, repeats=None)
    values = list(made.scores([parse(CELL), parse("0302 0030 0003 0000")]))
    assert values == [{"noting": 1.5}, {"noting": 3.5}]  # means of 1, 2 and of 3, 4
    first, second, other, _ = noting.seen
    assert not torch.equal(first.images, second.images)
    assert not torch.equal(first.weighted[0].weight, second.weighted[0].weight)
    # another architecture meets the same images, and the same weights where it has the same layers
    assert torch.equal(first.images, other.images)
    assert torch.equal(first.weighted[0].weight, other.weighted[0].weight)
    # labels are those of the images
    normalised = (pool[0].float() / 255 - 0.5) / 0.25
    for image, label in zip(first.images, first.labels, strict=True):
        place = (normalised - image).abs().amax((1, 2, 3)).argmin()
        assert pool[1][place] == label


def test_own_scores_have_their_own_batch_size(scorer):
    noting = Batches()
    noting.batch_size = 7
    list(scorer(["noting"], CELL, scores={"noting": noting}, batch_size=None).scores([parse(CELL)]))
    assert [len(sample.images) for sample in noting.seen] == [7]


def test_what_is_not_finite_becomes_the_least(scorer):
    class Broken(Score):
        def measure(self, sample: Sample) -> float:
            return float("nan")

    assert next(scorer(["broken"], CELL, scores={"broken": Broken()}).scores([parse(CELL)])) == {"broken": LEAST}


def test_scores_share_one_forward_pass(scorer, monkeypatch):
    calls = []
    forward = torch.nn.Module.__call__

    def counted(self, *inputs, **keywords):
        calls.append(type(self).__name__)
        return forward(self, *inputs, **keywords)

    monkeypatch.setattr(torch.nn.Module, "__call__", counted)
    names = ["sahd", "hamming", "naswot", "spikes", "grad-norm", "snip", "jacobian-covariance", "parameters"]
    together = next(scorer(names, CELL).scores([parse(CELL)]))
    assert calls.count("SpikingNetwork") == 1
    alone = {name: next(scorer([name], CELL).scores([parse(CELL)]))[name] for name in names}
    assert together == pytest.approx(alone, rel=1e-9)


def test_dropout_is_off_unless_it_is_asked_for(scorer):
    architecture = parse("0303 0000 0000 0000")
    bare, off, on = (
        next(
            scorer(["hamming", "snip"], architecture, options=network_options("lif", {"tau": 4 / 3} | more)).scores(
                [architecture]
            )
        )
        for more in ({"fc_std": 0.3}, {"fc_std": 0.3, "dropout": 0.0}, {"fc_std": 0.3, "dropout": 0.5})
    )
    assert bare == off
    assert on["snip"] != off["snip"]


def test_augmentation_changes_the_batch_and_nothing_else(scorer):
    plain = scorer(["hamming"], CELL)
    none, crop = (scorer(["hamming"], CELL, augmentation=Augmentation(pad=pad, flip=False, cutout=0)) for pad in (0, 2))
    architecture = parse(CELL)
    assert next(plain.scores([architecture])) == next(none.scores([architecture]))
    first, again = (next(crop.scores([architecture])) for _ in range(2))
    assert first == again != next(plain.scores([architecture]))


def test_bf16_scores_nearly_the_same(scorer):
    architecture, names = parse(CELL), ["hamming", "grad-norm", "jacobian-covariance"]
    exact, rough = (
        next(scorer(names, architecture, precision=precision).scores([architecture])) for precision in ("fp32", "bf16")
    )
    assert exact != rough
    assert rough == pytest.approx(exact, rel=0.1)


def test_own_blocks_are_scored(scorer):
    architecture = parse("autosnn:MINE", BLOCKS)
    values = next(scorer(list(SCORES_TABLE), architecture).scores([architecture]))
    assert set(values) == set(SCORES_TABLE)
    assert all(value > LEAST for value in values.values())


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"names": ["sadh"]}, r"unknown score 'sadh' \(did you mean 'sahd'\?\); known are grad-norm, "),
        ({"names": []}, "no score: give at least one of grad-norm"),
        ({"names": ["grad-norm"], "labels": None}, "score grad-norm needs the images' classes: give labels"),
        ({"batch_size": 31}, "score sahd takes batches of 31 images, given 30: give more, or batch_size=30"),
        ({"batch_size": 0}, "batch_size 0: must be 1 or more"),
        ({"repeats": 0}, "repeats 0: must be 1 or more"),
        ({"precision": "fp8"}, "precision 'fp8': known are fp32, bf16"),
        ({"images": torch.zeros(30, 3, 8, 8, dtype=torch.uint8)}, r"images \[3, 8, 8\] .* for networks of \[1, 8, 8\]"),
    ],
)
def test_what_cannot_be_is_refused(scorer, keywords, message):
    names = keywords.pop("names", ["sahd"])
    with pytest.raises(UserError, match=message):
        scorer(names, CELL, **keywords)
