"""What users get wrong, tried through the command: each message names the value, what is allowed and the cure."""

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data.folders import write_folder
from own_parts import bars
from spikesearch import UserError, load_run, search
from spikesearch.cli.main import run
from spikesearch.data.dataset import Images


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """The message of a command that exits with 2, prints no traceback, and leaves no new run."""

    def command(*arguments: object) -> str:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert (code, out) == (2, ""), err
        assert err.startswith("error: ")
        assert "Traceback" not in err
        assert not (tmp_path / "run").exists()
        return err

    return command


@pytest.fixture
def new(tmp_path: Path) -> list[object]:
    return ["--run", tmp_path / "run"]


# ---- settings


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        (["compare.architectures=['autosnn:SRX3']"], ["unknown block 'SRX3'", "SRB_k3", "K an odd number"]),
        (["compare.architectures=['SRB3 SRB3']"], ["2 blocks without a space in front", "give the 5 of autosnn"]),
        (["compare.estimates=['autosnn: SRB3 SRB3']"], ["autosnn has 5 slots", "got 2"]),
        (["space.candidates=['skip', 'SRB4']"], ["block SRB_k4: the kernel is 4", "odd whole number"]),
        (["space.candidates=[]"], ["no candidate blocks", "at least one"]),
        (["space.name=autosn"], ["unknown space 'autosn'", "did you mean 'autosnn'?", "autosnn-snn2"]),
        (
            ["space.name=snasnet-forward", "search.lam=-0.16", "search.constraints=['spikes<=5k']"],
            ["by the score spike-paths alone", "search.lam = -0.16: λ weighs spikes", "spikes is not measured before"],
        ),
        (
            ["space.name=spikenas-bench", "search.score=macs", "search.constraints=['macs<=10']"],
            ["no architecture of spikenas-bench keeps macs<=10: the smallest possible value is"],
        ),
        (["space.sampling=authors"], ["space.sampling = 'authors' with autosnn", "snasnet-forward, snasnet-feedback"]),
        (["search.score=shad"], ["search.score = 'shad': unknown score 'shad'", "known are spike-paths"]),
        (["search.first_stage=5"], ["keep = 50 exceeds first_stage = 5"]),
        (["space.name=snasnet-forwrd"], ["(did you mean 'snasnet-forward'?)"]),
        (["network.hidden=64"], ["hidden=64: autosnn has no such layer"]),
        (["network.fc_std=0.1"], ["fc_std=0.1: only networks of cells"]),
        (["network.dropout=0.5"], ["dropout=0.5: only networks of cells"]),
        (["search.constraints=['spikes<=5k', 'spikes>=6k']"], ["spikes>=6000 and spikes<=5000 contradict"]),
        (["search.constraints=['spikes>=1G']"], ["constraint spikes>=1000000000: spikes can be at most "]),
        (["data.name=digist"], ["unknown data set 'digist'", "digits, cifar10, cifar100, svhn"]),
        (["data.size=4"], ["digits of size 4", "8×8", "256"]),
        (["data.limit=5"], ["limit 5", "1438 images of 10 classes", "10…1438"]),
        (["data.limit=999999"], ["limit 999999", "10…1438"]),
        (["data.name=cifar10"], ["needs a folder", "--data DIR"]),
        (["data.name=cifar10", "data.size=64"], ["cifar10"]),
        (["network.surrogate=atn"], ["unknown surrogate 'atn'", "atan"]),
        (["search.lam=[-0.08, -0.08]"], ["search.lam", "only once"]),
        (
            ["search.mutations=11"],
            ["mutations + crossovers = 11 + 10 exceeds population = 20", "change all three together"],
        ),
        (["data.nmae=digits", "network.chanels=3", "sarch.lam=0"], ["3 wrong settings", "nmae", "chanels", "sarch"]),
        (["train.choose=nothing"], ["1 wrong setting:\n  train.choose = 'nothing' trains nothing", "empty them"]),
        (["search.lam"], ["--set 'search.lam'", "section.key=value"]),
        (["run.supernet=nowhere"], ["there is no run nowhere"]),
    ],
    ids=lambda value: ", ".join(value),
)
def test_a_wrong_setting(settings, messages, refused, new):
    text = refused("search", *new, *(word for setting in settings for word in ("--set", setting)))
    assert all(message in text for message in messages), text


