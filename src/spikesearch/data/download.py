"""Fetches the data sets whose files have a public address that stays, and checks what came."""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from spikesearch.data import cifar10, cifar100, svhn, tiny_imagenet
from spikesearch.errors import RunError, UserError

_BLOCK = 2**20
_PATIENCE = 60  # seconds without a byte

OnBytes = Callable[[str, int, int], None]
"""(file, bytes here, bytes in all), called after every block."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """One file of a data set.

    Attributes:
        url: where it is.
        md5: of the whole file, as everybody who uses the data set checks it: against damage, not against malice, which
            is why nothing in these files is trusted when they are read.
        bytes: its size.
    """

    url: str
    md5: str
    bytes: int

    @property
    def name(self) -> str:
        """Of the file on the disk."""
        return self.url.rsplit("/", 1)[1]


DOWNLOADS: Mapping[str, Sequence[Remote]] = {
    "cifar10": [Remote(url=cifar10.SOURCE, md5="c58f30108f718f92721af3b95e74349a", bytes=170_498_071)],
    "cifar100": [Remote(url=cifar100.SOURCE, md5="eb9058c3a382ffc7106e4002c42a8d85", bytes=169_001_437)],
    "svhn": [
        Remote(url=svhn.SOURCE + svhn.WANTED["train"], md5="e26dedcc434d2e4c54c9b2d4a06d8373", bytes=182_040_794),
        Remote(url=svhn.SOURCE + svhn.WANTED["test"], md5="eb5a983be6a315427106f1b164d9cef3", bytes=64_275_384),
    ],
    "tiny-imagenet": [Remote(url=tiny_imagenet.SOURCE, md5="90528d7ca1a48142e341f4ef8d21d0de", bytes=248_100_043)],
}


def download(
    name: str,
    folder: str | Path,
    *,
    on_bytes: OnBytes | None = None,
    downloads: Mapping[str, Sequence[Remote]] = DOWNLOADS,
) -> list[Path]:
    """Fetch the files of a data set into a folder; those that are there already stay. Archives are read as they are.

    Args:
        name: a key of `downloads`.
        folder: is made if need be; afterwards what `--data` takes.
        on_bytes: see `OnBytes`.
        downloads: the table of names.

    Returns:
        The files.

    Raises:
        UserError: the data set has no such address, or a file there is another one.
        RunError: a file cannot be fetched or is not the one that was published; nothing of it is left then.
    """
    if name not in downloads:
        raise UserError(
            f"{name} cannot be downloaded: only {', '.join(downloads)} have a public address that stays. "
            "`spikesearch data check` says which files another data set wants and where to get them"
        )
    folder = Path(folder)
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        return [_fetch(remote, folder, on_bytes) for remote in downloads[name]]
    finally:
        with suppress(OSError):  # what is not empty stays
            for place in new:
                place.rmdir()


def _fetch(remote: Remote, folder: Path, on_bytes: OnBytes | None) -> Path:
    target = folder / remote.name
    if target.exists():
        if _md5(target) != remote.md5:
            raise UserError(f"{target} is not the file that was published (its MD5 differs): remove it and try again")
        return target
    beside = folder / f".{remote.name}.{os.getpid()}.part"
    digest = hashlib.md5(usedforsecurity=False)
    here = 0
    try:
        with urllib.request.urlopen(remote.url, timeout=_PATIENCE) as source, _new_file(beside) as copy:
            while block := source.read(_BLOCK):
                here += len(block)
                if here > remote.bytes:
                    raise RunError(f"{remote.url} gives more than the {remote.bytes:,} bytes that were published")
                digest.update(block)
                copy.write(block)
                if on_bytes is not None:
                    on_bytes(remote.name, here, remote.bytes)
        if digest.hexdigest() != remote.md5:
            raise RunError(
                f"{remote.url}: what came ({here:,} of {remote.bytes:,} bytes) is not the file that was published (its "
                "MD5 differs): try again, or get the file by hand"
            )
        os.replace(beside, target)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise RunError(f"{remote.url} cannot be fetched ({reason}): try again, or get the file by hand") from error
    finally:
        beside.unlink(missing_ok=True)
    return target


def _new_file(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
