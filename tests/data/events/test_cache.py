"""The cache of frames: read again instead of computed, another key for other data, and nothing half-written."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from event_writers import write_n_mnist
from spikesearch.data.events.building import Frames, frames_of
from spikesearch.data.events.cache import FrameFile, default_cache, open_entry
from spikesearch.data.events.n_mnist import load_n_mnist
from spikesearch.data.events.progress import recordings_reported_to
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError, Events
from spikesearch.errors import UserError
from spikesearch.studies.progress import Reporter

SENSOR = (3, 2)


class Source:
    """Recordings of as many events at pixel (2, 1) as given, all within a millisecond; counts how often one is read."""

    def __init__(self, *counts: int) -> None:
        self.counts = counts
        self.reads = 0

    def recordings(self, stamp: str = "1") -> dict[str, list[Recording]]:
        made = [
            Recording(f"somewhere/{number % 2}/{number}.bin", number % 2, stamp, self._reader(count))
            for number, count in enumerate(self.counts)
        ]
        return {"train": made[:-1], "test": made[-1:]}

    def _reader(self, count: int) -> Callable[[], Iterator[Events]]:
        def read() -> Iterator[Events]:
            self.reads += 1
            if count < 0:
                raise DamagedError("was cut off")
            rows = np.arange(count)
            yield Events(rows, np.full(count, 2), np.full(count, 1), (rows % 2).astype(np.uint8))

        return read


def load(source: Source, cache: Path, stamp: str = "1", **keywords: Any) -> Frames:
    return frames_of("some", source.recordings(stamp), SENSOR, EventSettings(**{"timesteps": 2, **keywords}), cache)


def left_in(cache: Path) -> list[str]:
    """What lies in the cache beside the empty file that processes wait at."""
    return sorted(set(os.listdir(cache)) - {".lock"}) if cache.is_dir() else []


def test_frames_come_from_the_disk_the_second_time(tmp_path: Path) -> None:
    source = Source(8, 4, 2)
    first = load(source, tmp_path / "cache")
    reads = source.reads
    second = load(source, tmp_path / "cache")
    assert source.reads == reads > 0
    for found in (first, second):
        train = found.parts["train"]
        assert train.images.shape == (2, 2, 2, 2, 3)
        assert train.images.dtype == np.uint8
        assert train.images[:, :, :, 1, 2].tolist() == [[[2, 2], [2, 2]], [[1, 1], [1, 1]]]
        assert train.labels.tolist() == [0, 1]
        assert found.parts["test"].images.sum() == 2
        assert found.about["train"]["events"] == [4, 6.0, 8]
    assert len(left_in(tmp_path / "cache")) == 1


@pytest.mark.parametrize(
    "change", [{"stamp": "2"}, {"timesteps": 4}, {"slices": "time"}, {"crop": 1}, {"denoise_ms": 1.0}, {"size": 2}]
)
def test_another_source_or_setting_is_another_entry(tmp_path: Path, change: dict[str, Any]) -> None:
    source = Source(8, 4, 2)
    load(source, tmp_path)
    reads = source.reads
    load(source, tmp_path, **change)
    assert source.reads > reads
    assert len(left_in(tmp_path)) == 2


def test_counts_beyond_a_byte_widen_the_file(tmp_path: Path) -> None:
    found = load(Source(10, 2 * 300, 70_000 * 2 * 2, 3), tmp_path, timesteps=2)
    train = found.parts["train"].images
    assert train.dtype == np.int16
    # 600 events: 300 a slice, 150 of each polarity; 280,000: 70,000 of each, which stay at the largest
    assert train[:, 0, 0, 1, 2].tolist() == [3, 150, 32_767]
    assert found.parts["test"].images.dtype == np.uint8


def test_damaged_recordings_are_listed_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(Source(8, -1, 0, 2), tmp_path / "cache")
    message = str(caught.value)
    assert message.startswith("2 recordings cannot be read; replace or remove:\n")
    assert "somewhere/1/1.bin: was cut off" in message
    assert "somewhere/0/2.bin: holds no event" in message
    assert left_in(tmp_path / "cache") == []


def test_an_interruption_leaves_nothing_and_what_a_kill_left_is_removed(tmp_path: Path) -> None:
    def interrupted() -> None:
        with open_entry(tmp_path, "some", "a" * 64) as entry:
            FrameFile(entry.path, "train", (1, 1, 2, 2, 2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left_in(tmp_path) == []
    (tmp_path / "other-abc.part").mkdir()
    (tmp_path / "other-abc.part" / "train.npy").write_bytes(b"half")
    load(Source(8, 4, 2), tmp_path)
    assert len(left_in(tmp_path)) == 1


def test_what_kill_left_is_removed_by_the_next_process(tmp_path: Path) -> None:
    """With -9, in the middle of cutting frames: nothing can be tidied up then."""
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from spikesearch.data.events.n_mnist import load_n_mnist\n"
        "from spikesearch.data.events.progress import recordings_reported_to\n"
        "from spikesearch.studies.progress import Reporter\n"
        "class Kill(Reporter):\n"
        "    def advance(self, done, detail=''):\n"
        "        assert detail == '13 of 20 recordings' or done != 13\n"
        "        if done == 13: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with recordings_reported_to(Kill()): load_n_mnist(sys.argv[1], cache=sys.argv[2])\n"
    )
    write_n_mnist(tmp_path / "data", recordings=1)
    cache = tmp_path / "cache"
    ended = subprocess.run([sys.executable, "-c", code, tmp_path / "data", cache], check=False)
    assert ended.returncode == -signal.SIGKILL
    (half,) = left_in(cache)
    assert half.endswith(".part")
    found = load_n_mnist(tmp_path / "data", cache=cache)
    assert left_in(cache) == [half.removesuffix(".part")]
    assert all((found.train.images.sum((1, 2, 3, 4)) > 0).tolist())  # every recording, also those before the kill


def test_reading_is_counted(tmp_path: Path) -> None:
    class Heard(Reporter):
        def __init__(self) -> None:
            self.heard: list[Any] = []

        def phase(self, title: str, total: int, done: int = 0) -> None:
            self.heard.append((title, total))

        def advance(self, done: int, detail: str = "") -> None:
            self.heard.append((done, detail))

    heard, source = Heard(), Source(8, 4, 2)
    with recordings_reported_to(heard), recordings_reported_to(None):  # no reporter further in leaves the one outside
        load(source, tmp_path)
        load(source, tmp_path)  # from the cache: nothing is read
    load(source, tmp_path, timesteps=3)  # nobody listens
    assert heard.heard == [
        ("cutting frames: 3 recordings", 3),
        (1, "1 of 3 recordings"),
        (2, "2 of 3 recordings"),
        (3, "3 of 3 recordings"),
    ]


def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path, file_size_limit: Callable[[int], None]) -> None:
    file_size_limit(4096)
    with pytest.raises(UserError, match=r"frames cannot be kept in .*cache \(File too large\): make room, or name"):
        load(Source(8, 4, 2), tmp_path / "cache", timesteps=500)
    assert left_in(tmp_path / "cache") == []


def test_who_wants_the_same_waits_and_does_not_compute_it_again(tmp_path: Path) -> None:
    source = Source(8, 4, 2)
    with open_entry(tmp_path, "some", "b" * 64):  # somebody writes something else
        other = threading.Thread(target=load, args=(source, tmp_path))
        other.start()
        other.join(0.2)
        assert other.is_alive()
        assert source.reads == 0
    other.join(20)
    assert source.reads > 0
    assert len(left_in(tmp_path)) == 1


def test_a_damaged_entry_is_named(tmp_path: Path) -> None:
    load(Source(8, 4, 2), tmp_path)
    (entry,) = tmp_path.glob("some-*")
    (entry / "train.npy").write_bytes((entry / "train.npy").read_bytes()[:130])
    with pytest.raises(UserError, match=rf"cached frames .*train.npy are damaged .*: remove {entry}"):
        load(Source(8, 4, 2), tmp_path)
    (entry / "about.json").write_text("{}")
    with pytest.raises(UserError, match=rf"cached frames in {entry} are damaged .*: remove that folder"):
        load(Source(8, 4, 2), tmp_path)
    (entry / "about.json").unlink()
    with pytest.raises(UserError, match=rf"cached frames in {entry} are damaged .*: remove that folder"):
        load(Source(8, 4, 2), tmp_path)


def test_recordings_that_the_filters_leave_empty_are_told(tmp_path: Path) -> None:
    found = load(Source(8, 4, 2), tmp_path, window_ms=(5.0, 6.0))
    assert found.notices == ("3 of 3 recordings are empty after data.window_ms, data.denoise_ms and data.crop",)


def test_the_cache_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "spikesearch" / "events"
    unwritable = tmp_path / "file"
    unwritable.write_text("")
    with pytest.raises(UserError, match=r"frames cannot be kept in .*file"):
        load(Source(8, 4, 2), unwritable)
