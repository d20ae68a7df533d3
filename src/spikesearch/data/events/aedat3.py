"""AEDAT 3.1 as cAER writes it: lines of text up to `#!END-HEADER`, then packets of events.

A packet begins with 28 bytes, lowest byte first: type and source (16 bits each), then size of an event, offset of its
time stamp, overflows of the 31-bit clock, capacity, number of events and of valid ones (32 bits each). Polarity events
(type 1) are 8 bytes: a word with a valid mark (bit 0), polarity (bit 1), y (from bit 2) and x (from bit 17), then the
time stamp in microseconds. Packets of other types are passed over.
"""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from spikesearch.data.events.aedat2 import buffered
from spikesearch.data.events.stream import CHUNK, DamagedError, Events, read_up_to

_PACKET = struct.Struct("<hhiiiiii")
_POLARITY = 1
_EVENT_BYTES = 8
_CLOCK_BITS = 31
_LARGEST_PACKET = 2**28  # bytes; a damaged header may ask for anything
_HEADER_LIMIT = 2**16
# 15 bits by the format. No camera has more than 8,192 columns, and the description of DVS128 Gesture takes 13.
_ADDRESS = 0x1FFF


def read_aedat3(stream: BinaryIO) -> Iterator[Events]:
    """The polarity events of a file, in pieces.

    Raises:
        DamagedError: another format, a packet whose numbers cannot be, or the file ends within one; what comes before
            it was given by then.
    """
    stream = buffered(stream)
    _skip_header(stream)
    waiting: list[Events] = []
    try:
        for events in _packets(stream):
            waiting.append(events)
            if sum(map(len, waiting)) >= CHUNK:
                joined, waiting = Events.join(waiting), []
                yield joined
    except DamagedError:
        if waiting:
            yield Events.join(waiting)
        raise
    if waiting:
        yield Events.join(waiting)


def _packets(stream: Any) -> Iterator[Events]:
    while head := read_up_to(stream, _PACKET.size):
        if len(head) < _PACKET.size:
            raise DamagedError(f"ends within the {_PACKET.size} bytes before a packet; the file was cut off")
        kind, _, size, _, overflows, _, number, valid = _PACKET.unpack(head)
        if size <= 0 or number < 0 or overflows < 0 or size * number > _LARGEST_PACKET:
            raise DamagedError(f"holds a packet of {number:,} events of {size:,} bytes: damaged")
        if kind == _POLARITY and size != _EVENT_BYTES:
            raise DamagedError(f"holds polarity events of {size} bytes, wanted are {_EVENT_BYTES}")
        content = read_up_to(stream, size * number)
        if kind == _POLARITY:
            whole = len(content) // _EVENT_BYTES * _EVENT_BYTES
            yield _events(content[:whole], overflows, every=valid == number)
        if len(content) < size * number:
            raise DamagedError(f"ends within a packet of {number:,} events; the file was cut off")


def _events(content: bytes, overflows: int, *, every: bool) -> Events:
    """Those of one packet; `every` of them where its header says that all are valid."""
    words = np.frombuffer(content, "<u4").reshape(-1, 2).astype(np.int64)
    data = words[:, 0]
    events = Events(
        (words[:, 1] & 0x7FFFFFFF) + (overflows << _CLOCK_BITS),
        data >> 17 & _ADDRESS,
        data >> 2 & _ADDRESS,
        (data >> 1 & 1).astype(np.uint8),
    )
    return events if every else events.take(data & 1 == 1)


def _skip_header(stream: Any) -> None:
    if stream.peek(1)[:1] != b"#":
        raise DamagedError("does not begin with #!AER-DAT3.1: no AEDAT file, or its beginning is missing")
    read = 0
    while True:
        line = stream.readline(_HEADER_LIMIT)
        if not read and not line.startswith(b"#!AER-DAT3."):
            raise DamagedError("is not of AEDAT version 3.1")
        read += len(line)
        if line.startswith(b"#!END-HEADER"):
            return
        if read > _HEADER_LIMIT or not line.startswith(b"#"):
            raise DamagedError("its lines of text do not end with #!END-HEADER: damaged")
