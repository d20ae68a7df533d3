"""AEDAT 2.0 as jAER writes it for the DVS128: lines of text that begin with #, then 8 bytes an event.

An event is an address and a time stamp in microseconds, both of 32 bits, highest byte first. In the address, bit 0 is
0 for brighter (on) and 1 for darker (off), bits 1–7 are x counted from the right, bits 8–14 y counted from the bottom;
bit 15 marks what is no event of a pixel.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from spikesearch.data.events.stream import Clock, DamagedError, Events, records

SIDE = 128  # pixels of the DVS128
_BYTES = 8
_STAMP_BITS = 32
_HEADER_LIMIT = 2**16  # bytes; jAER writes a few hundred
_VERSION = re.compile(rb"#!AER-DAT([\d.]+)")


def read_aedat2(stream: BinaryIO) -> Iterator[Events]:
    """The events of a DVS128, in pieces, with x from the left and y from the top.

    Raises:
        DamagedError: another format, another camera, or the file ends within an event.
    """
    for stamps, address in _words(stream):
        yield Events(
            stamps,
            SIDE - 1 - (address >> 1 & 0x7F),
            SIDE - 1 - (address >> 8 & 0x7F),
            (1 - (address & 1)).astype(np.uint8),
        )


def _words(stream: BinaryIO) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Times and addresses of pixels, int64."""
    stream = buffered(stream)
    _skip_header(stream)
    clock = Clock(_STAMP_BITS)
    for block in records(stream, _BYTES):
        words = np.frombuffer(block, ">u4").reshape(-1, 2).astype(np.int64)
        address, stamps = words[:, 0], clock(words[:, 1])
        strange = address >> 16 != 0
        # A word or two may be a camera's slip; many are another camera, or bytes that are no events.
        if 100 * int(strange.sum()) > len(strange):
            raise DamagedError("holds addresses beyond 16 bits: no recording of a DVS128, or damaged")
        pixels = ~strange & (address & 0x8000 == 0)
        yield stamps[pixels], address[pixels]


def buffered(stream: BinaryIO) -> Any:
    """The stream with `peek`, which tells a line of text from data without reading it."""
    return stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]


def _skip_header(stream: Any) -> None:
    """Reads up to the first event."""
    if stream.peek(1)[:1] != b"#":
        raise DamagedError("does not begin with #!AER-DAT2.0: no AEDAT file, or its beginning is missing")
    read = 0
    while stream.peek(1)[:1] == b"#":
        line = stream.readline(_HEADER_LIMIT)
        read += len(line)
        if read > _HEADER_LIMIT or not line.endswith(b"\n"):
            raise DamagedError("its lines of text have no end: damaged")
        version = _VERSION.match(line)
        if version and not version[1].startswith(b"2"):
            found = version[1].decode("latin1")
            raise DamagedError(f"is of AEDAT version {found}; 2.0 of a DVS128 and 3.1 can be read")
        if b"davis" in line.lower():
            raise DamagedError("is a recording of a DAVIS camera; of AEDAT 2.0 those of the DVS128 can be read")
