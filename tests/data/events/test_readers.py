"""Readers of event files, against files written from the descriptions of the formats."""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_writers import AEDAT3_HEADER, Event, aedat2, aedat3, forty_bits, packet3
from spikesearch.data.events.aedat2 import read_aedat2
from spikesearch.data.events.aedat3 import read_aedat3
from spikesearch.data.events.arrays import read_npy, read_npz
from spikesearch.data.events.event_folder import read_aedat
from spikesearch.data.events.forty_bits import read_forty_bits
from spikesearch.data.events.stream import DamagedError, Events

Read = Callable[[BinaryIO], Iterator[Events]]


def rows(read: Read, content: bytes) -> list[Event]:
    """Everything that a reader gives, event by event."""
    found = Events.join(list(read(io.BytesIO(content))))
    return list(zip(found.t.tolist(), found.x.tolist(), found.y.tolist(), found.p.tolist(), strict=True))


def ordered(side: int, latest: int) -> st.SearchStrategy[list[Event]]:
    """Recordings of a camera of side × side pixels, in the order of time, any two events less than 2 s apart."""
    event = st.tuples(st.integers(0, 2_000_000), st.integers(0, side - 1), st.integers(0, side - 1), st.integers(0, 1))

    def placed(steps: list[Event], begin: int) -> list[Event]:
        times = begin + np.cumsum([step for step, *_ in steps])
        return [(int(t), *rest) for t, (_, *rest) in zip(times, steps, strict=True)]  # type: ignore[misc]

    return st.builds(placed, st.lists(event, max_size=20), st.integers(0, latest))


@settings(max_examples=60, deadline=None)
@given(ordered(34, 2_000_000))
def test_forty_bits_are_read_also_where_the_clock_starts_anew(events: list[Event]) -> None:
    # 23 bits end after 8.4 s; twenty steps of up to 2 s go beyond that several times
    assert rows(read_forty_bits, forty_bits(events)) == events


@settings(max_examples=60, deadline=None)
@given(ordered(128, 2**32 - 1_000_000))
def test_aedat2_is_read_also_where_the_clock_starts_anew(events: list[Event]) -> None:
    first = events[0][0] >> 32 << 32 if events else 0
    assert rows(read_aedat2, aedat2(events)) == [(t - first, x, y, p) for t, x, y, p in events]


@settings(max_examples=60, deadline=None)
@given(ordered(128, 2**31 - 100_000_000), st.integers(1, 5))
def test_aedat3_is_read_packet_by_packet(events: list[Event], at_once: int) -> None:
    assert rows(read_aedat3, aedat3(events, at_once)) == events
    assert rows(read_aedat, aedat3(events, at_once)) == events


def test_one_event_by_hand() -> None:
    # x = 5, y = 7, on, 0x012345 µs: the bytes of the description
    assert rows(read_forty_bits, bytes([5, 7, 0x81, 0x23, 0x45])) == [(0x012345, 5, 7, 1)]
    # address 0x7F01: y bits 127 from the bottom, x bits 0 from the right, bit 0 set means darker
    assert rows(read_aedat2, b"#!AER-DAT2.0\r\n" + struct.pack(">II", 0x7F01, 9)) == [(9, 127, 0, 0)]
    word = 100 << 17 | 50 << 2 | 1 << 1 | 1
    packet = struct.pack("<hhiiiiii", 1, 0, 8, 4, 2, 1, 1, 1) + struct.pack("<II", word, 77)
    assert rows(read_aedat3, AEDAT3_HEADER + packet) == [(2 * 2**31 + 77, 100, 50, 1)]


def test_a_row_of_240_is_an_overflow_of_13_bits_and_no_event() -> None:
    stream = forty_bits([(8000, 1, 1, 1), (0, 0, 240, 0), (100, 2, 2, 0), (0, 0, 240, 0), (5, 3, 3, 1)])
    assert rows(read_forty_bits, stream) == [(8000, 1, 1, 1), (8192 + 100, 2, 2, 0), (2 * 8192 + 5, 3, 3, 1)]


