import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch import UserError
from spikesearch.cli.options import parse_image

sizes = st.integers(1, 10_000)


@given(sizes, sizes, sizes)
def test_an_image_is_three_numbers(channels, height, width):
    assert parse_image(f"{channels}x{height}x{width}") == (channels, height, width)
    assert parse_image(f"{channels}X{height}X{width}") == (channels, height, width)


@pytest.mark.parametrize(
    "text", ["", "3", "3x32", "3x32x32x1", "0x32x32", "3x-1x32", "3x32xa", "3 x 32 x 32", "3x3²x3"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(UserError, match="write channels x height x width, for example 3x32x32"):
        parse_image(text)


@given(st.text())
def test_no_text_breaks_it(text):
    with contextlib.suppress(UserError):
        assert all(size > 0 for size in parse_image(text))
