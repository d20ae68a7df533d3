"""From a recording to T frames of counts, in bounded memory: long recordings are run through again instead of kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spikesearch.data.events.filters import filtered
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError, Events, check_inside

_KEPT = 2**20  # events held in memory between two passes, 26 MB
_LONGEST_SORTED = 2**26  # events that are sorted in memory, 1.7 GB

Reader = Callable[[], Iterator[Events]]
"""Opens a recording and gives its events in pieces; called once for each pass."""


@dataclass(frozen=True, kw_only=True)
class Integrated:
    """A recording as frames.

    Attributes:
        frames: int32 counts [T, 2, H, W], darker (off) first.
        events: how many there are in the file.
        kept: how many of them are in the frames.
        duration_us: from its first to its last event.
        sorted: whether the time stamps had to be put in order.
    """

    frames: npt.NDArray[np.int32]
    events: int
    kept: int
    duration_us: int
    sorted: bool


@dataclass(frozen=True)
class _Span:
    """What one pass over the file tells: number of events, first and last time, and whether they are in order."""

    events: int
    first: int
    last: int
    ordered: bool


def integrate(reader: Reader, settings: EventSettings, width: int, height: int) -> Integrated:
    """One recording as frames.

    Args:
        reader: of the recording.
        settings: filters, number and kind of slices.
        width: of the sensor.
        height: of the sensor.

    Raises:
        DamagedError: the file cannot be read, holds no event, or one outside the sensor; or it is out of order and too
            long to be sorted in memory.
    """
    raw = _Replay(lambda: check_inside(reader(), width, height))
    span = _span(raw)
    if not span.events:
        raise DamagedError("holds no event")
    ordered: Reader = lambda: iter(raw)  # noqa: E731 - a name for one of two
    if not span.ordered:
        whole = _sorted(raw, span)
        ordered = lambda: iter([whole])  # noqa: E731
    chosen = _Replay(lambda: filtered(ordered(), settings, width, height, span.first))
    kept = sum(map(len, chosen))
    shape = (settings.timesteps, 2, *settings.frame(width, height))
    counts = np.zeros(int(np.prod(shape)), np.int64)
    slice_of = _slices(settings, span, kept)
    done = 0
    for part in chosen:
        index = np.ravel_multi_index((slice_of(part, done), part.p, part.y, part.x), shape)
        counts += np.bincount(index, minlength=len(counts))
        done += len(part)
    return Integrated(
        frames=counts.reshape(shape).astype(np.int32),
        events=span.events,
        kept=kept,
        duration_us=span.last - span.first,
        sorted=not span.ordered,
    )


def _slices(settings: EventSettings, span: _Span, kept: int) -> Callable[[Events, int], npt.NDArray[np.int64]]:
    """The frame of each of some events, of which so many came before."""
    last = settings.timesteps - 1
    if settings.slices == "count":
        each = kept // settings.timesteps

        def by_count(part: Events, done: int) -> npt.NDArray[np.int64]:
            number = np.arange(done, done + len(part))
            # with fewer events than frames the last one takes the rest, which is all
            return np.minimum(number // each, last) if each else np.full(len(part), last)

        return by_count
    begin, end = span.first, span.last
    if settings.window_ms is not None:
        begin, end = (span.first + round(1000 * edge) for edge in settings.window_ms)
    length = max(1, (end - begin) // settings.timesteps)
    return lambda part, _: np.clip((part.t - begin) // length, 0, last)


def _span(events: "_Replay") -> _Span:
    count, first, last, ordered = 0, 0, 0, True
    for part in events:
        if not len(part):
            continue
        ordered &= bool((part.t[1:] >= part.t[:-1]).all()) and (not count or int(part.t[0]) >= last)
        low, high = int(part.t.min()), int(part.t.max())
        first, last = (min(first, low), max(last, high)) if count else (low, high)
        count += len(part)
    return _Span(count, first, last, ordered)


def _sorted(events: "_Replay", span: _Span) -> Events:
    """All events by time; those of one time in the order of the file."""
    if span.events > _LONGEST_SORTED:
        raise DamagedError(
            f"its {span.events:,} events are not in the order of time, and more than {_LONGEST_SORTED:,} are not "
            "sorted in memory"
        )
    whole = Events.join(list(events))
    return whole.take(np.argsort(whole.t, kind="stable"))


class _Replay:
    """Events that can be run through again: out of memory while they are few, else by reading them again."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: list[Events] | None = None

    def __iter__(self) -> Iterator[Events]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Events] | None = []
        count = 0
        for part in self._reader():
            count += len(part)
            if kept is not None and count <= _KEPT:
                kept.append(part)
            else:
                kept = None
            yield part
        self._kept = kept
