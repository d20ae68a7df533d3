"""The embedded digits: real, fixed, and enlarged as asked."""

import hashlib

import numpy as np
import pytest

from spikesearch.data.digits import load_digits
from spikesearch.errors import UserError


def test_the_digits_are_scikit_learns_with_a_fixed_test_part() -> None:
    digits = load_digits()
    assert digits.shape == (1, 8, 8)
    assert digits.class_names == tuple("0123456789")
    assert (len(digits.train), len(digits.test)) == (1438, 359)
    assert digits.train.images.min() == 0
    assert digits.train.images.max() == 255
    # 1,797 images of ten classes: 174 to 183 each, a fifth of them 34.8 to 36.6
    assert set(np.bincount(digits.test.labels)) <= {34, 35, 36, 37}


def test_the_test_part_never_changes() -> None:
    digest = hashlib.sha256(load_digits().test.images.tobytes()).hexdigest()
    assert digest == DIGEST


DIGEST = "ab90e15b51e171010d913761ace5bb431ddae00ca2c94b050d68cd2ee13fd4fb"


def test_grey_values_are_scaled_and_rounded() -> None:
    # 0…16 → 0…255: 8·255/16 = 127.5, which rounds to the even 128
    values = set(np.unique(load_digits().train.images))
    assert values == {0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255}


def test_enlarging_is_bilinear() -> None:
    small, large = load_digits(8), load_digits(16)
    assert large.shape == (1, 16, 16)
    assert np.array_equal(small.test.labels, large.test.labels)
    # Twice the size: output pixel 1 lies at 1/4 between input pixels 0 and 1 (0.75·a + 0.25·b), in both directions.
    source = small.train.images[0, 0].astype(float)
    rows = 0.75 * source[:-1] + 0.25 * source[1:]
    expected = 0.75 * rows[:, :-1] + 0.25 * rows[:, 1:]
    assert np.abs(large.train.images[0, 0, 1::2, 1::2][:7, :7] - expected).max() <= 1  # bytes were rounded once


@pytest.mark.parametrize("size", [0, 7, 257])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(UserError, match=f"digits of size {size}: they are 8×8 pixels and can be enlarged up to 256"):
        load_digits(size)
