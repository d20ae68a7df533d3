"""Arrays out of pickles: what they held, without numpy's or anybody's code being asked."""

import pickle
import pickletools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spikesearch.data.array_pickle import UnreadableError, read_array_pickle

arrays = hnp.arrays(
    dtype=st.sampled_from(["u1", "i1", "<i2", ">i4", "<i8", "<f4", "<f8"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements=st.integers(0, 100),
)


@settings(deadline=None)
@given(array=arrays, protocol=st.integers(2, 5), fortran=st.booleans())
def test_arrays_come_back_whatever_the_protocol(array: np.ndarray, protocol: int, fortran: bool) -> None:
    array = np.asfortranarray(array) if fortran else array
    found = read_array_pickle(pickle.dumps({"a": array, "n": 3}, protocol=protocol))
    assert found["n"] == 3
    assert found["a"].dtype == array.dtype
    assert np.array_equal(found["a"], array)
    assert np.array_equal(read_array_pickle(pickle.dumps(array, protocol=protocol)), array)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array(["a"], dtype=object), "holds an array without type or content|not of plain numbers"),
        (np.array(["a"]), "holds an array of type <U1, not of plain numbers"),
        (np.array([1j]), "holds an array of type <c16, not of plain numbers"),
        (np.int64(3), "asks for numpy._core.multiarray.scalar, which has no place here"),
        (print, "asks for builtins.print, which has no place here; nothing of it was run"),
        (np.random.default_rng, "asks for numpy.random"),
    ],
)
def test_everything_else_is_refused(value: object, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read_array_pickle(pickle.dumps({"a": value}, protocol=4))


def test_shapes_must_fit_the_bytes() -> None:
    content = pickle.dumps(np.zeros((7, 5), dtype=np.uint8), protocol=4)
    assert b"K\x07K\x05" in content
    with pytest.raises(UnreadableError, match=r"holds an array of shape \[9, 5\] with 35 bytes"):
        read_array_pickle(content.replace(b"K\x07K\x05", b"K\x09K\x05"))


def test_other_encodings_are_not_run() -> None:
    content = pickle.dumps(b"\xff\xfe", protocol=2)
    assert read_array_pickle(content) == b"\xff\xfe"
    with pytest.raises(UnreadableError, match="asks for encoding 'zlib11'"):
        read_array_pickle(content.replace(b"latin1", b"zlib11"))


def test_the_types_of_the_process_survive_a_hostile_file() -> None:
    # numpy's own unpickling would write these flags into the one uint8 type of the process if `copy` is 0.
    content = pickletools.optimize(pickle.dumps(np.zeros(3, dtype=np.uint8), protocol=2))
    hostile = content.replace(b"K\x00tb", b"K\x3ftb").replace(b"\x89\x88\x87R", b"\x89\x89\x87R")
    assert hostile != content
    assert read_array_pickle(hostile).tolist() == [0, 0, 0]
    assert np.dtype("u1").flags == 0