def test_an_image_too_small_for_the_network(least, tmp_path):
    small = bars()
    train, test = (Images(part.images[:, :, :4, :4], part.labels) for part in (small.train, small.test))
    with pytest.raises(UserError, match=r"image 3x4x4 is too small for autosnn.*give at least 8x8"):
        search(settings=least(), dataset=replace(small, train=train, test=test), run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_images_of_another_size_than_the_networks(finished_run):
    network = load_run(finished_run).best.network()
    with pytest.raises(UserError, match=r"expects \[N, 1, 8, 8\].*given \[2, 1, 16, 16\].*give such images"):
        network(torch.zeros(2, 1, 16, 16))
    with pytest.raises(UserError, match=r"given \[2, 3, 8, 8\]"):
        network(torch.zeros(2, 3, 8, 8))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none(refused, new):
    text = refused("search", *new, "--device", "cuda")
    assert "device 'cuda': no CUDA device can be used here; give --device cpu, or auto" in text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_run_from_a_machine_with_cuda_is_not_resumed_without(copy_run, refused):
    path = copy_run("finished", "report.html", "results.json")
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config["run"]["device"] = "cuda"
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert "no CUDA device can be used here" in refused("resume", path)


def test_cuda_graphs_where_there_is_no_cuda(refused, new):
    text = refused("search", *new, "--device", "cpu", "--set", "run.cuda_graphs=true")
    assert "cuda_graphs = true on device 'cpu': only CUDA has them; leave run.cuda_graphs at 'auto'" in text


def test_a_device_that_does_not_exist(refused, new):
    assert "run.device = 'tpu': input should be 'auto', 'cpu' or 'cuda'" in refused("search", *new, "--device", "tpu")


def test_recipes(refused, new, tmp_path):
    assert "no recipe 'digist': give a TOML file, or one of" in refused("search", "digist", *new)
    assert "no recipe" in refused("search", tmp_path, *new)
    (tmp_path / "broken.toml").write_text("[search\nlam = -0.08", encoding="utf-8")
    assert "the recipe is no valid TOML: " in refused("search", tmp_path / "broken.toml", *new)
    (tmp_path / "image.toml").write_bytes(b"\x89PNG\xff")
    assert "cannot be read as UTF-8 text" in refused("search", tmp_path / "image.toml", *new)
    (tmp_path / "typo.toml").write_text("[serach]\nlam = -0.08\n[train]\nepoch = 3\n", encoding="utf-8")
    text = refused("search", tmp_path / "typo.toml", *new)
    assert "2 wrong settings" in text
    assert "train.epoch: unknown key; allowed here: epochs, batch_size" in text


# ---- data


def break_cifar(folder: Path, how: str) -> str:
    """Damages a copy of the batches; returns what the message must say."""
    batch = folder / "data_batch_3"
    if how == "missing":
        batch.unlink()
        (folder / "test_batch").unlink()
        return "missing"
    if how == "truncated":
        batch.write_bytes(batch.read_bytes()[:-5000])
        return "cut off"
    if how == "empty":
        batch.write_bytes(b"")
        return str(batch)
    if how == "text":
        batch.write_text("404 Not Found", encoding="utf-8")
        return str(batch)
    if how == "another size":
        data = {b"data": np.zeros((20, 1024), np.uint8), b"labels": [0] * 20}
        batch.write_bytes(pickle.dumps(data, protocol=2))
        return "wanted is uint8 [N, 3072]"
    code = b"cos\nsystem\n(S'touch " + str(folder / "hacked").encode() + b"'\ntR."
    batch.write_bytes(code)
    return str(batch)


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "text", "another size", "malicious"])
def test_a_damaged_data_folder(how, refused, new, mini_cifar, tmp_path):
    shutil.copytree(mini_cifar, tmp_path / "data")
    batches = tmp_path / "data" / "cifar-10-batches-py"
    message = break_cifar(batches, how)
    text = refused("search", "cifar10-tiny", *new, "--data", tmp_path / "data")
    assert text.startswith("error: CIFAR-10 cannot be read:\n")
    assert str(batches / "data_batch_3") in text
    assert message in text
    assert "Wanted is a folder cifar-10-batches-py with the files data_batch_1" in text
    assert ("test_batch: missing" in text) == (how == "missing")
    assert not (batches / "hacked").exists()


def test_a_data_folder_that_is_none(refused, new, tmp_path):
    missing = refused("search", "cifar10-tiny", *new, "--data", tmp_path / "nowhere")
    assert f"{tmp_path / 'nowhere'} does not exist" in missing
    assert f"{tmp_path} holds no folder cifar-10-batches-py" in refused(
        "search", "cifar10-tiny", *new, "--data", tmp_path
    )


