"""Reads pickles of plain values and numeric arrays without running anything that stands in them.

Not even numpy's own unpickling is let in: its `dtype.__setstate__` trusts the file, and a damaged one can overwrite the
type `uint8` of the whole process. The few names such pickles use are answered by the small classes below, which only
remember what they were given; arrays are made from bytes, shape and type after these were checked.
"""

import io
import math
import pickle
import re
from typing import Any

import numpy as np
import numpy.typing as npt

_NUMERIC = re.compile(r"[uif][1248]")  # kind and bytes: u1 is uint8


class UnreadableError(Exception):
    """Why a pickle is not read, in words that follow the file's name."""


def read_array_pickle(content: bytes) -> Any:
    """The value in a pickle: dictionaries, lists, numbers, texts (bytes if Python 2 wrote them) and arrays.

    Args:
        content: the whole file, of any protocol, written by Python 2 or 3 with any numpy.

    Raises:
        UnreadableError: the pickle is damaged, cut off, or contains anything else.
    """
    try:
        # "bytes": Python 2 wrote byte strings, and an array's bytes must not be decoded
        return _finished(_ArrayUnpickler(io.BytesIO(content), encoding="bytes").load())
    except UnreadableError:
        raise
    except Exception as error:  # a damaged pickle may raise nearly anything
        reason = f"{type(error).__name__}: {error}"
        raise UnreadableError(f"damaged or cut off after {len(content):,} bytes ({reason})") from error


class _DType:
    """Stands in for `numpy.dtype(code, align, copy)`."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        self.code = code.decode("latin1") if isinstance(code, bytes) else str(code)
        self.order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]  # (version, byte order, …); "|" where a single byte has none
        self.order = order.decode("latin1") if isinstance(order, bytes) else str(order)

    def checked(self) -> np.dtype[Any]:
        if not _NUMERIC.fullmatch(self.code) or self.order not in ("<", ">", "|", "="):
            raise UnreadableError(f"holds an array of type {self.order}{self.code}, not of plain numbers")
        return np.dtype(self.code).newbyteorder(self.order)  # type: ignore[arg-type]


class _Array:
    """Stands in for `numpy.ndarray` until the whole pickle is read."""

    def __init__(self, *_: Any) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, content = state  # the first is a version
        self.state = (shape, dtype, fortran, content)

    def checked(self) -> npt.NDArray[Any]:
        shape, dtype, fortran, content = self.state
        if not isinstance(dtype, _DType) or not isinstance(content, bytes | bytearray):
            raise UnreadableError("holds an array without type or content")
        kind = dtype.checked()
        if any(side < 0 for side in shape) or math.prod(shape) * kind.itemsize != len(content):
            raise UnreadableError(f"holds an array of shape {list(shape)} with {len(content):,} bytes")
        return np.frombuffer(bytearray(content), dtype=kind).reshape(shape, order="F" if fortran else "C")


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """How protocol 5 stores an array."""
    array = _Array()
    array.state = (shape, dtype, order == "F", content)
    return array


def _encode(text: str, encoding: str) -> bytes:
    """How protocols 0 to 2 store bytes in Python 3; other encodings than this one are somebody's invention."""
    if encoding != "latin1":
        raise UnreadableError(f"asks for encoding {encoding!r}")
    return text.encode("latin1")


def _empty() -> bytes:
    """How protocol 2 stores no bytes at all in Python 3."""
    return b""


# numpy's modules were renamed in version 2; files carry either name.
_ANSWERS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _empty,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Answers the names of `_ANSWERS` and refuses every other, so that no code of a file can run."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ANSWERS:
            raise UnreadableError(f"asks for {module}.{name}, which has no place here; nothing of it was run")
        return _ANSWERS[module, name]


def _finished(value: Any) -> Any:
    """The value with arrays for what stood in for them; a dictionary or list is looked through one level deep."""
    if isinstance(value, _Array):
        return value.checked()
    if isinstance(value, dict):
        return {key: entry.checked() if isinstance(entry, _Array) else entry for key, entry in value.items()}
    return value
