"""What a trained network says about images, from Python."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from own_parts import BLOCKS, bars
from spikesearch import UserError, load_run, predict, record
from spikesearch.app import train
from spikesearch.cli.main import run as command
from spikesearch.data.datasets import load_dataset
from spikesearch.studies.progress import Reporter
from spikesearch.training.checkpoints import load_checkpoint, save_checkpoint

DIGITS = load_dataset("digits").test


class Notes(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def test_rates_shares_and_spikes_are_those_of_the_network(finished_run: Path) -> None:
    images = DIGITS.images[:6]
    found = predict(finished_run, images)
    network = load_run(finished_run).best.network()
    for number, prediction in enumerate(found):
        with record(network) as activity, torch.no_grad():
            (rates,) = network(torch.from_numpy(images[number : number + 1]))
        assert prediction.image == str(number)
        assert prediction.spikes == activity.spikes_per_image
        assert {one.label: one.rate for one in prediction.classes} == dict(enumerate(rates.tolist()))
        assert [one.rate for one in prediction.classes] == sorted(rates.tolist(), reverse=True)
        assert sum(one.share for one in prediction.classes) == pytest.approx(1 if rates.sum() else 0)
        assert prediction.best is not None
        assert prediction.best.label == int(rates.argmax())
        assert prediction.as_dict()["best"] == prediction.best.name


def test_a_network_whose_last_layer_never_fires_names_no_class(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, info = load_checkpoint(load_run(finished_run).best.checkpoint)
    with torch.no_grad():
        network.get_parameter("fc.linear.weight").zero_()
    save_checkpoint(tmp_path / "silent.safetensors", network, normalisation=info.normalisation, extra=info.extra)
    (found,) = predict(tmp_path / "silent.safetensors", DIGITS.images[:1], top=2)
    assert found.best is None
    assert found.as_dict()["best"] is None
    assert [(one.label, one.rate) for one in found.classes] == [(0, 0.0), (1, 0.0)]
    Image.fromarray(DIGITS.images[0, 0]).save(tmp_path / "digit.png")
    assert command(["predict", str(tmp_path / "silent.safetensors"), str(tmp_path / "digit.png")]) == 0
    shown = capsys.readouterr().out
    assert shown.count("0.0%") == 2
    assert "none: no neuron of the last layer fired for it, so all classes tie" in shown


def test_all_files_that_cannot_be_read_are_named_before_anything_is_told(finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    Image.new("L", (20, 10)).save(tmp_path / "wide.png")
    notes = Notes()
    with pytest.raises(UserError) as error:
        predict(finished_run, [tmp_path / name for name in ("wide.png", "gone.png", "text.png")], reporter=notes)
    assert str(error.value).startswith("2 of 3 images cannot be read:\n")
    assert f"  {tmp_path / 'gone.png'}: no such file\n" in str(error.value)
    assert f"  {tmp_path / 'text.png'} is no image" in str(error.value)
    assert notes.lines == []


def test_floats_tensors_and_files_say_the_same_as_bytes(finished_run: Path, tmp_path: Path) -> None:
    images = DIGITS.images[:3]
    expected = [one.classes for one in predict(finished_run, images, top=2)]
    assert all(len(classes) == 2 for classes in expected)
    floats = images.astype(np.float64) / 255
    assert [one.classes for one in predict(finished_run, torch.from_numpy(floats), top=2)] == expected
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file, image in zip(files, images, strict=True):
        Image.fromarray(image[0]).save(file)
    checkpoint = load_run(finished_run).best.checkpoint
    found = predict(checkpoint, files, top=2)
    assert [one.classes for one in found] == expected
    assert [one.image for one in found] == [str(file) for file in files]
    assert predict(checkpoint, str(files[0]), top=2) == found[:1]


def test_classes_have_their_names(least: Any, tmp_path: Path) -> None:
    data = bars()
    run = train("autosnn:skip", settings=least(data={}), dataset=data, run=tmp_path / "run")
    (found,) = predict(run.best.checkpoint, data.test.images[:1])
    assert {one.name for one in found.classes} == {"across", "down", "neither"}
    assert all(one.name == data.class_names[one.label] for one in found.classes)


def test_a_checkpoint_without_names_shows_numbers(finished_run: Path, tmp_path: Path) -> None:
    """As those are that were written before there were names."""
    network, info = load_checkpoint(load_run(finished_run).best.checkpoint)
    extra = {name: value for name, value in info.extra.items() if name != "class_names"}
    save_checkpoint(tmp_path / "old.safetensors", network, normalisation=info.normalisation, extra=extra)
    (found,) = predict(tmp_path / "old.safetensors", DIGITS.images[:1])
    assert {one.name for one in found.classes} == {str(label) for label in range(10)}


def test_a_run_says_which_network_it_takes_and_a_file_which_size_it_had(finished_run: Path, tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "wide.png")
    notes = Notes()
    predict(finished_run, tmp_path / "wide.png", reporter=notes)
    best, *others = load_run(finished_run).networks
    assert notes.lines[0] == f"network: {best.label}, {best.architecture}"
    assert all(one.checkpoint in notes.lines[1] for one in others if one.checkpoint != best.checkpoint)
    assert notes.lines[-1] == f"resized to the network's 8×8 (height × width): {tmp_path / 'wide.png'} (10×20)"


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((1, 3, 8, 8), np.uint8), r"images \[1, 3, 8, 8\]: wanted is \[N, 1, 8, 8\] as uint8"),
        (np.zeros((8, 8), np.uint8), r"images \[8, 8\]: wanted"),
        (np.zeros((0, 1, 8, 8), np.uint8), r"images \[0, 1, 8, 8\]: wanted"),
        (np.zeros((1, 1, 8, 8), np.int64), "images of type int64: wanted"),
        (np.full((1, 1, 8, 8), 255.0), "images with values from 255 to 255: wanted"),
        (np.full((1, 1, 8, 8), np.nan), "images with values from nan to nan: wanted"),
        ([], "no image: give at least one"),
    ],
)
def test_images_that_do_not_fit_are_refused(images: Any, message: str, finished_run: Path) -> None:
    with pytest.raises(UserError, match=message):
        predict(finished_run, images)


def test_what_is_no_trained_network_is_refused(finished_run: Path, copy_run: Any, tmp_path: Path) -> None:
    image = DIGITS.images[:1]
    with pytest.raises(UserError, match="there is no checkpoint or run"):
        predict(tmp_path / "none", image)
    with pytest.raises(UserError, match="holds a supernet, whose weights many architectures share"):
        predict(finished_run / "checkpoints" / "supernet.safetensors", image)
    with pytest.raises(UserError, match="has trained nothing yet"):
        predict(copy_run("results.json"), image)
    (tmp_path / "supernet.state.safetensors").touch()
    with pytest.raises(UserError, match="a training under way: resume its run"):
        predict(tmp_path / "supernet.state.safetensors", image)
    checkpoint = Path(load_run(finished_run).best.checkpoint)
    (tmp_path / "cut.safetensors").write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"cut\.safetensors is damaged, cut off"):
        predict(tmp_path / "cut.safetensors", image)
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="not one that spikesearch wrote"):
        predict(tmp_path / "other.safetensors", image)
    with pytest.raises(UserError, match="top 0: must be 1 or more"):
        predict(checkpoint, image, top=0)


def test_own_blocks_are_given_from_python(least: Any, tmp_path: Path) -> None:
    run = train("autosnn: mine SCB3 skip MINE mine", settings=least(), blocks=BLOCKS, run=tmp_path / "run")
    with pytest.raises(UserError, match=r"unknown block 'MINE'.*your own, given from Python as blocks=\{…\}"):
        predict(run.path, DIGITS.images[:1])
    assert len(predict(run.path, DIGITS.images[:2], blocks=BLOCKS)) == 2


def test_names_are_in_the_checkpoint(finished_run: Path) -> None:
    with safe_open(load_run(finished_run).best.checkpoint, "numpy") as file:
        extra = json.loads(file.metadata()["spikesearch"])["description"]["extra"]
    assert extra["class_names"] == [str(digit) for digit in range(10)]
