"""How much memory there is for a new run."""

import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_PROC = Path("/proc")


def available_memory(device: str) -> int | None:
    """Bytes that processes may still take: on a GPU, or of the machine and the container; None if nobody says.

    Args:
        device: "cpu" or "cuda".
    """
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info()[0])
    found = [*_free(_PROC / "meminfo"), *_left_in_cgroups(_PROC / "self" / "cgroup", _CGROUPS)]
    return min(found) if found else None


def private_memory() -> int:
    """Bytes that this process has for itself, without the libraries' code that others share; 0 if nobody says."""
    return next(_numbers(_PROC / "self" / "status", "RssAnon:"), 0) * 1024


def _free(meminfo: Path) -> Iterator[int]:
    for kibibytes in _numbers(meminfo, "MemAvailable:"):
        yield kibibytes * 1024


def _left_in_cgroups(own: Path, root: Path) -> Iterator[int]:
    """What each limit above this process leaves: limit - use, files in the cache not counted as used."""
    for line in _lines(own):
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            v1 = bool(controllers)
            base = root / "memory" if v1 else root
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if v1 else ("memory.max", "memory.current")
            for folder in _upward(base, path):
                limit, used = (next(_numbers(folder / name), None) for name in names)
                if limit is not None and used is not None:
                    cached = next(_numbers(folder / "memory.stat", "total_inactive_file" if v1 else "inactive_file"), 0)
                    yield max(0, limit - max(0, used - cached))


def _upward(base: Path, path: str) -> Iterator[Path]:
    """The folders of a group and of all above it; inside a container the group's own path may not be there."""
    parts = [part for part in path.split("/") if part and part != ".."]
    for length in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:length])


def _numbers(path: Path, name: str = "") -> Iterator[int]:
    """The number of every line that begins with that name; "max" is none."""
    for line in _lines(path):
        words = line.split()
        if name:
            words = words[1:] if words[:1] == [name] else []
        if words and words[0].isdigit():
            yield int(words[0])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() if os.access(path, os.R_OK) else []
    except OSError:
        return []
