"""Frames of all recordings of a data set: from the cache, or integrated now and put there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.data.dataset import Images
from spikesearch.data.events.cache import Entry, FrameFile, cache_key, open_entry
from spikesearch.data.events.frames import integrate
from spikesearch.data.events.progress import Counter
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError
from spikesearch.data.file_tree import READING_ERRORS
from spikesearch.data.image_files import plural
from spikesearch.errors import UserError

_MOST_LISTED = 20
_ABOUT = "about.json"


@dataclass(frozen=True)
class Frames:
    """What became of a data set's recordings.

    Attributes:
        parts: frames and labels of `train` and `test`.
        notices: what a user should know, a sentence each.
        about: of each part how many events and microseconds its recordings have: least, mean and most.
    """

    parts: Mapping[str, Images]
    notices: tuple[str, ...]
    about: Mapping[str, Any]


def frames_of(
    name: str,
    parts: Mapping[str, Sequence[Recording]],
    sensor: tuple[int, int],
    settings: EventSettings,
    cache: Path,
) -> Frames:
    """Frames [N, T, 2, H, W] of all recordings, read from the disk as they are needed.

    Args:
        name: of the data set.
        parts: recordings of `train` and `test`.
        sensor: (width, height) in pixels.
        settings: how they become frames.
        cache: the folder of all caches.

    Raises:
        UserError: recordings cannot be read (they are listed), or there is no room for the cache.
    """
    key = cache_key(name, parts, sensor, settings)
    with open_entry(cache, name, key) as entry:
        if not entry.complete:
            _fill(entry, parts, sensor, settings)
    try:
        about = json.loads((entry.path / _ABOUT).read_text(encoding="utf-8"))
        notices, numbers = tuple(about["notices"]), dict(about["parts"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"the cached frames in {entry.path} are damaged ({error}): remove that folder") from error
    found = {}
    for part, recordings in parts.items():
        labels = np.array([recording.label for recording in recordings], np.int64)
        found[part] = Images(entry.frames(part), labels)
    return Frames(found, notices, numbers)


def _fill(
    entry: Entry, parts: Mapping[str, Sequence[Recording]], sensor: tuple[int, int], settings: EventSettings
) -> None:
    problems: list[str] = []
    numbers: dict[str, Any] = {}
    in_order, left = 0, 0
    total = sum(map(len, parts.values()))
    counter = Counter("cutting frames", total)
    for part, recordings in parts.items():
        shape = (len(recordings), settings.timesteps, 2, *settings.frame(*sensor))
        events, durations = [], []
        with FrameFile(entry.path, part, shape) as file:
            for index, recording in enumerate(counter.over(recordings)):
                try:
                    found = integrate(recording.reader, settings, *sensor)
                except (DamagedError, *READING_ERRORS) as error:
                    problems.append(damage(recording.title, error))
                    continue
                file.write(index, found.frames)
                events.append(found.events)
                durations.append(found.duration_us)
                in_order += found.sorted
                left += not found.kept
        numbers[part] = {"events": _three(events), "duration_us": _three(durations)}
    refuse_damaged_recordings(problems)
    notices = []
    if in_order:
        notices.append(
            f"{in_order:,} of {plural(total, 'recording')} had events out of order, which were sorted by time"
        )
    if left:
        notices.append(
            f"{left:,} of {plural(total, 'recording')} are empty after data.window_ms, data.denoise_ms and data.crop"
        )
    entry.finish(_ABOUT, json.dumps({"notices": notices, "parts": numbers, "settings": settings.as_dict()}, indent=1))


def _three(values: Sequence[int]) -> list[float]:
    """Least, mean and most."""
    return [min(values), float(np.mean(values)), max(values)] if values else [0, 0, 0]


def damage(title: str, error: Exception) -> str:
    """The line about a recording that cannot be read."""
    if isinstance(error, DamagedError):
        return f"{title}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{title}: {error.strerror}"
    return f"{title}: damaged ({type(error).__name__}: {error})"


def refuse_damaged_recordings(problems: Sequence[str]) -> None:
    """One message for all recordings that cannot be read.

    Raises:
        UserError: there are any.
    """
    if problems:
        more = [f"and {len(problems) - _MOST_LISTED:,} more"] if len(problems) > _MOST_LISTED else []
        lines = "\n".join(f"  {line}" for line in [*problems[:_MOST_LISTED], *more])
        raise UserError(f"{plural(len(problems), 'recording')} cannot be read; replace or remove:\n{lines}")
