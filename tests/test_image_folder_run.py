"""Runs on an image folder: what they tell, where they find it again, and what they keep of unequal classes."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from data.folders import picture, write_folder
from own_parts import bars
from spikesearch import UserError, load_run, search
from spikesearch.app import evaluate, report, resume, train
from spikesearch.cli.main import run as run_command

WHOLE = {"name": "image-folder", "limit": 0, "test_limit": 0}


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 and 20 training images, 12 and 4 test images; one of another size."""
    folder = write_folder(tmp_path_factory.mktemp("data") / "pets", {"cat": (60, 12), "dog": (19, 4)}, mode="L")
    picture((16, 8), "L").save(folder / "train" / "dog" / "wide.png")
    return folder


@pytest.fixture(scope="module")
def run_path(pets: Path, least, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search that was started beside the folder, which it was given by a relative name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(pets.parent)
        settings = least(data=WHOLE, run={"workers": 2}, compare={"architectures": ["autosnn:skip"]})
        return search(settings=settings, data="pets", run=tmp_path_factory.mktemp("runs") / "run").path


RESIZED = "1 of 96 images was resized to 8×8 pixels (bilinear, antialiased); the aspect ratio of 1 of them changed"
UNEQUAL = (
    "the classes of the training part are unequal: from 20 images of dog to 60 of cat, 3.0 times as many; look at "
    "balanced accuracy beside accuracy"
)


def test_notices_stand_in_configuration_log_and_report(run_path: Path) -> None:
    notices = load_run(run_path).config["facts"]["notices"]
    assert notices == [RESIZED, UNEQUAL, UNEQUAL.replace("training", "test").replace("20", "4").replace("60", "12")]
    log = (run_path / "log.txt").read_text(encoding="utf-8")
    page = (run_path / "report.html").read_text(encoding="utf-8")
    for notice in notices:
        assert log.count(f"data: {notice}\n") == 1
        assert f"<li>{notice[0].upper()}{notice[1:]}.</li>" in page


def test_the_command_tells_notices_once(cli_lines, pets: Path, least, assignments, tmp_path: Path) -> None:
    settings = assignments(least(data=WHOLE))
    told = cli_lines("train", "autosnn: skip", "--data", pets, "--run", tmp_path / "run", *settings)
    assert told.err[:2] == [f"data: {RESIZED}", f"data: {UNEQUAL}"]
    assert told.err[3].startswith("expected memory")
    assert "balanced" in told.out[0].split()
    again = cli_lines("evaluate", tmp_path / "run")
    assert "balanced" in again.out[0].split()


@pytest.fixture
def cli_lines(capsys: pytest.CaptureFixture[str]):
    """Runs a command; what it printed, as lines."""

    def command(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        assert run_command([str(argument) for argument in arguments]) == 0
        out, err = capsys.readouterr()
        return SimpleNamespace(out=out.splitlines(), err=err.splitlines())

    return command


def test_balanced_accuracy_stands_beside_accuracy(run_path: Path) -> None:
    stored = json.loads((run_path / "results.json").read_text(encoding="utf-8"))
    for entry, network in zip(stored, load_run(run_path).networks, strict=True):
        test = entry["test"]
        assert test["class_images"] == [12, 4]
        by_hand = (test["class_correct"][0] / 12 + test["class_correct"][1] / 4) / 2
        assert network.balanced_accuracy == pytest.approx(by_hand)
        assert network.as_dict()["balanced_accuracy"] == network.balanced_accuracy
        assert entry["validation"]["class_images"] == [12, 4]
        assert network.validation_balanced_accuracy is not None
    page = (run_path / "report.html").read_text(encoding="utf-8")
    assert "<th>balanced accuracy</th>" in page
    assert "<dt>Balanced accuracy</dt>" in page
    assert "<td>24 (dog) to 72 (cat)</td>" in page.replace("\n", "") or "24 (dog) to 72 (cat)" in page


def test_the_folder_is_found_from_anywhere(
    run_path: Path, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_run(run_path).config["data"]["folder"] == str(pets)
    assert evaluate(run_path, again=True) == load_run(run_path).networks
    moved = tmp_path / "moved"
    shutil.copytree(pets, moved)
    assert evaluate(run_path, again=True, data="moved") == load_run(run_path).networks


def test_it_is_resumed_from_anywhere_but_not_with_other_images(
    run_path: Path, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run_path, copy)
    for name in ("finished", "report.html", "results.json"):
        (copy / name).unlink()
    monkeypatch.chdir(tmp_path)
    assert resume(copy).best.accuracy == load_run(run_path).best.accuracy
    for name in ("finished", "report.html", "results.json"):
        (copy / name).unlink()
    changed = pets / "train" / "cat" / "000.png"
    before = changed.read_bytes()
    Image.new("L", (8, 8)).save(changed)
    try:
        with pytest.raises(UserError, match=r"are no longer those that .* was started with: bring them back") as error:
            resume(copy)
    finally:
        changed.write_bytes(before)
    assert f"the data in {pets} are no longer" in str(error.value)
    assert "images_sha256" in str(error.value)


def test_a_run_of_an_older_version_is_resumed_evaluated_and_reported(finished_run: Path, copy_run) -> None:
    """It has no digest, no notices and no counts by class."""
    path = copy_run("finished", "report.html")
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    for name in ("images_sha256", "class_images", "notices"):
        del config["facts"][name]
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    results = json.loads((path / "results.json").read_text(encoding="utf-8"))
    for entry in results:
        del entry["balanced_accuracy"], entry["validation_balanced_accuracy"]
        for part in ("test", "validation"):
            del entry[part]["class_images"], entry[part]["class_correct"]
    (path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert resume(path).best.balanced_accuracy is None
    assert evaluate(path)[0].accuracy == load_run(finished_run).best.accuracy
    assert evaluate(path, again=True)[0].balanced_accuracy == load_run(finished_run).best.balanced_accuracy
    assert "balanced accuracy" not in (path / "report.html").read_text(encoding="utf-8")


def test_an_older_run_on_own_data_goes_on_without_limits(least, tmp_path: Path) -> None:
    """Limits did not hold for them: such a run stored limits and the numbers of all images."""
    settings = least(data={"limit": 0, "test_limit": 0})
    run = train("autosnn: skip", settings=settings, dataset=bars(), run=tmp_path / "run")
    config = json.loads((run.path / "config.json").read_text(encoding="utf-8"))
    for name in ("images_sha256", "class_images", "notices"):
        del config["facts"][name]
    config["data"] |= {"limit": 100, "test_limit": 50}
    (run.path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (run.path / "finished").unlink()
    assert resume(run.path, dataset=bars()).best.accuracy == run.best.accuracy
    assert evaluate(run.path, again=True, dataset=bars()) == run.networks
    assert "training images, drawn" not in run.report.read_text(encoding="utf-8")


def test_near_chance_is_told_by_balanced_accuracy(run_path: Path, tmp_path: Path) -> None:
    """Always naming the larger class is right for 75% of these test images, and has learned nothing."""
    copy = tmp_path / "copy"
    shutil.copytree(run_path, copy)
    results = json.loads((copy / "results.json").read_text(encoding="utf-8"))
    for entry, balanced in zip(results, (0.5, 0.6), strict=True):
        entry |= {"accuracy": 0.75, "balanced_accuracy": balanced, "spikes_per_image": 100.0}
    (copy / "results.json").write_text(json.dumps(results), encoding="utf-8")
    page = report(copy).read_text(encoding="utf-8")
    first, second = (entry["label"].replace("-", "\N{MINUS SIGN}") for entry in results)
    assert f"{first} is right for 75.0% of the test images (balanced accuracy 50.0%), guessing" in page
    assert f"{second} is right for" not in page
    assert "That is " not in page  # one of the two compared has learned nothing


@pytest.mark.parametrize("blind", [True, False])
def test_a_search_that_could_rank_nothing_is_told(blind: bool, copy_run) -> None:
    """With D_val taken to be of one class, no accuracy exceeds that class's share."""
    path = copy_run()
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    best = max(trial.accuracy for trial in load_run(path).trials)
    config["facts"]["class_images"]["validation"] = [40] + [0] * 9 if blind else [4] * 10
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    page = report(path).read_text(encoding="utf-8")
    assert best > 1 / 10
    assert ("the share of the largest class: the supernet has learned too little" in page) == blind
