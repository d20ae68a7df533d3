"""Limits of containers and machines, read from files as Linux writes them."""

from pathlib import Path

import pytest

from spikesearch.forecast import available
from spikesearch.forecast.available import available_memory, private_memory


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GiB free and no limits."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "cgroup").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 16777216 kB\nMemAvailable:    8388608 kB\n")
    (tmp_path / "proc" / "self" / "cgroup").write_text("")
    (tmp_path / "proc" / "self" / "status").write_text("VmRSS:\t 900 kB\nRssAnon:\t  512 kB\n")
    monkeypatch.setattr(available, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(available, "_CGROUPS", tmp_path / "cgroup")
    return tmp_path


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_without_limits_it_is_what_the_machine_has(system: Path) -> None:
    assert available_memory("cpu") == 8 * 2**30
    assert private_memory() == 512 * 1024


def test_the_limit_of_a_group_counts_without_its_cached_files(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("0::/jobs/mine\n")
    group(system / "cgroup" / "jobs", memory__max="max", memory__current="1")
    group(
        system / "cgroup" / "jobs" / "mine",
        memory__max=str(3 * 2**30),
        memory__current=str(2**30),
        memory__stat=f"anon 7\ninactive_file {2**29}\n",
    )
    assert available_memory("cpu") == 3 * 2**30 - 2**29


def test_a_limit_above_the_group_counts_too(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("0::/jobs/mine\n")
    group(system / "cgroup" / "jobs", memory__max=str(2**30), memory__current="0")
    group(system / "cgroup" / "jobs" / "mine", memory__max=str(3 * 2**30), memory__current="0")
    assert available_memory("cpu") == 2**30


def test_a_container_sees_its_own_group_at_the_root(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("0::/../outside\n")
    group(system / "cgroup", memory__max=str(2**30), memory__current=str(2**28))
    assert available_memory("cpu") == 2**30 - 2**28


def test_the_older_files_of_limits_are_read(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/x\n")
    group(
        system / "cgroup" / "memory",
        memory__limit_in_bytes=str(2**30),
        memory__usage_in_bytes=str(2**29),
        memory__stat=f"total_inactive_file {2**20}\n",
    )
    assert available_memory("cpu") == 2**29 + 2**20


def test_nobody_says(system: Path) -> None:
    (system / "proc" / "meminfo").unlink()
    assert available_memory("cpu") is None