def test_small_steps_back_are_disorder_and_no_overflow() -> None:
    events = [(1000, 1, 1, 1), (900, 2, 2, 0), (1100, 3, 3, 1)]
    assert rows(read_forty_bits, forty_bits(events)) == events
    near = [(2**23 - 10, 1, 1, 1), (2**23 + 5, 2, 2, 0), (2**23 - 5, 3, 3, 1), (2**23 + 9, 4, 4, 1)]
    assert rows(read_forty_bits, forty_bits(near)) == near  # out of order around the overflow itself


def test_pieces_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [(t, t % 34, t % 30, t % 2) for t in range(0, 3 * 2**23, 2**20)]
    overflows = forty_bits([(8000, 1, 1, 1), (0, 0, 240, 0), (100, 2, 2, 0), (5, 3, 3, 1)])
    whole = [rows(read_forty_bits, forty_bits(events)), rows(read_forty_bits, overflows)]
    monkeypatch.setattr("spikesearch.data.events.stream.CHUNK", 2)
    assert len(list(read_forty_bits(io.BytesIO(forty_bits(events))))) == len(events) // 2
    assert [rows(read_forty_bits, forty_bits(events)), rows(read_forty_bits, overflows)] == whole
    assert rows(read_aedat2, aedat2(events)) == events


EVENTS: list[Event] = [(10, 1, 2, 1), (20, 3, 4, 0), (30, 5, 6, 1), (40, 7, 8, 0)]


@pytest.mark.parametrize(
    ("read", "content", "record"), [(read_forty_bits, forty_bits(EVENTS), 5), (read_aedat2, aedat2(EVENTS), 8)]
)
def test_a_file_that_ends_within_an_event_is_damaged(read: Read, content: bytes, record: int) -> None:
    for missing in range(1, record):
        stream = read(io.BytesIO(content[:-missing]))
        assert len(next(stream)) == len(EVENTS) - 1  # what comes before the damage is given
        with pytest.raises(DamagedError, match=rf"of its {record} bytes {record - missing} are there; .* cut off"):
            next(stream)


def test_a_packet_that_is_cut_off_is_damaged_and_what_it_holds_is_given() -> None:
    content = aedat3(EVENTS, at_once=2)
    stream = read_aedat3(io.BytesIO(content[:-3]))
    assert len(next(stream)) == 3
    with pytest.raises(DamagedError, match="ends within a packet of 2 events"):
        next(stream)
    with pytest.raises(DamagedError, match="ends within the 28 bytes before a packet"):
        list(read_aedat3(io.BytesIO(content + b"\1\0\0")))


def test_invalid_events_are_left_out_and_other_packets_passed_over() -> None:
    content = AEDAT3_HEADER + packet3(EVENTS, invalid=[1]) + packet3(EVENTS[:2], kind=7)
    assert rows(read_aedat3, content) == [EVENTS[0], EVENTS[2], EVENTS[3]]


@pytest.mark.parametrize(
    ("read", "content", "reason"),
    [
        (read_aedat2, b"", "does not begin with #!AER-DAT2.0"),
        (read_aedat2, b"\0" * 64, "does not begin with #!AER-DAT2.0"),
        (read_aedat2, b"#!AER-DAT3.1\r\n", "is of AEDAT version 3.1"),
        (read_aedat2, b"#!AER-DAT2.0\r\n# AEChip: ...davis.Davis240C\r\n", "DAVIS camera"),
        (read_aedat2, b"#" + b"x" * 70_000, "its lines of text have no end"),
        (read_aedat2, b"#!AER-DAT2.0\r\n" + b"\xff" * 64, "addresses beyond 16 bits"),
        (read_aedat3, b"", "does not begin with #!AER-DAT3.1"),
        (read_aedat3, b"#!AER-DAT2.0\r\n", "is not of AEDAT version 3.1"),
        (read_aedat3, b"#!AER-DAT3.1\r\n#Format", "do not end with #!END-HEADER"),
        (read_aedat3, AEDAT3_HEADER + struct.pack("<hhiiiiii", 1, 1, -8, 4, 0, 1, 1, 1), "packet of 1 events of -8"),
        (read_aedat3, AEDAT3_HEADER + struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, 1, 2**30, 1), "damaged"),
        (read_aedat3, AEDAT3_HEADER + struct.pack("<hhiiiiii", 1, 1, 16, 4, 0, 1, 1, 1) + bytes(16), "of 16 bytes"),
    ],
)
def test_what_is_no_such_file_is_said(read: Read, content: bytes, reason: str) -> None:
    with pytest.raises(DamagedError, match=reason):
        list(read(io.BytesIO(content)))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"#!AER-DAT2.0\r\n", AEDAT3_HEADER]))
