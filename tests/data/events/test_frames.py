"""From events to frames: slices by hand, filters against plain loops, and nothing that depends on pieces."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_writers import Event
from spikesearch.data.events.filters import denoised
from spikesearch.data.events.frames import Integrated, integrate
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError, Events
from spikesearch.errors import UserError

W, H = 6, 5
A_RECORDING = [(t, t % W, t % H, t % 2) for t in (0, 10, 20, 30, 100, 110, 300, 390)]


def events_of(rows: Sequence[Event]) -> Events:
    columns = [np.array([row[index] for row in rows], np.int64) for index in range(4)]
    return Events(*columns[:3], columns[3].astype(np.uint8))


def framed(rows: Sequence[Event], pieces: int = 100, **keywords: Any) -> Integrated:
    """Frames of these events, given in pieces of so many."""

    def reader() -> Iterator[Events]:
        for begin in range(0, len(rows), pieces):
            yield events_of(rows[begin : begin + pieces])

    return integrate(reader, EventSettings(**keywords), W, H)


def by_hand(slices: Sequence[Sequence[Event]]) -> npt.NDArray[np.int32]:
    frames = np.zeros((len(slices), 2, H, W), np.int32)
    for number, rows in enumerate(slices):
        for _, x, y, p in rows:
            frames[number, p, y, x] += 1
    return frames


def test_slices_of_equal_count_and_the_last_takes_the_rest() -> None:
    # 8 events in 3 slices: 8 // 3 = 2, 2, and the other 4
    found = framed(A_RECORDING, timesteps=3)
    assert np.array_equal(found.frames, by_hand([A_RECORDING[:2], A_RECORDING[2:4], A_RECORDING[4:]]))
    assert (found.events, found.kept, found.duration_us, found.sorted) == (8, 8, 390, False)


def test_fewer_events_than_slices_are_all_in_the_last() -> None:
    assert np.array_equal(framed(A_RECORDING[:3], timesteps=4).frames, by_hand([[], [], [], A_RECORDING[:3]]))


def test_slices_of_equal_time_and_the_last_takes_the_rest() -> None:
    # 390 µs in 4 slices: 97 µs each, so events at 0…96, 97…193, 194…290, and from 291 on
    found = framed(A_RECORDING, timesteps=4, slices="time").frames
    assert np.array_equal(found, by_hand([A_RECORDING[:4], A_RECORDING[4:6], [], A_RECORDING[6:]]))
    one = framed([(7, 1, 1, 1)], timesteps=2, slices="time").frames
    assert np.array_equal(one, by_hand([[(7, 1, 1, 1)], []]))


def test_a_window_of_time_counts_from_the_first_event() -> None:
    later = [(5000 + t, *rest) for t, *rest in A_RECORDING]
    kept = [row for row in later if 5010 <= row[0] < 5300]
    found = framed(later, timesteps=2, window_ms=(0.01, 0.3), slices="time")  # 145 µs each
    assert np.array_equal(found.frames, by_hand([[row for row in kept if row[0] < 5155], kept[5:]]))
    assert found.kept == 5
    assert not framed(later, timesteps=2, window_ms=(1.0, 2.0)).frames.any()


def test_the_middle_and_fewer_pixels() -> None:
    cropped = framed(A_RECORDING, timesteps=1, crop=3).frames
    # 6 columns: 1…3 stay; 5 rows: 1…3 stay
    inside = [(t, x - 1, y - 1, p) for t, x, y, p in A_RECORDING if 1 <= x <= 3 and 1 <= y <= 3]
    assert cropped.shape == (1, 2, 3, 3)
    assert np.array_equal(cropped, by_hand([inside])[:, :, :3, :3])
    small = framed(A_RECORDING, timesteps=1, size=2).frames
    halved = [(t, x * 2 // W, y * 2 // H, p) for t, x, y, p in A_RECORDING]
    assert np.array_equal(small, by_hand([halved])[:, :, :2, :2])
    assert small.sum() == 8


def test_events_out_of_order_are_sorted_and_that_is_told() -> None:
    mixed = [A_RECORDING[index] for index in (3, 0, 7, 1, 2, 6, 5, 4)]
    found = framed(mixed, timesteps=3)
    assert np.array_equal(found.frames, framed(A_RECORDING, timesteps=3).frames)
    assert found.sorted
    # in order within each piece, but not from one to the next
    assert framed(A_RECORDING[4:] + A_RECORDING[:4], pieces=4, timesteps=3).sorted


def test_what_cannot_be_used_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DamagedError, match="holds no event"):
        framed([], timesteps=2)
    with pytest.raises(DamagedError, match="event 9 lies at x = 6, y = 0, outside the sensor of 6×5 pixels"):
        framed([*A_RECORDING, (400, 0, 0, 0), (500, 6, 0, 1)], pieces=4, timesteps=2)
    monkeypatch.setattr("spikesearch.data.events.frames._LONGEST_SORTED", 4)
    with pytest.raises(DamagedError, match="8 events are not in the order of time, and more than 4 are not"):
        framed(A_RECORDING[::-1], timesteps=2)


ROWS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, W - 1), st.integers(0, H - 1), st.integers(0, 1)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(
    ROWS,
    st.integers(1, 7),
    st.integers(1, 5),
    st.sampled_from(["count", "time"]),
    st.sampled_from([0.0, 0.05]),
    st.sampled_from([0, 4]),
)
def test_pieces_and_passes_change_nothing(
    rows: list[Event], pieces: int, timesteps: int, slices: str, denoise_ms: float, crop: int
) -> None:
    keywords = {"timesteps": timesteps, "slices": slices, "denoise_ms": denoise_ms, "crop": crop}
    whole = framed(rows, **keywords)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikesearch.data.events.frames._KEPT", 3)  # more is read again for every pass
        assert np.array_equal(framed(rows, pieces, **keywords).frames, whole.frames)
    assert whole.frames.sum() == whole.kept <= len(rows)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 7), st.integers(0, 100))
def test_denoising_keeps_events_with_company(rows: list[Event], pieces: int, within: int) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    kept = [
        (t, x, y, p)
        for number, (t, x, y, p) in enumerate(rows)
        if any(t - s <= within and abs(x - u) <= 1 and abs(y - v) <= 1 for s, u, v, _ in rows[:number])
    ]
    parts = (events_of(rows[begin : begin + pieces]) for begin in range(0, len(rows), pieces))
    found = Events.join(list(denoised(parts, within, W, H)))
    assert list(zip(*(getattr(found, name).tolist() for name in "txyp"), strict=True)) == kept


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"timesteps": 0}, "timesteps 0: frames of a recording"),
        ({"slices": "rows"}, "data.slices = 'rows': give 'count'"),
        ({"window_ms": (5.0, 5.0)}, r"data.window_ms = \[5, 5\]"),
        ({"denoise_ms": -1.0}, "data.denoise_ms = -1"),
        ({"crop": 6}, "data.crop = 6: the sensor has 6×5 pixels"),
        ({"crop": 3, "size": 4}, "data.size = 4: frames have 3×3 pixels"),
    ],
)
def test_settings_that_cannot_be(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        framed(A_RECORDING, **keywords)
