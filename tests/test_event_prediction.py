"""What a network of event data says about recordings and frames."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from event_writers import Event, aedat2, aedat3, forty_bits, write_n_mnist
from spikesearch import UserError, build, predict, record
from spikesearch.app import train
from spikesearch.cli.main import run as command
from spikesearch.data.augment import Normalisation
from spikesearch.data.events.dvs128_gesture import CLASSES
from spikesearch.data.events.event_folder import load_event_folder
from spikesearch.data.events.n_mnist import load_n_mnist
from spikesearch.data.events.settings import EventSettings
from spikesearch.prediction import Prediction
from spikesearch.studies.progress import Reporter
from spikesearch.training.checkpoints import load_checkpoint, save_checkpoint

SETTINGS = {"slices": "time", "window_ms": [1.0, 18.0], "denoise_ms": 50.0, "crop": 30, "size": 16}
EVENTS: list[Event] = [(1000 * k, 40 + k % 7, 60 + k % 5, k % 2) for k in range(60)]


class Heard(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.phases: list[tuple[str, int]] = []
        self.details: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def phase(self, title: str, total: int, done: int = 0) -> None:
        self.phases.append((title, total))

    def advance(self, done: int, detail: str = "") -> None:
        self.details.append(detail)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("n-mnist")
    write_n_mnist(folder, recordings=5)
    return folder


@pytest.fixture(scope="module")
def trained(recordings: Path, least: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Heard]:
    """A network trained on frames that every setting changes, the cache of those, and what was heard."""
    cache = tmp_path_factory.mktemp("cache")
    data = {"name": "n-mnist", "cache": str(cache), "limit": 0, "test_limit": 0, **SETTINGS}
    heard = Heard()
    settings = least(data=data, network={"timesteps": 3})
    path = tmp_path_factory.mktemp("runs") / "run"
    run = train("autosnn:skip", settings=settings, data=recordings, run=path, reporter=heard)
    return Path(run.best.checkpoint), cache, heard


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes an untrained network with what its checkpoint would hold."""

    def written(extra: dict[str, Any], side: int = 128) -> Path:
        dimensions = {"channels": 4, "timesteps": 2, "image": (2, side, side), "classes": 11, "events": True}
        network = build("autosnn:skip", **dimensions, v_threshold=0.005)  # so low that it fires untrained
        path = tmp_path_factory.mktemp("checkpoint") / "network.safetensors"
        save_checkpoint(path, network, normalisation=Normalisation((0.0, 0.0), (1 / 255, 1 / 255)), extra=extra)
        return path

    return written


def rates(found: Prediction) -> dict[int, float]:
    return {one.label: one.rate for one in found.classes}


def test_recordings_are_cut_as_those_it_learned_from(
    trained: tuple[Path, Path, Heard], recordings: Path, tmp_path: Path
) -> None:
    path, cache, _ = trained
    files = sorted((recordings / "Test").rglob("*.bin"))
    found = predict(path, files)
    settings = EventSettings(timesteps=3, slices="time", window_ms=(1.0, 18.0), denoise_ms=50.0, crop=30, size=16)
    frames = load_n_mnist(recordings, settings, cache).test.images.swapaxes(0, 1)  # [T, N, C, H, W]
    assert [one.image for one in found] == [str(file) for file in files]
    for given in (frames, torch.from_numpy(frames.astype(np.float64)), frames.astype(np.int16), frames.astype(">u2")):
        assert [one.classes for one in predict(path, given)] == [one.classes for one in found]
    np.save(tmp_path / "frames.npy", frames[:, 2:4])
    stored = predict(path, [tmp_path / "frames.npy", files[4]])
    assert [one.classes for one in stored] == [one.classes for one in found[2:5]]
    assert [one.image for one in stored[:2]] == [f"{tmp_path / 'frames.npy'}, recording {number}" for number in (0, 1)]
    network, _ = load_checkpoint(path)
    with record(network) as activity, torch.no_grad():
        (expected,) = network(torch.from_numpy(frames[:, 3:4]).float())
    assert (found[3].spikes, rates(found[3])) == (activity.spikes_per_image, dict(enumerate(expected.tolist())))
    assert len({tuple(rates(one).values()) for one in found}) > 1  # not all alike, or nothing would be shown


def test_cutting_is_counted_once(trained: tuple[Path, Path, Heard]) -> None:
    *_, heard = trained
    assert [phase for phase in heard.phases if "recordings" in phase[0]] == [("cutting frames: 100 recordings", 100)]
    assert [one for one in heard.details if "recordings" in one] == [f"{k} of 100 recordings" for k in range(1, 101)]


