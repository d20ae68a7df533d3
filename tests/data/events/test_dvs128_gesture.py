"""DVS128 Gesture as published, from recordings written for the test."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from event_writers import aedat3
from spikesearch.data.events.dvs128_gesture import CLASSES, load_dvs128_gesture
from spikesearch.data.events.settings import EventSettings
from spikesearch.errors import UserError

HEADER = "class,startTime_usec,endTime_usec\n"


def write_trial(folder: Path, name: str, classes: list[int]) -> None:
    """Gestures of 1,000 µs each with 500 µs between them; gesture of class c has ten events at column and row c."""
    events, lines = [], []
    for number, label in enumerate(classes):
        begin = 1500 * number
        lines.append(f"{label},{begin},{begin + 1000}")
        events += [(begin + 100 * k, label, label, k % 2) for k in range(10)]
        events += [(begin + 1000 + 100 * k, 0, 0, 1) for k in range(5)]  # between two gestures
    (folder / f"{name}.aedat").write_bytes(aedat3(events, at_once=7))
    (folder / f"{name}_labels.csv").write_text(HEADER + "\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "DvsGesture"
    folder.mkdir(parents=True)
    write_trial(folder, "user01_led", [1, 2, 3, 11])
    write_trial(folder, "user02_lab", [4, 5, 6, 7, 8, 9, 10])
    write_trial(folder, "user24_led", [11, 1])
    (folder / "trials_to_train.txt").write_text("user01_led.aedat\nuser02_lab.aedat\n\n")
    (folder / "trials_to_test.txt").write_text("user24_led.aedat\n")
    return folder


def test_each_line_of_a_label_file_is_a_recording(folder: Path, tmp_path: Path) -> None:
    found = load_dvs128_gesture(folder.parent, EventSettings(timesteps=2), tmp_path / "cache")
    assert found.class_names == CLASSES
    assert found.train.labels.tolist() == [0, 1, 2, 10, 3, 4, 5, 6, 7, 8, 9]
    assert found.test.labels.tolist() == [10, 0]
    for images in (found.train, found.test):
        for frames, label in zip(images.images, images.labels, strict=True):
            # five events a frame, on and off by turns, and none of those between the gestures
            assert frames[:, :, label + 1, label + 1].tolist() == [[3, 2], [2, 3]]
            assert frames.sum() == 10


def test_the_archive_is_unpacked_once(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "packed"
    home.mkdir()
    with tarfile.open(home / "DvsGesture.tar.gz", "w:gz") as archive:
        archive.add(folder, "DvsGesture")
    found = load_dvs128_gesture(home, EventSettings(timesteps=2), tmp_path / "cache")
    assert len(found.train) == 11
    assert sorted(path.name for path in home.iterdir()) == ["DvsGesture", "DvsGesture.tar.gz"]
    (home / "DvsGesture.tar.gz").unlink()
    assert len(load_dvs128_gesture(home, EventSettings(timesteps=2), tmp_path / "cache").test) == 2


def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "DvsGesture.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"), io.BytesIO())
    with pytest.raises(UserError, match=r"\.\./evil would lie outside the folder: not unpacked"):
        load_dvs128_gesture(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DvsGesture.tar.gz"]


def test_a_recording_that_is_cut_off_behind_its_last_gesture_is_used(folder: Path, tmp_path: Path) -> None:
    trial = folder / "user24_led.aedat"
    whole = trial.read_bytes()
    cache = tmp_path / "cache"
    wanted = load_dvs128_gesture(folder, cache=cache).test.images
    trial.write_bytes(whole + b"\1\0")
    with pytest.raises(UserError, match=r"line 3 of user24_led_labels.csv \(hand clapping\): ends within the 28 bytes"):
        load_dvs128_gesture(folder, cache=cache)
    # a packet behind the last gesture says that no event of it can follow
    late = [(200_000 + k, 0, 0, 1) for k in range(3)]
    trial.write_bytes(whole + aedat3(late, 3).split(b"#!END-HEADER\r\n")[1] + b"\1\0")
    assert np.array_equal(load_dvs128_gesture(folder, cache=cache).test.images, wanted)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("12,0,1000", "class 12 from 0 to 1000 µs cannot be"),
        ("1,1000,1000", "class 1 from 1000 to 1000 µs cannot be"),
        ("1,zero,1000", "'1,zero,1000' is not class, begin and end in microseconds"),
        ("", "lists no gesture"),
    ],
)
def test_damaged_label_files_are_named(folder: Path, line: str, reason: str) -> None:
    (folder / "user02_lab_labels.csv").write_text(HEADER + line + "\n")
    with pytest.raises(UserError, match=rf"user02_lab_labels.csv.*{reason}"):
        load_dvs128_gesture(folder)


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "user02_lab.aedat").unlink()
    (folder / "user24_led_labels.csv").unlink()
    with pytest.raises(UserError) as caught:
        load_dvs128_gesture(folder)
    assert f"{folder / 'user02_lab.aedat'} is missing, which trials_to_train.txt names" in str(caught.value)
    assert f"{folder / 'user24_led_labels.csv'} is missing, which trials_to_test.txt names" in str(caught.value)
    (folder / "trials_to_test.txt").write_text("../../secret.aedat\n")
    with pytest.raises(UserError, match=r"'../../secret.aedat', which is no file beside it"):
        load_dvs128_gesture(folder)
    with pytest.raises(UserError, match=r"holds no trials_to_train.txt and trials_to_test.txt\nWanted is the folder"):
        load_dvs128_gesture(tmp_path)


def test_a_gesture_without_events_is_damaged(folder: Path, tmp_path: Path) -> None:
    (folder / "user24_led_labels.csv").write_text(HEADER + "3,900000,901000\n")
    with pytest.raises(UserError, match=r"line 2 of user24_led_labels.csv \(left hand wave\): holds no event"):
        load_dvs128_gesture(folder, cache=tmp_path / "cache")
