"""Events in numpy's files: `.npz` with an array for each of t, x, y, p, or `.npy` with fields or columns of these."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from spikesearch.data.events.stream import CHUNK, DamagedError, Events

_LARGEST = 2**31  # bytes of one recording: these files are read whole
_LARGEST_NUMBER = 2**53  # of time stamps in microseconds: 285 years; floats are exact up to it
# What people call them; the first name found counts.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "t": ("t", "ts", "timestamp", "timestamps", "time"),
    "x": ("x",),
    "y": ("y",),
    "p": ("p", "pol", "polarity", "polarities"),
}


def read_npz(stream: BinaryIO) -> Iterator[Events]:
    """Events of a `.npz`: arrays t (µs), x, y, p of one length; p is 0/1, −1/1 or bool.

    Raises:
        DamagedError: no such file, arrays missing, of another type or of different lengths.
    """
    content = _whole(stream)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            declared = sum(member.file_size for member in archive.infolist())
        if declared > _LARGEST:
            raise DamagedError(f"would take {declared / 2**30:.1f} GiB, at most {_LARGEST / 2**30:g} are read")
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except DamagedError:
        raise
    except Exception as error:  # a damaged file may raise nearly anything
        raise DamagedError(f"no .npz file that can be read, or damaged ({type(error).__name__}: {error})") from error
    yield from _pieces(_columns(arrays))


def read_npy(stream: BinaryIO) -> Iterator[Events]:
    """Events of a `.npy`: a structured array with fields t, x, y, p, or whole numbers [n, 4] in this order.

    Raises:
        DamagedError: as `read_npz`.
    """
    content = _whole(stream)
    try:
        found = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # as above
        raise DamagedError(f"no .npy file that can be read, or damaged ({type(error).__name__}: {error})") from error
    if not isinstance(found, np.ndarray):
        raise DamagedError("is a .npz file with the name of a .npy file: rename it")
    if found.dtype.names:
        arrays: dict[str, Any] = {name: found[name] for name in found.dtype.names}
    elif found.ndim == 2 and found.shape[1] == 4:
        arrays = dict(zip("txyp", found.T, strict=True))
    else:
        raise DamagedError(f"is {found.dtype} {list(found.shape)}: wanted are fields t, x, y, p or numbers [n, 4]")
    yield from _pieces(_columns(arrays))


def _whole(stream: BinaryIO) -> bytes:
    content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise DamagedError(f"is larger than {_LARGEST / 2**30:g} GiB; such a recording is read as .bin or .aedat")
    return content


def _columns(arrays: Mapping[str, npt.NDArray[Any]]) -> Events:
    named = {name.lower(): array for name, array in arrays.items()}
    found: dict[str, npt.NDArray[Any]] = {}
    for name, known in _NAMES.items():
        array = next((named[one] for one in known if one in named), None)
        if array is None:
            raise DamagedError(f"has no {name} (also {', '.join(known)}); it holds {', '.join(named) or 'nothing'}")
        if array.ndim != 1 or array.dtype.kind not in "iufb":
            raise DamagedError(f"its {name} is {array.dtype} {list(array.shape)}: wanted is one number an event, [n]")
        if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.rint(array))).all():
            cure = "; times are counted in whole microseconds" if name == "t" else ""
            raise DamagedError(f"its {name} holds values that are no whole numbers{cure}")
        if len(array) and (array.max() > _LARGEST_NUMBER or array.min() < -_LARGEST_NUMBER):
            raise DamagedError(f"its {name} holds {array[np.argmax(np.abs(array))]}, which cannot be: damaged")
        found[name] = array
    if len({len(array) for array in found.values()}) > 1:
        counts = ", ".join(f"{name} {len(array):,}" for name, array in found.items())
        raise DamagedError(f"its arrays have different lengths: {counts}")
    polarity = found["p"]
    if len(polarity) and not np.isin(polarity, (-1, 0, 1)).all():
        raise DamagedError("its p holds other values than 0 and 1 (or −1 and 1)")
    t, x, y = (found[name].astype(np.int64) for name in "txy")
    return Events(t, x, y, (polarity > 0).astype(np.uint8))


def _pieces(events: Events) -> Iterator[Events]:
    for begin in range(0, len(events), CHUNK):
        yield events.take(slice(begin, begin + CHUNK))
