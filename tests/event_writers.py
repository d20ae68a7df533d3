"""Writers of event files from the descriptions of their formats, with `struct` alone: nothing of what is tested."""

import struct
from collections.abc import Iterable
from pathlib import Path

Event = tuple[int, int, int, int]
"""t in microseconds, x from the left, y from the top, p: 1 brighter, 0 darker."""


def forty_bits(events: Iterable[Event]) -> bytes:
    """N-MNIST: x, y, polarity in the top bit of the next byte, then 23 bits of time, highest byte first."""
    return b"".join(bytes([x, y]) + ((p << 23) | (t & 0x7FFFFF)).to_bytes(3, "big") for t, x, y, p in events)


def aedat2(events: Iterable[Event], header: bytes = b"#!AER-DAT2.0\r\n# written for a test\r\n") -> bytes:
    """jAER's DVS128: address (bit 0: 1 is darker; x from the right; y from the bottom) and time, highest byte first."""
    words = (struct.pack(">II", (127 - y) << 8 | (127 - x) << 1 | (1 - p), t & 0xFFFFFFFF) for t, x, y, p in events)
    return header + b"".join(words)


def cifar10_dvs(events: Iterable[Event]) -> bytes:
    """The same with the camera on its side."""
    return aedat2((t, y, x, p) for t, x, y, p in events)


AEDAT3_HEADER = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2016-07-29\r\n#!END-HEADER\r\n"


def packet3(events: Iterable[Event], *, kind: int = 1, invalid: Iterable[int] = ()) -> bytes:
    """One packet of AEDAT 3.1; the events of these numbers are marked invalid."""
    events, invalid = list(events), set(invalid)
    overflows = events[0][0] >> 31 if events else 0
    head = struct.pack("<hhiiiiii", kind, 1, 8, 4, overflows, len(events), len(events), len(events) - len(invalid))
    words = (
        struct.pack("<II", x << 17 | y << 2 | p << 1 | (number not in invalid), t & 0x7FFFFFFF)
        for number, (t, x, y, p) in enumerate(events)
    )
    return head + b"".join(words)


def aedat3(events: Iterable[Event], at_once: int = 3) -> bytes:
    """A file of packets of so many events, with a packet of another type between them."""
    events = list(events)
    packets = [packet3(events[begin : begin + at_once]) for begin in range(0, len(events), at_once)]
    other = struct.pack("<hhiiiiii", 0, 1, 8, 4, 0, 1, 1, 1) + bytes(8)
    return AEDAT3_HEADER + other.join(packets)


def write_n_mnist(folder: Path, recordings: int = 2) -> None:
    """`Train` and `Test` with so many recordings of each digit, whose events lie in the row of the digit."""
    for part in ("Train", "Test"):
        for digit in range(10):
            place = folder / part / str(digit)
            place.mkdir(parents=True)
            for number in range(recordings):
                events = [(1000 * k, (k * 3 + number) % 34, 3 * digit, k % 2) for k in range(20 + digit)]
                (place / f"{number:05d}.bin").write_bytes(forty_bits(events))
