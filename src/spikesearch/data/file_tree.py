"""Files of a data set where they lie: in a folder, or in an archive that is read without being unpacked."""

import errno
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from spikesearch.errors import UserError

_DEPTH = 5  # folders below the one given; more is somebody's home, not a data set
_LARGEST_MEMBER = 2**32  # bytes; no file of a data set here has more, and a bomb would
READING_ERRORS = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    tarfile.TarError,
    NotImplementedError,
    RuntimeError,
)
"""What reading from a tree may raise where a file or an archive is damaged."""


class FileTree(Protocol):
    """Named files to read. Names are paths with `/` between folders, relative to the tree."""

    path: Path

    @property
    def names(self) -> list[str]:
        """All files, sorted; hidden ones are passed over."""

    def open(self, name: str) -> BinaryIO:
        """One of them, to be closed by the caller; may raise one of `READING_ERRORS`, also while it is read."""

    def stamp(self, name: str) -> str:
        """Changes when the file does; of an archive its checksum, else size and time of change."""

    def title(self, name: str) -> str:
        """How messages call it."""


class FolderTree:
    """A folder. Links are followed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def names(self) -> list[str]:
        found = []
        for place, folders, files in os.walk(self.path, followlinks=True):
            below = PurePosixPath(Path(place).relative_to(self.path).as_posix())
            folders[:] = [name for name in folders if not name.startswith(".")] if len(below.parts) < _DEPTH else []
            found += [str(below / name) for name in files if not name.startswith(".")]
        return sorted(found)

    def open(self, name: str) -> BinaryIO:
        path = self.path / name
        if path.exists() and not path.is_file():  # a pipe would wait for somebody who writes, for ever
            raise OSError(errno.EINVAL, "is a pipe or device, no file", str(path))
        return path.open("rb")

    def stamp(self, name: str) -> str:
        status = (self.path / name).stat()
        return f"{status.st_size} {status.st_mtime_ns}"

    def title(self, name: str) -> str:
        return str(self.path / name)


class ZipTree:
    """A zip archive, read in place.

    Raises:
        UserError: it is none, or a member is encrypted or of a size that cannot be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except (*READING_ERRORS, ValueError, struct.error) as error:  # a directory whose bytes are wrong may raise any
            raise UserError(f"{path} is no zip archive that can be read, or a damaged one: {error}") from error
        self._members = {one.filename: one for one in self._archive.infolist() if not one.is_dir()}
        for member in self._members.values():
            if member.flag_bits & 1:
                raise UserError(f"{path}: {member.filename} is encrypted, which no data set here is")
            if member.file_size > _LARGEST_MEMBER:
                raise UserError(f"{path}: {member.filename} would have {member.file_size:,} bytes: a damaged archive")

    @cached_property
    def names(self) -> list[str]:
        return sorted(name for name in self._members if _is_visible(name))

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.open(self._members[name]))

    def stamp(self, name: str) -> str:
        member = self._members[name]
        return f"{member.file_size} {member.CRC:08x}"

    def title(self, name: str) -> str:
        return f"{self.path}: {name}"


class TarTree:
    """A tar archive of a few files, compressed or not, read in place; not for many, as it is searched from its begin.

    Raises:
        UserError: it is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = tarfile.open(path)  # noqa: SIM115 - open as long as the tree
            self._members = {one.name: one for one in self._archive if one.isfile() and one.size <= _LARGEST_MEMBER}
        except READING_ERRORS as error:
            reason = str(error).splitlines()[0].rstrip(":") if str(error) else type(error).__name__
            raise UserError(f"{path} is no tar archive that can be read, or a damaged one: {reason}") from error

    @cached_property
    def names(self) -> list[str]:
        return sorted(name for name in self._members if _is_visible(name))

    def open(self, name: str) -> BinaryIO:
        stream = self._archive.extractfile(self._members[name])
        if stream is None:
            raise OSError("no file")
        return cast(BinaryIO, stream)

    def stamp(self, name: str) -> str:
        status = self.path.stat()
        return f"{status.st_size} {status.st_mtime_ns}"

    def title(self, name: str) -> str:
        return f"{self.path}: {name}"


@contextmanager
def reading(tree: FileTree, name: str) -> Iterator[BinaryIO]:
    """One file of a tree, open inside."""
    stream = tree.open(name)
    try:
        yield stream
    finally:
        stream.close()


def _is_visible(name: str) -> bool:
    """Not hidden, and none of what macOS adds to archives."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
