"""The command and the function: digits, small networks."""

from math import isfinite

import pytest
from PIL import Image

from own_parts import BLOCKS, bars
from spikesearch import UserError, describe, parse, score
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score
from spikesearch.strategies.score_names import DEFAULT_SCORE

SMALL = ("--channels", 4, "--timesteps", 2, "--batch-size", 8, "--repeats", 1)
KEYWORDS = {"channels": 4, "timesteps": 2, "batch_size": 8, "repeats": 1}


def test_json_is_what_the_function_gives(cli):
    texts = ["spikenas-bench:7", "0302/0030/3003/0000", "autosnn:SCB_k3"]
    answer = cli("score", *texts, *SMALL, "--seed", 3, "--json")
    assert answer.code == 0
    assert answer.json == [one.as_dict() for one in score(texts, seed=3, **KEYWORDS)]
    assert [one["architecture"] for one in answer.json] == [str(parse(text)) for text in texts]
    assert {one["name"] for one in answer.json} == {DEFAULT_SCORE}


def test_the_table_says_what_the_numbers_are(cli):
    answer = cli("score", "0302", "0030", "3003", "0000", "--score", "sahd", *SMALL)
    head, line, *_ = answer.out.splitlines()
    assert head.split() == ["architecture", "sahd"]
    assert line.startswith("snasnet: 0302 0030 3003 0000")
    assert "larger is predicted better" in answer.out
    assert "weak predictors" in answer.out


def test_several_scores_are_what_each_is_alone(cli):
    texts = ["spikenas-bench:7", "autosnn:SCB_k3"]
    names = ["naswot", "parameters", "spikes"]
    words = [word for name in names for word in ("--score", name)]
    found = cli("score", *texts, *words, "--channels", 4, "--timesteps", 2, "--batch-size", 8, "--json").json
    parsed = [str(parse(text)) for text in texts]
    assert [(one["architecture"], one["name"]) for one in found] == [(a, n) for a in parsed for n in names]
    alone = [one for name in names for one in score(texts, score=name, channels=4, timesteps=2, batch_size=8)]
    assert {(one.architecture, one.name): one.score for one in alone} == {
        (one["architecture"], one["name"]): one["score"] for one in found
    }
    head, line, *_ = cli("score", "spikenas-bench:7", "--score", "depth", "--score", "parameters").out.splitlines()
    assert head.split() == ["architecture", "depth", "parameters"]
    assert len(line.split()) == 3


def test_it_says_where_a_score_is_not_validated(cli):
    answer = cli("score", "spikenas-bench:7", "autosnn:SCB_k3", *SMALL)
    assert "spike-paths is validated on the cells of spikenas-bench only, not on autosnn" in answer.out
    assert "validated" not in cli("score", "spikenas-bench:7", *SMALL).out


def test_counts_are_those_of_describe_without_a_data_set(cli):
    (found,) = cli("score", *["SRB5", "SRB5", "skip", "SRB3", "SRB5"], "--score", "parameters", "--json").json
    assert found["score"] == describe("autosnn").parameters
    (narrow,) = score("spikenas-bench:7", score="macs", channels=8, dataset="digits")
    assert narrow.score == describe("spikenas-bench:7", channels=8, image=(1, 8, 8)).macs


def test_own_data_blocks_and_scores():
    class Outputs(Score):
        repeats = 2

        def measure(self, sample: Sample) -> float:
            assert sample.images.shape == (8, 3, 8, 8)
            return float(sample.output.shape[1])

    keywords = KEYWORDS | {"dataset": bars(), "blocks": BLOCKS, "score": Outputs()}
    (found,) = score([parse("autosnn:MINE", BLOCKS)], **keywords)
    assert (found.score, found.name) == (3.0, "own")  # bars has three classes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["spikenas-bench:7", "--score", "grad-nrom"], "unknown score 'grad-nrom' (did you mean 'grad-norm'?)"),
        (["0302/0030/3003"], "'0302/0030/3003'"),
        (["0302/0030/3003/0005"], "0005"),
        (["0302/2030/3003/0000"], "both directions"),
        (["0302/0030/3003/00a0"], "'0302/0030/3003/00a0' is no cell: give 4 rows of 4 digits from 0 to 4"),
        (["0302/0030/3003/000²"], "'0302/0030/3003/000²' is no cell"),
        (["0302 0030 3003 0000 0000"], "'0302 0030 3003 0000 0000' is no cell"),
        (["0302/0230/3003/0000"], "connects node 1 with itself"),
        (["spikenas-bench:99999"], "99999 is no entry of spikenas-bench: give its id, 0 to 15624"),
        (["0300/0000/0000/0000"], "no way"),
        (["spikenas-bench:7", "--batch-size", "0"], "--batch-size 0 (batch_size=0 from Python): must be 1 or more"),
        (["spikenas-bench:7", "--dataset", "cifar10"], "data set cifar10 needs a folder: give it with --data DIR"),
        (["spikenas-bench:7", "--data", "."], "say which data set lies there, --dataset NAME"),
        (
            ["spikenas-bench:7", "--batch-size", "5000"],
            "score spike-paths takes batches of 5,000 images, and there are 1,438 for training: give --batch-size 1438",
        ),
        (["spikenas-bench:7", "--repeats", "0"], "--repeats 0 (repeats=0 from Python): must be 1 or more"),
        # Said before any data set is looked for.
        (
            ["spikenas-bench:7", "--batch-size", "0", "--dataset", "cifar10"],
            "--batch-size 0 (batch_size=0 from Python)",
        ),
        (["spikenas-bench:7", "--channels", "0"], "channels=0: give a whole number of at least 1"),
        (["spikenas-bench:7", "--precision", "fp8"], "precision 'fp8'"),
    ],
)
def test_bad_input_is_refused(cli, words, message):
    answer = cli("score", *words)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())
    assert "scoring by" not in answer.err


def test_a_batch_of_one_is_scored(cli):
    (found,) = cli("score", "0302/0030/3003/0000", "--score", "sahd", *SMALL[:4], "--batch-size", 1, "--json").json
    assert found["score"] > 0


@pytest.mark.parametrize("name", ["spike-paths", "sahd", "grad-norm", "jacobian-covariance"])
def test_images_of_one_grey_have_defined_scores(cli, tmp_path, name):
    for part, count in (("train", 6), ("test", 2)):
        for kind in ("a", "b"):
            (tmp_path / part / kind).mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (8, 8), (90, 90, 90)).save(tmp_path / part / kind / f"{number}.png")
    # The neurons of constant images are silent, or all alike; the second one has no way to its output besides.
    words = ["0302/0030/3003/0000", "spikenas-bench:0", "--dataset", "image-folder", "--data", tmp_path]
    found = cli("score", *words, "--channels", 4, "--timesteps", 2, "--batch-size", 4, "--score", name, "--json").json
    assert all(isfinite(one["score"]) for one in found)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"architectures": []}, "no architecture to score"),
        ({"score": 3}, "score=3: give names of `spikesearch list scores`, or a Score"),
        ({"dataset": bars(), "size": 16}, "size=16: the data set is given as an object; leave it out"),
        ({"dataset": 7}, "dataset=7: give a Dataset"),
    ],
)
def test_what_python_gives_wrong_is_refused(keywords, message):
    with pytest.raises(UserError, match=message):
        score(**{"architectures": "spikenas-bench:7"} | keywords)
