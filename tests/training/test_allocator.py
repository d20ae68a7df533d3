"""Freed memory stays with the process."""

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys, torch
from spikesearch.training.allocator import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
x = torch.zeros(16 * 2**20)  # 64 MiB
for _ in range(20):  # aligned blocks do not fit where others of their size lay: some are made first
    x.clone()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    x.clone()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so eagerly")
def test_large_tensors_are_not_mapped_anew() -> None:
    def faults(mode: str) -> int:
        return int(subprocess.run([sys.executable, "-c", SCRIPT, mode], capture_output=True, check=True).stdout)

    # 64 MiB are 16,384 pages of 4 KiB, fewer where the system has larger ones
    assert faults("keep") < faults("as it comes") / 2
