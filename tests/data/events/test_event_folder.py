"""Own recordings in folders, of any format."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from event_writers import Event, aedat2, aedat3, forty_bits
from spikesearch.data.events.event_folder import load_event_folder
from spikesearch.data.events.settings import EventSettings
from spikesearch.errors import UserError

EVENTS: list[Event] = [(10, 1, 2, 1), (20, 3, 4, 0), (30, 5, 6, 1), (40, 7, 8, 0)]


def write(path: Path) -> None:
    """The four events in the format of the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: np.array([event[index] for event in EVENTS]) for index, name in enumerate("txyp")}
    match path.suffix:
        case ".npz":
            np.savez(path, **columns)
        case ".npy":
            np.save(path, np.array(EVENTS))
        case ".bin":
            path.write_bytes(forty_bits(EVENTS))
        case ".aedat":
            path.write_bytes(aedat2(EVENTS) if "two" in path.name else aedat3(EVENTS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("train", "test"):
        for name in ("fan", "walk"):
            for file in ("a.npz", "b.npy", "c.bin", "two.aedat", "deeper/three.aedat"):
                write(tmp_path / "own" / part / name / file)
    return tmp_path / "own"


def test_all_formats_are_read_alike(folder: Path, tmp_path: Path) -> None:
    found = load_event_folder(folder, EventSettings(timesteps=2), tmp_path / "cache")
    assert found.class_names == ("fan", "walk")
    assert found.train.labels.tolist() == [0] * 5 + [1] * 5
    assert found.shape == (2, 9, 8)  # as far as the events go
    assert "the sensor has 8×9 pixels, as far as the recordings go" in found.notices[-1]
    assert all(np.array_equal(one, found.train.images[0]) for one in found.train.images)
    assert found.train.images[0].sum() == 4
    given = load_event_folder(folder, EventSettings(timesteps=2), tmp_path / "cache", sensor=(20, 10))
    assert given.shape == (2, 10, 20)
    with pytest.raises(UserError, match="x = 7, y = 8, outside the sensor of 7×10 pixels"):
        load_event_folder(folder, cache=tmp_path / "cache", sensor=(7, 10))


def test_aedat_alone_is_of_128_pixels_and_a_fifth_is_the_test_part(tmp_path: Path) -> None:
    for name in ("fan", "walk"):
        for number in range(10):
            write(tmp_path / "own" / "train" / name / f"two{number}.aedat")
    found = load_event_folder(tmp_path / "own", EventSettings(timesteps=2), tmp_path / "cache")
    assert found.shape == (2, 128, 128)
    assert (len(found.train), len(found.test)) == (16, 4)
    assert found.test.labels.tolist() == [0, 0, 1, 1]
    assert "a fixed, stratified fifth of the recordings in train/, 4 of them, is the test part" in found.notices[0]


def no_train(folder: Path) -> None:
    (folder / "train").rename(folder / "training")


def one_class(folder: Path) -> None:
    (folder / "train" / "walk").rename(folder / "walk")


def other_class(folder: Path) -> None:
    (folder / "test" / "walk").rename(folder / "test" / "run")


def empty_class(folder: Path) -> None:
    (folder / "test" / "fan").rename(folder / "fan")
    (folder / "test" / "fan").mkdir()


def damaged(folder: Path) -> None:
    (folder / "train" / "fan" / "a.npz").write_bytes(b"no zip")
    (folder / "train" / "walk" / "c.bin").write_bytes(b"123")


def negative(folder: Path) -> None:
    np.savez(folder / "train" / "fan" / "a.npz", t=[1], x=[-1], y=[0], p=[1])


def far_away(folder: Path) -> None:
    np.savez(folder / "train" / "fan" / "a.npz", t=[1], x=[1_000_000], y=[0], p=[1])


def all_kinds_of_damage(folder: Path) -> None:
    for part, content in (("train", b""), ("test", b"1234")):
        (folder / part / "walk" / "c.bin").write_bytes(content)
    far_away(folder)


def both_classes_empty(folder: Path) -> None:
    for name in ("fan", "walk"):
        (folder / "test" / name).rename(folder / name)
        (folder / "test" / name).mkdir()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_train, "holds no folder train: wanted are folders train/<class>/"),
        (one_class, "train holds 1 classes, 2 or more are needed"),
        (other_class, "the classes run are not in train"),
        (empty_class, "no recording in the class folder fan"),
        (damaged, "2 recordings cannot be read; replace or remove:\n.*a.npz: no .npz file.*\n.*c.bin: ends within"),
        (negative, "a.npz: holds events at pixels below 0"),
        (far_away, r"^1 recording cannot be read; replace or remove:\n.*fan/a.npz: holds events at .* beyond 8,192$"),
        (all_kinds_of_damage, r"^3 .*\n.*a.npz: .*8,192\n.*train/walk/c.bin: holds no event\n.*c.bin: ends within.*$"),
        (both_classes_empty, "no recording in the class folders fan, walk"),
    ],
)
def test_what_cannot_be_used_is_said(
    folder: Path, tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    change(folder)
    with pytest.raises(UserError, match=message):
        load_event_folder(folder, cache=tmp_path / "cache")


def test_too_few_for_a_test_part(folder: Path, tmp_path: Path) -> None:
    (folder / "test").rename(tmp_path / "away")
    (folder / "train" / "fan" / "a.npz").unlink()
    (folder / "train" / "fan" / "notes.txt").write_text("")
    with pytest.raises(UserError, match=r"too few recordings to take a fifth of each class for it: fan \(4\)"):
        load_event_folder(folder)
