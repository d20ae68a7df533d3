"""What all readers give, and how they take files in pieces: a recording need not fit into memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt

CHUNK = 2**18  # events read at once: some 10 MB of arrays

IntArray = npt.NDArray[np.int64]


class DamagedError(Exception):
    """Why a recording is not read, in words that follow the file's name."""


@dataclass(frozen=True, eq=False)
class Events:
    """Some events of a recording, in the order of the file.

    Attributes:
        t: time stamps in microseconds, int64 [n].
        x: columns from the left, int64 [n].
        y: rows from the top, int64 [n].
        p: polarity, uint8 [n]: 0 darker (off), 1 brighter (on).
    """

    t: IntArray
    x: IntArray
    y: IntArray
    p: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.t)

    def take(self, which: npt.NDArray[Any] | slice) -> "Events":
        """Those of them that an index, a mask or a slice names."""
        return Events(self.t[which], self.x[which], self.y[which], self.p[which])

    @classmethod
    def join(cls, parts: Sequence["Events"]) -> Self:
        """One after the other."""
        if not parts:
            none = np.zeros(0, np.int64)
            return cls(none, none, none, np.zeros(0, np.uint8))
        columns = ([getattr(part, name) for part in parts] for name in ("t", "x", "y", "p"))
        return cls(*map(np.concatenate, columns))


def records(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The rest of a file in blocks of up to `CHUNK` whole records of `size` bytes.

    Raises:
        DamagedError: the file ends within a record; what comes before it was given by then.
    """
    while True:
        block = read_up_to(stream, size * CHUNK)
        rest = len(block) % size
        if len(block) > rest:
            yield block[: len(block) - rest]
        if rest:
            raise DamagedError(f"ends within an event: of its {size} bytes {rest} are there; the file was cut off")
        if not block:
            return


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end: a file in an archive may give less than it was asked for."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class Clock:
    """Turns time stamps of few bits, which start anew from 0, into times that go on.

    A stamp that lies more than half the range below the one before it stands behind an overflow; one that lies as far
    above it, just behind an overflow, still belongs before it (events may be a little out of order). Smaller steps back
    are disorder and stay as they are.

    Args:
        bits: of a time stamp.
    """

    def __init__(self, bits: int) -> None:
        self._period = 1 << bits
        self._turns = 0
        self._last: int | None = None

    def __call__(self, stamps: IntArray) -> IntArray:
        """The next stamps of a recording, int64 [n], as times."""
        if not len(stamps):
            return stamps
        before = np.empty_like(stamps)
        before[0] = stamps[0] if self._last is None else self._last
        before[1:] = stamps[:-1]
        steps = stamps - before
        half = self._period // 2
        turns = self._turns + np.cumsum((steps < -half).astype(np.int64) - (steps > half))
        turns -= np.minimum(np.minimum.accumulate(turns), 0)  # nothing lies before the first round
        self._last, self._turns = int(stamps[-1]), int(turns[-1])
        return stamps + turns * self._period


def check_inside(events: Iterable[Events], width: int, height: int) -> Iterator[Events]:
    """The same events, each looked at.

    Raises:
        DamagedError: one lies outside the sensor.
    """
    done = 0
    for part in events:
        outside = (part.x < 0) | (part.x >= width) | (part.y < 0) | (part.y >= height)
        if outside.any():
            index = int(np.argmax(outside))
            raise DamagedError(
                f"event {done + index:,} lies at x = {part.x[index]}, y = {part.y[index]}, outside the sensor of "
                f"{width}×{height} pixels"
            )
        done += len(part)
        yield part
