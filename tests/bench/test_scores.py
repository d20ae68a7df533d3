"""`bench_scores`: real scores of real networks on digits; the run folder, going on, processes, and what is refused."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import kendalltau

from spikesearch.app import status
from spikesearch.bench import score_worker
from spikesearch.bench.scores import bench_scores
from spikesearch.bench.scoring import load_images
from spikesearch.bench.strategies import bench_strategies
from spikesearch.bench.tables import sampled
from spikesearch.errors import RunError, UserError
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score
from spikesearch.scoring import score
from spikesearch.strategies.table_file import read_table
from spikesearch.studies.progress import Reporter

# The first has no way from input to output.
IDS = (2, 50, 77, 444, 3333, 5001, 6789, 9999, 12617, 13251, 14321, 15050, 15550, 15620, 15623, 15624)
SMALL: dict[str, Any] = {
    "scores": ["grad-norm", "hamming"], "dataset": "digits", "channels": 2, "timesteps": 2, "batch_size": 6,
    "repeats": 1, "workers": 1,
}  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    lines = ["2,10,10,1"]
    lines += [f"{entry},{80 + n / 3},{80 + n / 2 + n % 3},{70 + n % 4}" for n, entry in enumerate(IDS[1:])]
    path.write_text("\n".join(["id,val_acc_final,test_acc,val_acc_epoch10", *lines]), encoding="utf-8")
    return path


def contents(run: Path) -> dict[str, bytes]:
    """All files but those that tell the time, or the order in which processes worked."""
    skipped = ("config.json", "finished", "lock", "costs.json", "scores.md")
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name not in skipped and path.parent.name != "scored"
    }


def values(run: Path) -> dict[str, dict[str, float]]:
    with open(run / "values.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row.pop("architecture"): {name: float(text) for name, text in row.items()} for row in rows}


def test_a_run_folder_and_its_figures(table: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    found = bench_scores(table, run=run, labelled=[5], seed=3, **SMALL)
    assert {path.name for path in run.iterdir()} == {
        "config.json", "costs.json", "figures", "finished", "format", "labelled.csv", "lock", "scored", "scores.csv",
        "scores.md", "values.csv",
    }  # fmt: skip
    assert {path.name for path in (run / "figures").iterdir()} == {
        f"{name}.{suffix}" for name in ("kendall", "scatter") for suffix in ("svg", "png")
    }
    stored = values(run)
    assert list(stored) == [f"spikenas-bench:{entry}" for entry in IDS]
    assert list(stored["spikenas-bench:50"]) == ["grad-norm", "hamming", "parameters", "depth"]
    # The numbers are those of the command `score`, and τ that of scipy.
    told = score(["spikenas-bench:12617"], score="hamming", channels=2, timesteps=2, batch_size=6, repeats=1, seed=3)
    assert stored["spikenas-bench:12617"]["hamming"] == told[0].score
    ranked = {(one.name, one.networks): one for one in found.ranked}
    test = read_table(table).test
    for name in ("grad-norm", "hamming", "parameters"):
        column = [scores[name] for scores in stored.values()]
        for networks, begin in (("all", 0), ("trained", 1)):
            tau = ranked[name, networks].estimates["kendall"]
            assert tau.value == pytest.approx(kendalltau(column[begin:], test[begin:]).statistic)
            assert tau.low <= tau.value <= tau.high
            gain = tau.value - ranked["parameters", networks].estimates["kendall"].value
            assert ranked[name, networks].gain.value == pytest.approx(gain)
    assert ranked["parameters", "all"].gain.low == ranked["parameters", "all"].gain.high == 0
    assert {name for name, networks in ranked} == {
        "grad-norm", "hamming", "parameters", "depth", "cell_convolutions", "cell_depth", "val_acc_epoch10",
        "val_acc_final",
    }  # fmt: skip
    assert ranked["val_acc_final", "all"].kind == "ceiling"
    assert {(one.inputs, one.networks) for one in found.predictions} == {
        (inputs, networks)
        for inputs in ("code", "code, baselines", "code, baselines, scores")
        for networks in ("all", "trained")
    }
    costs = json.loads((run / "costs.json").read_text(encoding="utf-8"))
    assert set(costs) == {"grad-norm", "hamming"}
    assert ranked["hamming", "all"].seconds == costs["hamming"] > 0
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    assert config["proxy"] == {"channels": 2, "timesteps": 2, "batch_size": 6, "repeats": 1}
    text = (run / "scores.md").read_text(encoding="utf-8")
    assert "## All networks: 16" in text
    assert "## Without networks that did not train: 15" in text
    assert f"{ranked['hamming', 'all'].estimates['kendall'].value:.3f}".replace("-", "−") in text
    with pytest.raises(UserError, match="is a run of `spikesearch bench`"):
        status(run)


def test_processes_and_interruptions_change_nothing(table: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    bench_scores(table, run=whole, **SMALL)

    class Stops(Reporter):
        def advance(self, done: int, detail: str = "") -> None:
            if done == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench_scores(table, run=broken, reporter=Stops(), **SMALL)
    lines = (broken / "scored" / "worker-0.jsonl").read_text(encoding="utf-8")
    assert lines.count("\n") == 5
    (broken / "scored" / "worker-0.jsonl").write_text(lines + '{"archi', encoding="utf-8")
    with pytest.raises(UserError, match=r"unfinished run of something else \(it differs in seed\)"):
        bench_scores(table, run=broken, seed=1, **SMALL)
    costs = broken / "costs.json"
    costs.unlink()
    assert score_worker.main(str(broken), str(os.getppid()), json.dumps("costs")) == 0
    assert set(json.loads(costs.read_text(encoding="utf-8"))) == set(SMALL["scores"])
    bench_scores(table, run=broken, **{**SMALL, "workers": 2})
    after = [path.read_text(encoding="utf-8") for path in sorted((broken / "scored").iterdir())]
    assert len(after) == 2
    assert after[0].startswith(lines)
    assert "".join(after).count("\n") == len(IDS)  # nothing was scored twice
    assert contents(broken) == contents(whole)
    with pytest.raises(UserError, match="is a finished run: give another place"):
        bench_scores(table, run=broken, **SMALL)


def test_stored_scores_need_neither_torch_nor_images(table: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    bench_scores(table, run=first, **SMALL)
    code = (
        "import sys\n"
        "from spikesearch.bench.scores import bench_scores\n"
        f"bench_scores({str(table)!r}, scores_from={str(first / 'values.csv')!r}, run={str(second)!r}, labelled=[5])\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    ours, theirs = contents(second), contents(first)
    del ours["labelled.csv"]
    assert ours == theirs
    part = bench_scores(
        table, scores=["hamming"], scores_from=first / "values.csv", sample=9, baselines=[], run=tmp_path / "third"
    )
    assert {one.name for one in part.ranked} == {"hamming", "parameters", "depth", "val_acc_final"}
    costs = {one.name: one.seconds for one in part.ranked}
    assert costs["hamming"] == json.loads((first / "costs.json").read_text(encoding="utf-8"))["hamming"]
    assert part.ranked[0].count == 9


def test_stored_scores_are_features_of_a_search(table: Path, tmp_path: Path) -> None:
    run = tmp_path / "scores"
    bench_scores(table, run=run, **SMALL)
    settings = {"strategies": ["predictor"], "budget": 12, "seeds": 2, "scores_from": run / "values.csv"}
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    bench_strategies(table, run=alone, workers=1, features=["hamming"], **settings)  # type: ignore[arg-type]
    bench_strategies(table, run=beside, workers=2, features=["hamming"], **settings)  # type: ignore[arg-type]
    for name in ("strategies.csv", "seeds/predictor-1.json"):
        assert (alone / name).read_bytes() == (beside / name).read_bytes()
    settings["strategies"] = ["predictor", "score-prior"]
    bench_strategies(table, run=tmp_path / "every", workers=1, **settings)  # type: ignore[arg-type]
    config = json.loads((tmp_path / "every" / "config.json").read_text(encoding="utf-8"))
    assert config["features"] == ["cell_convolutions", "cell_depth", "grad-norm", "hamming", "parameters", "depth"]
    assert config["prior"] == "grad-norm"  # the first of the file, as the default score is not in it
    bench_strategies(table, run=tmp_path / "again", workers=2, **settings)  # type: ignore[arg-type]
    seeds = [tmp_path / name / "seeds" / "score-prior-1.json" for name in ("every", "again")]
    assert seeds[0].read_bytes() == seeds[1].read_bytes()
    with pytest.raises(UserError, match="feature 'test_acc': it is known only after training"):
        bench_strategies(table, run=tmp_path / "no", features=["test_acc"], scores_from=run / "values.csv")


class Accuracy(Score):
    """Larger ids are better, which is what this table was made of."""

    network = True

    def measure(self, sample: Sample) -> float:
        return float(sample.plan.architecture.partition(":")[2])


class Broken(Score):
    def measure(self, sample: Sample) -> float:
        raise RuntimeError("no such luck")


def test_own_scores_take_part(table: Path, tmp_path: Path) -> None:
    own = {**SMALL, "scores": {"mine": Accuracy()}, "workers": None}
    found = bench_scores(table, run=tmp_path / "run", **own)
    mine = next(one for one in found.ranked if one.name == "mine")
    ids = np.array(IDS)
    assert mine.estimates["kendall"].value == pytest.approx(kendalltau(ids, read_table(table).test).statistic)
    with pytest.raises(UserError, match="an own score cannot have the name 'depth'"):
        bench_scores(table, run=tmp_path / "other", **{**own, "scores": {"depth": Accuracy()}})
    with pytest.raises(RuntimeError, match="no such luck"):
        bench_scores(table, run=tmp_path / "broken", **{**own, "scores": {"mine": Broken()}})


def test_samples_are_drawn_by_the_seed_and_lie_within_larger_ones(table: Path) -> None:
    whole = read_table(table)
    small, large, other = (sampled(whole, count, seed).texts for count, seed in ((5, 1), (9, 1), (9, 2)))
    assert set(small) < set(large)
    assert set(large) != set(other)
    assert list(large) == [text for text in whole.texts if text in large]


def test_arithmetic_alone_needs_no_images(table: Path, tmp_path: Path) -> None:
    found = bench_scores(table, scores=["macs"], run=tmp_path / "run")
    assert [one.name for one in found.ranked][:3] == ["parameters", "depth", "macs"]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"scores": ["sadh"]}, r"unknown score 'sadh' \(did you mean 'sahd'\?\)"),
        ({"workers": 0}, "workers = 0: must be at least 1"),
        ({"channels": 0}, "channels = 0: must be at least 1"),
        ({"batch_size": 0}, "batch_size = 0: must be at least 1"),
        ({"batch_size": 5000}, "batch_size = 5000: the data set has 1,438 training images"),
        ({"sample": 17}, "sample = 17: give 1 to 16"),
        ({"sample": 2}, "of 2 networks count as trained: at least 3"),
        ({"labelled": [9]}, "labelled = 9 of 15 networks: give a number from 5 to 5"),
        ({"trained_above": 1.0}, "0 of 16 networks count as trained"),
        ({"baselines": ["test_acc"]}, "baseline 'test_acc'"),
        ({"part": "half"}, "part 'half' of a table"),
        ({"dataset": "cifar10"}, "data set cifar10 needs a folder: give it with --data DIR"),
        ({"scores_from": "nowhere.csv"}, "there is no file of scores nowhere.csv"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_written(
    table: Path, tmp_path: Path, keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        bench_scores(table, run=tmp_path / "run", **{**SMALL, **keywords})
    assert not (tmp_path / "run").exists()


def test_equal_test_accuracies_are_refused(table: Path, tmp_path: Path) -> None:
    same = tmp_path / "same.csv"
    same.write_text("id,val_acc_final,test_acc\n" + "".join(f"{entry},{entry % 7},10\n" for entry in IDS), "utf-8")
    with pytest.raises(UserError, match=r"column 'test_acc': all 16 networks have the test accuracy 10%; equals have"):
        bench_scores(same, run=tmp_path / "run", **SMALL)
    assert not (tmp_path / "run").exists()


def test_an_architecture_that_cannot_be_built_is_named_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    lines = ["snasnet: 0302 0030 0003 0000,0.5,0.4", "snasnet: 0100 0010 0000 0000,0.4,0.3"]
    table.write_text("\n".join(["architecture,val_acc,test_acc", *lines]), encoding="utf-8")
    with pytest.raises(UserError, match=r"table.csv, line 3: scores need architectures that can be built"):
        bench_scores(table, run=tmp_path / "run", **SMALL)


def test_what_was_changed_by_others_is_noticed(table: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    bench_scores(table, run=run, **SMALL)
    os.remove(run / "finished")
    path = run / "scored" / "worker-0.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("hamming", "hummimg"), encoding="utf-8")
    with pytest.raises(RunError, match=r"the stored scores of 'spikenas-bench:2' lack hamming: start a new run"):
        bench_scores(table, run=run, **SMALL)
    path.unlink()
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    config["data"]["sha256"] = "0"
    (run / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(UserError, match=r"unfinished run of something else \(it differs in data\)"):
        bench_scores(table, run=run, **SMALL)
    with pytest.raises(UserError, match="the images of digits have changed since the run began"):
        load_images(config)