def test_the_command_takes_recordings(
    trained: tuple[Path, Path, Heard], recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recordings / "Test" / "4" / "00000.bin"
    assert command(["predict", str(trained[0]), str(file), "--top", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(str(file))


def test_arrays_of_events_say_the_same_and_disorder_is_told(
    trained: tuple[Path, Path, Heard], recordings: Path, tmp_path: Path
) -> None:
    events = [(1000 * k, (k * 3) % 34, 12, k % 2) for k in range(24)]  # as the writer has it of digit 4
    expected = predict(trained[0], recordings / "Test" / "4" / "00000.bin")[0].classes
    np.save(tmp_path / "a.npy", np.array(events))
    np.save(tmp_path / "mixed.npy", np.array(events[::-1]))
    heard = Heard()
    found = predict(trained[0], [tmp_path / "a.npy", tmp_path / "mixed.npy"], reporter=heard)
    assert [one.classes for one in found] == [expected, expected]
    assert heard.notes == [f"{tmp_path / 'mixed.npy'}: its events were out of order and were sorted by time"]


def test_all_files_that_cannot_be_read_are_named(
    trained: tuple[Path, Path, Heard], recordings: Path, tmp_path: Path
) -> None:
    whole = (recordings / "Test" / "4" / "00000.bin").read_bytes()
    (tmp_path / "cut.bin").write_bytes(whole[:-2])
    (tmp_path / "empty.bin").touch()
    (tmp_path / "far.bin").write_bytes(forty_bits([(1, 40, 3, 1)]))
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "other.aedat").write_bytes(aedat2(EVENTS))
    Image.new("L", (34, 34)).save(tmp_path / "digit.png")
    np.save(tmp_path / "frames.npy", np.zeros((3, 1, 2, 34, 34)))
    names = ("frames.npy", "cut.bin", "empty.bin", "far.bin", "text.npz", "other.aedat", "digit.png", "gone.bin")
    with pytest.raises(UserError) as error:
        predict(trained[0], [*(tmp_path / name for name in names), tmp_path])
    lines = str(error.value).splitlines()
    assert lines[0] == "9 of 9 recordings cannot be read:"
    wanted = "the network was trained on n-mnist: give event recordings (.bin, .npz, .npy)"
    for line, name, reason in zip(
        lines[1:],
        (*names, ""),
        (
            "frames [3, 1, 2, 34, 34]: wanted are counts of events [T, N, C, H, W], here [3, N, 2, 16, 16]",
            "ends within an event: of its 5 bytes 3 are there; the file was cut off",
            "holds no event",
            "event 0 lies at x = 40, y = 3, outside the sensor of 34×34 pixels",
            "no .npz file that can be read, or damaged",
            f"no such recording by its name; {wanted}",
            f"no such recording by its name; {wanted}",
            "no such file",
            f"a folder; {wanted}",
        ),
        strict=True,
    ):
        assert line.startswith(f"  {tmp_path / name}: {reason}")


def test_networks_of_images_refuse_recordings(finished_run: Path, recordings: Path) -> None:
    file = recordings / "Test" / "4" / "00000.bin"
    with pytest.raises(UserError, match=r"00000\.bin: a recording of events .* was trained on images: give"):
        predict(finished_run, file)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((1, 2, 16, 16), np.uint8), r"frames \[1, 2, 16, 16\]: wanted are .* here \[3, N, 2, 16, 16\]"),
        (np.zeros((4, 3, 2, 16, 16), np.uint8), r"wanted .*; data sets have \[N, T, C, H, W\]: exchange the first two"),
        (np.zeros((3, 0, 2, 16, 16), np.uint8), r"frames \[3, 0, 2, 16, 16\]: wanted"),
        (np.full((3, 1, 2, 16, 16), -1), "values from -1 to -1: wanted"),
        (np.full((3, 1, 2, 16, 16), np.nan), "values from nan to nan: wanted"),
        (np.zeros((3, 1, 2, 16, 16), bool), "frames of type bool: wanted"),
        ([], "no recording: give at least one"),
    ],
)
def test_frames_that_do_not_fit_are_refused(trained: tuple[Path, Path, Heard], frames: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        predict(trained[0], frames)


def test_cifar10_dvs_is_turned_upright(checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    path = checkpoint({"data": {"name": "cifar10-dvs"}, "dataset": "cifar10-dvs"})
    (tmp_path / "a.aedat").write_bytes(aedat2(EVENTS))
    frames = np.zeros((2, 1, 2, 128, 128), np.uint8)
    for number, (_, x, y, p) in enumerate(EVENTS):
        frames[number // 30, 0, p, x, y] += 1  # axes exchanged: the camera lay on its side
    found = predict(path, np.concatenate([frames, frames.swapaxes(-2, -1)], axis=1))
    assert predict(path, tmp_path / "a.aedat")[0].spikes == found[0].spikes != found[1].spikes


def test_each_gesture_of_a_labelled_file_is_a_recording(checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    path = checkpoint({"data": {"name": "dvs128-gesture"}, "dataset": "dvs128-gesture", "class_names": list(CLASSES)})
    (tmp_path / "a.aedat").write_bytes(aedat3(EVENTS))
    (tmp_path / "first.aedat").write_bytes(aedat3(EVENTS[:20]))
    (whole,) = predict(path, tmp_path / "a.aedat")
    (tmp_path / "a_labels.csv").write_text("class,startTime_usec,endTime_usec\n3,0,20000\n1,20000,60000\n")
    first, second = predict(path, tmp_path / "a.aedat")
    assert first.image == f"{tmp_path / 'a.aedat'}, line 2 of a_labels.csv (left hand wave)"
    assert rates(first) == rates(predict(path, tmp_path / "first.aedat")[0])
    assert len({one.spikes for one in (whole, first, second)}) == 3
    (tmp_path / "a_labels.csv").write_text("class,startTime_usec,endTime_usec\n30,0,20000\n")
    with pytest.raises(UserError, match=r"a_labels\.csv, line 2: class 30 from 0 to 20000 µs cannot be"):
        predict(path, tmp_path / "a.aedat")


def test_the_sensor_of_own_recordings_is_remembered(least: Any, tmp_path: Path) -> None:
    """It is as large as the events of all recordings go, which a single one does not tell."""
    for name, far in (("fan", 39), ("walk", 35)):
        (tmp_path / "train" / name).mkdir(parents=True)
        for number in range(10):
            events = [(1000 * k, (k + number) % 20, far * (k % 2), k % 2) for k in range(40)]
            np.save(tmp_path / "train" / name / f"{number}.npy", np.array(events))
    data = {"name": "event-folder", "cache": str(tmp_path / "cache"), "limit": 0, "test_limit": 0, "crop": 16}
    heard = Heard()
    settings = least(data=data, network={"timesteps": 2})
    run = train("autosnn:skip", settings=settings, data=tmp_path, run=tmp_path / "run", reporter=heard)
    assert [title for title, _ in heard.phases[:2]] == [
        "measuring the sensor: 20 recordings",
        "cutting frames: 20 recordings",
    ]
    whole = load_event_folder(tmp_path, EventSettings(timesteps=2, crop=16), tmp_path / "cache")
    assert whole.about["sensor"] == [20, 40]
    events = np.load(tmp_path / "train" / "walk" / "3.npy")
    frames = np.zeros((2, 1, 2, 16, 16), np.uint8)
    for number, (_, x, y, p) in enumerate(events):
        if 2 <= x < 18 and 12 <= y < 28:
            frames[number // 20, 0, p, y - 12, x - 2] += 1
    (found,) = predict(run.best.checkpoint, tmp_path / "train" / "walk" / "3.npy")
    assert rates(found) == rates(predict(run.best.checkpoint, frames)[0])


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({}, r"checkpoint cannot cut recordings into; give frames of counts instead, \[2, N, 2, 32, 32\]"),
        ({"data": {"name": "n-mnist"}, "dataset": "mine"}, r"cannot cut recordings into \(data set mine\)"),
        ({"data": {"name": "event-folder", "size": 32}}, "does not tell how many pixels the sensor had"),
        ({"data": {"name": "n-mnist", "crop": 20}}, "contradicts itself: its network takes 32×32 pixels"),
    ],
)
def test_checkpoints_that_do_not_tell_how_data_were_cut_take_frames(
    checkpoint: Callable[..., Path], extra: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = checkpoint(extra, side=32)
    (tmp_path / "a.bin").write_bytes(forty_bits([(1, 1, 1, 1)]))
    with pytest.raises(UserError, match=message):
        predict(path, tmp_path / "a.bin")
    assert len(predict(path, np.ones((2, 1, 2, 32, 32), np.uint8))) == 1
