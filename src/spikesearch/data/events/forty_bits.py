"""The 40-bit format of N-MNIST and N-Caltech101 (Orchard et al. 2015).

Five bytes an event: x, y, then polarity in the top bit and a 23-bit time stamp in microseconds, highest byte first. A
row of 240 marks no event but an overflow of the camera's own 13-bit clock: all stamps from there on are 8,192 µs later.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from spikesearch.data.events.stream import Clock, Events, records

_BYTES = 5
_STAMP_BITS = 23
_OVERFLOW_ROW = 240
_OVERFLOW_US = 2**13


def read_forty_bits(stream: BinaryIO) -> Iterator[Events]:
    """The events of a `.bin` file, in pieces.

    Raises:
        DamagedError: the file ends within an event.
    """
    clock = Clock(_STAMP_BITS)
    overflows = 0
    for block in records(stream, _BYTES):
        rows = np.frombuffer(block, np.uint8).reshape(-1, _BYTES).astype(np.int64)
        stamps = (rows[:, 2] & 0x7F) << 16 | rows[:, 3] << 8 | rows[:, 4]
        marks = rows[:, 1] == _OVERFLOW_ROW
        later = overflows + np.cumsum(marks)
        overflows = int(later[-1])
        events = Events(
            clock(stamps) + later * _OVERFLOW_US, rows[:, 0], rows[:, 1], (rows[:, 2] >> 7).astype(np.uint8)
        )
        yield events.take(~marks) if marks.any() else events