def test_whatever_bytes_come_they_are_read_or_damaged(content: bytes, header: bytes) -> None:
    for read in (read_forty_bits, read_aedat2, read_aedat3, read_aedat, read_npz, read_npy):
        try:
            found = Events.join(list(read(io.BytesIO(header + content))))
        except DamagedError:
            continue
        assert found.p.dtype == np.uint8
        assert set(np.unique(found.p)) <= {0, 1}


def saved(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


def columns(events: Sequence[Event]) -> dict[str, Any]:
    return {name: np.array([event[index] for event in events]) for index, name in enumerate("txyp")}


@pytest.mark.parametrize(
    "names",
    [("t", "x", "y", "p"), ("ts", "x", "y", "pol"), ("timestamps", "X", "Y", "polarity")],
)
def test_arrays_by_any_of_their_names(names: tuple[str, ...]) -> None:
    arrays = dict(zip(names, columns(EVENTS).values(), strict=True))
    assert rows(read_npz, saved(np.savez, **arrays)) == EVENTS
    assert rows(read_npz, saved(np.savez_compressed, **arrays)) == EVENTS


def test_npy_with_fields_or_columns() -> None:
    fields = np.array(EVENTS, dtype=[("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])
    assert rows(read_npy, saved(np.save, fields)) == EVENTS
    assert rows(read_npy, saved(np.save, np.array(EVENTS, np.float32))) == EVENTS
    signed = [(t, x, y, 2 * p - 1) for t, x, y, p in EVENTS]
    assert rows(read_npy, saved(np.save, np.array(signed))) == EVENTS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"t": None}, "has no t .*it holds x, y, p"),
        ({"x": np.zeros((4, 1))}, r"its x is float64 \[4, 1\]"),
        ({"x": np.zeros(3, int)}, "different lengths: t 4, x 3"),
        ({"t": np.array([0.1, 1, 2, 3])}, "its t holds values that are no whole numbers; times are counted in whole"),
        ({"y": np.array([np.nan, 1, 2, 3])}, "its y holds values that are no whole numbers"),
        ({"t": np.array([2**63, 1, 2, 3], np.uint64)}, "its t holds 9223372036854775808, which cannot be"),
        ({"p": np.array([0, 1, 2, 3])}, "its p holds other values than 0 and 1"),
    ],
)
def test_arrays_that_are_no_events_are_said(change: dict[str, Any], reason: str) -> None:
    arrays = {name: array for name, array in (columns(EVENTS) | change).items() if array is not None}
    with pytest.raises(DamagedError, match=reason):
        list(read_npz(io.BytesIO(saved(np.savez, **arrays))))


def test_arrays_of_objects_are_not_unpickled() -> None:
    content = saved(np.savez, t=np.array([{}, {}], object), x=[1], y=[1], p=[1])
    with pytest.raises(DamagedError, match="Object arrays cannot be loaded"):
        list(read_npz(io.BytesIO(content)))
    with pytest.raises(DamagedError, match="rename it"):
        list(read_npy(io.BytesIO(saved(np.savez, t=[1]))))
    with pytest.raises(DamagedError, match=r"wanted are fields t, x, y, p or numbers \[n, 4\]"):
        list(read_npy(io.BytesIO(saved(np.save, np.zeros((4, 3))))))


def test_an_archive_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(np.savez_compressed, **columns(EVENTS * 1000))
    monkeypatch.setattr("spikesearch.data.events.arrays._LARGEST", 10_000)
    with pytest.raises(DamagedError, match=r"would take .* GiB"):
        list(read_npz(io.BytesIO(content)))
    with pytest.raises(DamagedError, match="is larger than"):
        list(read_npy(io.BytesIO(saved(np.save, np.zeros((4000, 4))))))
