"""N-MNIST as published: folders, archives, and the real recordings."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from event_writers import write_n_mnist
from spikesearch.data.events.n_mnist import load_n_mnist
from spikesearch.data.events.settings import EventSettings
from spikesearch.errors import UserError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`Train` and `Test` with two recordings of each digit."""
    folder = tmp_path_factory.mktemp("n-mnist")
    write_n_mnist(folder)
    return folder


def zipped(folder: Path, target: Path, *parts: str) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            for path in sorted((folder / part).rglob("*.bin"), reverse=True):
                archive.write(path, path.relative_to(folder))
    return target


def test_folders_and_archives_are_the_same_data(folder: Path, tmp_path: Path) -> None:
    unpacked = load_n_mnist(folder, cache=tmp_path / "cache")
    zipped(folder, tmp_path / "Train.zip", "Train")
    zipped(folder, tmp_path / "Test.zip", "Test")
    one = zipped(folder, tmp_path / "both.zip", "Train", "Test")
    (tmp_path / "above").mkdir()
    shutil.copytree(folder, tmp_path / "above" / "N-MNIST")
    for place in (tmp_path, one, tmp_path / "above"):
        found = load_n_mnist(place, cache=tmp_path / "cache")
        assert np.array_equal(found.train.images, unpacked.train.images)
        assert found.train.labels.tolist() == np.repeat(np.arange(10), 2).tolist()
    assert unpacked.shape == (2, 34, 34)
    assert unpacked.timesteps == 8
    assert unpacked.class_names == tuple("0123456789")
    # the first recording of digit 4 has 24 events in row 12: 3 a frame, whose columns are 0, 3, 6, …
    first = unpacked.train.images[8]
    assert np.flatnonzero(first.sum((0, 1, 3))).tolist() == [12]
    assert np.flatnonzero(first[0].sum((0, 1))).tolist() == [0, 3, 6]
    assert first[0, :, 12, 3].tolist() == [0, 1]  # the second event is on


def test_files_beside_archives_of_the_same_are_read_once(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "data")
    zipped(folder, tmp_path / "data" / "Train.zip", "Train")
    assert len(load_n_mnist(tmp_path / "data", cache=tmp_path / "cache").train) == 20


def test_what_is_missing_is_said_with_where_to_get_it(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"N-MNIST cannot be read: .*nowhere does not exist\nWanted are Train.zip and"):
        load_n_mnist(tmp_path / "nowhere")
    shutil.copytree(folder, tmp_path / "half")
    shutil.rmtree(tmp_path / "half" / "Test" / "7")
    with pytest.raises(UserError, match=r"holds no recordings Test/0…9/\*.bin\nWanted .*//www.garrickorchard.com"):
        load_n_mnist(tmp_path / "half")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"or name one zip archive that holds both \(is it .*/broken.zip\?\)"):
        load_n_mnist(tmp_path)
    with pytest.raises(UserError, match=r"broken.zip is no zip archive that can be read"):
        load_n_mnist(tmp_path / "broken.zip")


def test_damaged_recordings_are_named(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "data")
    (tmp_path / "data" / "Train" / "3" / "00001.bin").write_bytes(b"")
    (tmp_path / "data" / "Test" / "0" / "00000.bin").write_bytes(bytes(12))
    (tmp_path / "data" / "Test" / "1" / "gone.bin").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError) as caught:
        load_n_mnist(tmp_path / "data", cache=tmp_path / "cache")
    assert "Train/3/00001.bin: holds no event" in str(caught.value)
    assert "Test/1/gone.bin: No such file or directory" in str(caught.value)
    (tmp_path / "data" / "Test" / "1" / "gone.bin").unlink()
    assert "Test/0/00000.bin: ends within an event: of its 5 bytes 2 are there" in str(caught.value)
    archive = zipped(tmp_path / "data", tmp_path / "both.zip", "Train", "Test")
    content = bytearray(archive.read_bytes())
    content[60] ^= 0xFF  # within the first recording's compressed bytes
    archive.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"both.zip: T\w+/\d/\d+.bin: damaged \((BadZipFile|error): "):
        load_n_mnist(archive, cache=tmp_path / "cache")


def test_the_real_recordings(real_n_mnist: Path, tmp_path: Path) -> None:
    found = load_n_mnist(real_n_mnist, EventSettings(timesteps=4, slices="time"), tmp_path)
    assert (len(found.train), len(found.test)) == (1000, 100)
    assert found.train.images.shape == (1000, 4, 2, 34, 34)
    (notice,) = found.notices  # nothing else: all in order, none empty
    assert "has 1,000 recordings instead of 60,000, the test part 100 instead of 10,000" in notice
    with zipfile.ZipFile(real_n_mnist) as archive:
        names = sorted(one.filename for one in archive.infolist() if one.filename.startswith("Train/"))
        sizes = np.array([archive.getinfo(name).file_size // 5 for name in names])
        content = np.frombuffer(archive.read(names[0]), np.uint8).reshape(-1, 5).astype(int)
    assert np.array_equal(found.train.images.sum((1, 2, 3, 4)), sizes)  # every event is in one frame
    # the first recording, counted by hand from its bytes
    times = (content[:, 2] % 128) * 65536 + content[:, 3] * 256 + content[:, 4]
    slot = np.minimum((times - times[0]) // ((times[-1] - times[0]) // 4), 3)
    counts = np.zeros((4, 2, 34, 34), int)
    np.add.at(counts, (slot, content[:, 2] // 128, content[:, 1], content[:, 0]), 1)
    assert np.array_equal(found.train.images[0], counts)
    # about 300 ms of three saccades (Orchard et al. 2015), some 4,000 events
    low, mean, high = found.about["train"]["duration_us"]
    assert 290_000 < low <= mean <= high < 320_000
    assert 3_500 < found.about["train"]["events"][1] < 4_500


def test_denoising_keeps_what_moves_and_drops_single_pixels(real_n_mnist: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(real_n_mnist) as archive:
        first = {name.rsplit("/", 1)[0]: name for name in reversed(archive.namelist())}
        for name in first.values():  # one of each digit and part
            archive.extract(name, tmp_path)
    plain, clean = (
        load_n_mnist(tmp_path, EventSettings(timesteps=2, denoise_ms=within), tmp_path / "cache").train.images
        for within in (0.0, 3.0)
    )
    assert (clean.sum((1, 2)) <= plain.sum((1, 2))).all()
    kept = clean.sum() / plain.sum()
    # the corners, where no digit is, lose far more than the middle
    corner = clean[..., :5, :5].sum() / plain[..., :5, :5].sum()
    assert corner < 0.5 < kept
