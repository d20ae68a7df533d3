"""Unpacks archives that cannot be read in place, trusting nothing that stands in them."""

import fcntl
import glob
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from spikesearch.data.file_tree import READING_ERRORS
from spikesearch.errors import UserError

_MOST_FILES = 1_000_000
_MOST_BYTES = 2**36  # 64 GiB; DVS128 Gesture has 5 GB
_BLOCK = 2**20


def unpack_tar(archive: Path, target: Path, *, most_bytes: int = _MOST_BYTES) -> None:
    """Unpack a tar archive, compressed or not, into a new folder, which appears only when it is complete.

    What a killed process has left of it is removed. Of several processes that want it one unpacks and the others wait.

    Files and folders alone: archives with links, devices, absolute paths or `..` are refused as a whole. Nothing that
    the archive says of owners and rights is taken over.

    Args:
        archive: the file.
        target: the folder to make; must not exist.
        most_bytes: of all files together, as they are when unpacked.

    Raises:
        UserError: the archive is damaged, refused or too large, or there is no room; nothing of it is left then.
    """
    if target.exists():
        raise UserError(f"{target} is there already; remove it to unpack {archive} again")
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _alone(archive) as alone:
            if target.exists():  # unpacked while we waited
                return
            for left in target.parent.glob(f".{glob.escape(target.name)}.*.part") if alone else ():
                shutil.rmtree(left, ignore_errors=True)
            try:
                beside.mkdir(parents=True)
                _unpack(archive, beside, most_bytes)
                os.replace(beside, target)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    except READING_ERRORS as error:
        raise UserError(f"{archive} cannot be unpacked to {target}: {error}") from error


@contextmanager
def _alone(archive: Path) -> Iterator[bool]:
    """Inside, no other process unpacks this archive. The lock is the archive's own: it leaves no file, and a killed
    process none that holds. False where the file system has no locks: then nobody knows who is at work."""
    with archive.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield False
            return
        yield True


def _unpack(archive: Path, folder: Path, most_bytes: int) -> None:
    left, files = most_bytes, 0
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            place = folder / _safe_name(archive, member)
            if member.isdir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            files += 1
            left -= member.size
            if left < 0 or files > _MOST_FILES:
                raise UserError(
                    f"{archive} holds more than {most_bytes:,} bytes or {_MOST_FILES:,} files: not unpacked"
                )
            source = tar.extractfile(member)
            if source is None:
                raise UserError(f"{archive}: {member.name} cannot be read: a damaged archive")
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as copy:
                shutil.copyfileobj(source, copy, _BLOCK)


def _safe_name(archive: Path, member: tarfile.TarInfo) -> PurePosixPath:
    name = PurePosixPath(member.name)
    if not (member.isfile() or member.isdir()):
        raise UserError(f"{archive}: {member.name} is neither file nor folder but a link or device: not unpacked")
    if name.is_absolute() or ".." in name.parts or "\\" in member.name or "\0" in member.name:
        raise UserError(f"{archive}: {member.name} would lie outside the folder: not unpacked")
    return name
