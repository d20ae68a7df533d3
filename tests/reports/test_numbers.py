"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.reports import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.004, "0.00"), (3.456, "3.46"), (34.56, "34.6"), (99.96, "100"), (345.6, "346"), (12345.4, "12,345")],
)
def test_spikes(value: float, text: str) -> None:
    assert numbers.spikes(value) == text


@pytest.mark.parametrize("write", [numbers.spikes, numbers.percent, numbers.rate, numbers.fitness, numbers.magnitude])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_unknown_is_a_dash(write, value: float | None) -> None:  # type: ignore[no-untyped-def]
    assert write(value) == "–"


def test_percent_has_the_decimals_that_its_images_carry() -> None:
    assert numbers.percent(350 / 360, 360) == "97.2%"
    assert numbers.percent(0.9131, 10_000) == "91.31%"
    assert numbers.percent(0.9131) == "91.3%"
    assert numbers.percent(1.0, 360) == "100.0%"


def test_points_are_the_difference_of_the_printed_figures() -> None:
    # 97.24 is printed 97.2, 96.86 is printed 96.9: a reader who subtracts gets 0.3, not 0.4.
    assert numbers.points(0.9724, 0.9686) == "+0.3 points"
    assert numbers.points(0.9686, 0.9724) == "−0.3 points"
    assert numbers.points(0.9724, 0.9721) == "the same accuracy"
    assert numbers.points(0.9724, 0.9721, 10_000) == "+0.03 points"


@pytest.mark.parametrize(
    ("value", "other", "text"),
    [
        (66, 100, "34% fewer spikes"),
        (112, 100, "12% more spikes"),
        (99.7, 100, "0.3% fewer spikes"),
        (240, 100, "2.4 times the spikes"),
        (100, 100, "the same number of spikes"),
        (0.01, 100, ">99% fewer spikes"),
        (0, 100, "100% fewer spikes"),
        (0, 0, "the same number of spikes (none)"),
        (5, 0, "spikes where the other emits none"),
    ],
)
def test_fewer_spikes(value: float, other: float, text: str) -> None:
    assert numbers.fewer_spikes(value, other) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.21, "4.2 s"), (48.3, "48 s"), (59.7, "1 min 00 s"), (133, "2 min 13 s"), (3725, "1 h 02 min"), (0, "0.0 s")],
)
def test_duration(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(-0.08, "−0.08"), (0.0, "0"), (-0.0, "0"), (-1, "−1")])
def test_lam(value: float, text: str) -> None:
    assert numbers.lam(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0001, "<0.001"), (0.0005, "0.001"), (0.0934, "0.093"), (1, "1.000")]
)
def test_only_silence_has_the_rate_0(value: float, text: str) -> None:
    assert numbers.rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(417_626, "418 k"), (1_462_954, "1.46 M"), (99_960, "100 k"), (999_950, "1.00 M"), (750, "750")]
)
def test_magnitude(value: float, text: str) -> None:
    assert numbers.magnitude(value) == text


def test_standard_error() -> None:
    # (350 + 2) / (360 + 4) = 0.96703; √(0.96703 · 0.03297 / 364) = 0.009359
    assert numbers.standard_error(350 / 360, 360) == pytest.approx(0.009359, abs=1e-6)
    assert numbers.standard_error(1.0, 360) > 0.003


@given(st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_fewer_and_more_are_never_confused(value: float, other: float) -> None:
    text = numbers.fewer_spikes(value, other)
    if "fewer" in text:
        assert value < other
    elif "more" in text or "times" in text:
        assert value > other
    else:
        assert value == pytest.approx(other, rel=0.001)
