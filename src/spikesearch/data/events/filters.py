"""What is taken out of a stream of events, piece by piece, before it is cut into frames."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import Events

_NEVER = -(2**60)  # microseconds; long before anything


def filtered(
    events: Iterable[Events], settings: EventSettings, width: int, height: int, begin: int
) -> Iterator[Events]:
    """All filters of the settings in their order, of events in the order of time.

    Args:
        events: of a recording whose first event is at `begin`.
        settings: which filters.
        width: of the sensor.
        height: of the sensor.
        begin: microseconds.
    """
    stream = iter(events)
    if settings.window_ms is not None:
        first, last = (begin + round(1000 * edge) for edge in settings.window_ms)
        stream = (part.take((part.t >= first) & (part.t < last)) for part in stream)
    if settings.denoise_ms:
        stream = denoised(stream, round(1000 * settings.denoise_ms), width, height)
    if settings.crop:
        stream = cropped(stream, settings.crop, width, height)
        width = height = settings.crop
    if settings.size is not None:
        stream = resized(stream, settings.size, width, height)
    return (part for part in stream if len(part))


def cropped(events: Iterable[Events], side: int, width: int, height: int) -> Iterator[Events]:
    """Those of the square in the middle, whose upper left corner becomes (0, 0)."""
    left, top = (width - side) // 2, (height - side) // 2
    for part in events:
        x, y = part.x - left, part.y - top
        inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
        yield Events(part.t, x, y, part.p).take(inside)


def resized(events: Iterable[Events], side: int, width: int, height: int) -> Iterator[Events]:
    """The same events on fewer pixels, side × side."""
    for part in events:
        yield Events(part.t, part.x * side // width, part.y * side // height, part.p)


def denoised(events: Iterable[Events], within_us: int, width: int, height: int) -> Iterator[Events]:
    """Those with company: an earlier event of the same pixel or of one around it, whatever its polarity, at most
    `within_us` microseconds before. What is dropped is company all the same.

    Args:
        events: in the order of time.
        within_us: microseconds.
        width: of the sensor.
        height: of the sensor.
    """
    # A border of one pixel, so that every pixel has eight neighbours.
    last = np.full((height + 2) * (width + 2), _NEVER, np.int64)
    row = width + 2
    around = [dy * row + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    for part in events:
        if not len(part):
            continue
        pixel = (part.y + 1) * row + part.x + 1
        latest = _latest_of_neighbours(pixel, part.t, last, around)
        last[pixel] = part.t  # of equal indices the last one counts
        yield part.take(part.t - latest <= within_us)


def _latest_of_neighbours(
    pixel: npt.NDArray[np.int64], t: npt.NDArray[np.int64], last: npt.NDArray[np.int64], around: list[int]
) -> npt.NDArray[np.int64]:
    """For each event the time of the last one before it on or around its pixel."""
    n = len(pixel)
    number = np.arange(n)
    # Sorted by pixel and then by order: the last event of pixel q before event i stands just before key q·n + i.
    keys = np.sort(pixel * n + number)
    latest = np.full(n, _NEVER, np.int64)
    for step in around:
        other = pixel + step
        place = np.searchsorted(keys, other * n + number) - 1
        found = keys[np.maximum(place, 0)]
        here = (place >= 0) & (found // n == other)
        latest = np.maximum(latest, np.where(here, t[found % n], last[other]))
    return latest
