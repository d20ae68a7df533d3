"""Frames on disk, a folder for each source and settings. A folder appears under its name only when it is complete."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.errors import UserError

_FORMAT = 1  # of the folders and of what integration computes: another number, another key
_PART = ".part"
LARGEST_COUNT = int(np.iinfo(np.int16).max)
"""Of a pixel in a frame; more stays at that."""


def default_cache() -> Path:
    """The user's own cache folder, such as `~/.cache/spikesearch/events`."""
    from platformdirs import user_cache_path

    return user_cache_path("spikesearch") / "events"


def cache_key(
    name: str, parts: Mapping[str, Sequence[Recording]], sensor: tuple[int, int], settings: EventSettings
) -> str:
    """Digest of everything that the frames depend on. Where the files lie is no part of it: they may be moved."""
    digest = hashlib.sha256(json.dumps([_FORMAT, name, sensor, settings.as_dict()], sort_keys=True).encode())
    for part, recordings in parts.items():
        for recording in recordings:
            place = recording.title.rsplit("/", 2)[-2:]
            digest.update(json.dumps([part, *place, recording.label, recording.stamp]).encode())
    return digest.hexdigest()


class Entry:
    """The folder of one key: the finished one, or the one that is being written.

    Attributes:
        path: where its files lie now.
        complete: whether they are all there.
    """

    def __init__(self, final: Path) -> None:
        self._final = final
        self.complete = final.is_dir()
        self.path = final if self.complete else final.with_name(final.name + _PART)

    def frames(self, part: str) -> npt.NDArray[Any]:
        """Frames [N, T, 2, H, W], uint8 or int16; what lies on the disk is not changed by writing into them.

        Raises:
            UserError: the file is damaged.
        """
        path = self.path / f"{part}.npy"
        try:
            return np.asarray(np.load(path, mmap_mode="c"))
        except (OSError, ValueError, EOFError) as error:
            raise UserError(f"the cached frames {path} are damaged ({error}): remove {self.path}") from error

    def finish(self, name: str, text: str) -> None:
        """Writes the last file and gives the folder its name."""
        (self.path / name).write_text(text, encoding="utf-8")
        os.replace(self.path, self._final)
        self.path, self.complete = self._final, True


@contextmanager
def open_entry(cache: Path, name: str, key: str) -> Iterator[Entry]:
    """The entry of a key. Of all that are not complete, one is written at a time: who wants the same waits for it.

    What a killed process has left is removed; of what is written inside, nothing stays if it fails.

    Raises:
        UserError: the cache cannot be written.
    """
    final = cache / f"{name}-{key[:24]}"
    if final.is_dir():
        yield Entry(final)
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entry = Entry(final)
            if entry.complete:  # written while we waited
                yield entry
                return
            for left in cache.glob(f"*{_PART}"):
                shutil.rmtree(left, ignore_errors=True)
            entry.path.mkdir()
            try:
                yield entry
            finally:
                if not entry.complete:
                    shutil.rmtree(entry.path, ignore_errors=True)
    except OSError as error:
        raise UserError(
            f"frames cannot be kept in {cache} ({error.strerror or error}): make room, or name another folder with "
            "data.cache"
        ) from error


class FrameFile:
    """Frames of one part as they are written: uint8, and int16 from the first count beyond 255 on.

    Args:
        folder: where the file lies.
        part: its name.
        shape: [N, T, 2, H, W].
    """

    def __init__(self, folder: Path, part: str, shape: tuple[int, ...]) -> None:
        self._path = folder / f"{part}.npy"
        self._shape = shape
        self._frames = _empty(self._path, shape, np.uint8)

    def __enter__(self) -> Self:
        return self

    def write(self, index: int, frames: npt.NDArray[np.int32]) -> None:
        """The frames of one recording. Counts beyond 32,767 stay at that: a pixel that is broken, not bright."""
        if self._frames.dtype == np.uint8 and frames.size and frames.max() > 255:
            self._widen(index)
        self._frames[index] = np.minimum(frames, LARGEST_COUNT)

    def _widen(self, done: int) -> None:
        wide_path = self._path.with_suffix(".wide")
        wide = _empty(wide_path, self._shape, np.int16)
        for index in range(done):
            wide[index] = self._frames[index]
        wide.flush()
        os.replace(wide_path, self._path)
        self._frames = wide

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.flush()


def _empty(path: Path, shape: tuple[int, ...], dtype: type[Any]) -> "np.memmap[Any, Any]":
    """A file of zeros to write into, whose room on the disk is taken at once: a memory map that finds a full disk later
    would end the process.

    Raises:
        OSError: there is no room.
    """
    frames = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate") and frames.nbytes:
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return frames