def test_an_image_folder_that_is_none(refused, new, tmp_path):
    """What is wrong inside one is in tests/data/test_image_files.py."""
    folder = ["--set", "data.name=image-folder"]
    assert "data set image-folder needs a folder: give it with --data DIR" in refused("search", *new, *folder)
    missing = refused("search", *new, *folder, "--data", tmp_path / "nowhere")
    assert f"image folder {tmp_path / 'nowhere'} does not exist: wanted is DIR/train/<class>/…" in missing
    pets = write_folder(tmp_path / "pets", {"cat": (40, 4), "dog": (2, 4)})
    text = refused("search", *new, *folder, "--data", pets)
    assert "too few images to divide into D_train and D_val: of dog (2) one of the two would have none" in text
    assert "with data.validation = 0.2 every class needs at least 5 images" in text
    (pets / "train" / "cat" / "000.png").write_bytes(b"")
    assert f"1 image cannot be read; replace or remove:\n  {pets / 'train' / 'cat' / '000.png'}: " in (
        refused("search", *new, *folder, "--data", pets)
    )


# ---- run folders


def test_a_place_that_holds_something_else(refused, new, tmp_path, tiny, assignments):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    for place in (tmp_path / "photos", tmp_path / "photos" / "cat.jpg"):
        text = refused("search", "--run", place, *assignments(tiny()))
        assert f"{place} exists and is not a run: give another place for the new run" in text
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


COMMANDS = ("status", "resume", "report", "train", "evaluate")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_no_run(command, refused, tmp_path):
    assert f"{tmp_path} is not a run: it has no file named format; give the folder that a search wrote" in (
        refused(command, tmp_path)
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", ['{"data": {', "[]", "{}", '{"run": {"seed": 0}}', ""])
def test_a_damaged_configuration(content, command, copy_run, refused):
    path = copy_run("finished", "results.json", "report.html")
    (path / "config.json").write_text(content, encoding="utf-8")
    text = refused(command, path)
    if command == "evaluate" and content.startswith("{") and content.endswith("}"):
        assert "has trained nothing yet" in text  # it need not look further
        return
    assert f"{path / 'config.json'} is damaged: " in text
    assert "restore it from a copy, or start a new run" in text or "it must hold one JSON object" in text


def test_a_configuration_changed_by_hand(copy_run, refused):
    """The run would go on as another one."""
    path = copy_run("finished", "results.json", "report.html")
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config["network"]["channels"] = 5
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert "channels" in refused("resume", path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_of_a_later_version(command, copy_run, refused):
    path = copy_run()
    (path / "format").write_text("2\n", encoding="utf-8")
    assert f"the run {path} has format 2; this spikesearch reads format 1" in refused(command, path)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    path.write_bytes(b"no tensors here")


def one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4] ^= 0x40
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut_off, garbage, one_bit])
def test_a_damaged_checkpoint(damage, copy_run, refused):
    path = copy_run()
    checkpoint = Path(load_run(path).best.checkpoint)
    damage(checkpoint)
    for arguments in (["evaluate", path, "--again"], ["evaluate", checkpoint]):
        assert str(checkpoint) in refused(*arguments)
    with pytest.raises(UserError, match=checkpoint.name):
        load_run(path).best.network()
    # The stored figures are still there.
    assert run(["evaluate", str(path)]) == 0


@pytest.mark.parametrize("damage", [cut_off, garbage])
@pytest.mark.parametrize("name", ["supernet", "study.db"])
def test_a_run_with_a_damaged_file_is_not_resumed(name, damage, copy_run, refused):
    path = copy_run("finished", "results.json", "winners.json", "report.html", "checkpoints/autosnn-*")
    file = path / "study.db" if name == "study.db" else path / "checkpoints" / f"{name}.safetensors"
    damage(file)
    assert str(file) in refused("resume", path)


def test_a_split_of_other_data(copy_run, refused):
    path = copy_run("finished", "results.json", "winners.json", "study.db", "report.html")
    split = json.loads((path / "split.json").read_text(encoding="utf-8"))
    split["labels_sha256"] = "0" * 64
    (path / "split.json").write_text(json.dumps(split), encoding="utf-8")
    assert "the recorded split belongs to other data" in refused("resume", path)
    (path / "split.json").write_text("{}", encoding="utf-8")
    assert "not a recorded split" in refused("resume", path)


@pytest.mark.parametrize("content", ["{", "[3]", '[{"label": "λ"}]', '{"winners": 3}'])
@pytest.mark.parametrize("name", ["winners.json", "results.json"])
def test_damaged_results(name, content, copy_run, capsys):
    """They are written whole, so only a hand can have done it; no traceback all the same."""
    path = copy_run()
    (path / name).write_text(content, encoding="utf-8")
    assert run(["report" if name == "winners.json" else "evaluate", str(path)]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_a_value_of_every_kind_in_one_message(least, tmp_path) -> None:
    wrong: dict[str, Any] = {"search": {"lam": "cheap", "rounds": None}, "network": {"tau": [2.0]}, "colour": "blue"}
    with pytest.raises(UserError) as error:
        search(settings=wrong, run=tmp_path / "run")
    assert str(error.value).startswith("4 wrong settings:")
