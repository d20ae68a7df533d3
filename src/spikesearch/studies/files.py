"""Files that appear under their final name only when they are complete."""

import contextlib
import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_SUFFIX = ".incomplete"
# No space, no quota, or beyond the largest size that a file may have here.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: OSError) -> bool:
    """Whether a file could not be written because there is no room for it: free space, a quota, a limit of its size."""
    return error.errno in _FULL


@contextlib.contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Errors of writing say which file it was; the system's tell it only where a file is opened."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing that replaces `path` at the end of the `with` block, whole or not at all.

    The bytes go to a hidden file in the same folder (a rename cannot cross file systems), reach the disk, and then
    take the final name in one step. A process that is killed at any moment leaves the old file, or none, under
    `path`; an exception in the block leaves the same and removes the hidden file.

    Args:
        path: final name; its folder must exist.
        mode: `"w"` (UTF-8 text with `\\n` line ends) or `"wb"`.

    Raises:
        ValueError: another mode; appending cannot be atomic.
        OSError: the folder is missing, not writable, or the disk is full.
    """
    if mode not in ("w", "wb"):
        raise ValueError(f"mode {mode!r}: an atomic write is 'w' or 'wb'")
    final = Path(path)
    # The names of two writers differ, so that neither publishes a mixture of both.
    hidden = final.with_name(f".{final.name}.{os.getpid()}-{threading.get_ident()}{_SUFFIX}")
    text: dict[str, Any] = {"encoding": "utf-8", "newline": "\n"} if mode == "w" else {}
    try:
        with naming(final), open(hidden, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(hidden, final)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
    _sync_folder(final.parent)


def write_json(path: str | os.PathLike[str], value: Any, *, indent: int | None = 2) -> None:
    """Write `value` as one JSON document with `atomic_write`.

    Raises:
        ValueError: a number that JSON has no word for (nan, inf); other readers would stumble over it.
        TypeError: a value that is not made of dict, list, tuple, str, int, float, bool and None.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as file:
        file.write(text + "\n")


@contextlib.contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A hidden folder beside `path`, to be filled in the `with` block; then it takes its name, complete.

    Args:
        path: the folder's place: nothing, or an empty folder. Parents are made.

    Raises:
        OSError: it cannot be made there.
    """
    final = Path(path).absolute()  # "." has no name beside which the hidden folder could stand
    hidden = final.with_name(f".{final.name}.{os.getpid()}{_SUFFIX}")
    try:
        hidden.mkdir(parents=True)
        yield hidden
        _publish(hidden, final)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _publish(hidden: Path, final: Path) -> None:
    if not final.exists():
        os.replace(hidden, final)
        return
    # Somebody may stand in the empty folder: fill it instead of replacing it. With `format` it becomes a run.
    for name in sorted(os.listdir(hidden), key=lambda name: name == "format"):
        os.replace(hidden / name, final / name)


def remove_incomplete(folder: str | os.PathLike[str]) -> list[Path]:
    """Delete what killed writers left in `folder`; call it only while holding the lock that keeps writers out."""
    left = sorted(Path(folder).glob(f".*{_SUFFIX}"))
    for path in left:
        path.unlink(missing_ok=True)
    return left


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
