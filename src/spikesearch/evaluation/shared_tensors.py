"""Tensors in memory that several processes read: one anonymous file, mapped by each.

The file has no name, so nothing is left of it when the last process has ended, however that came about.
"""

import mmap
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Where torch's own allocator begins a tensor: kernels choose by it, and the numbers should not depend on the process.
_ALIGNMENT = 64


@dataclass(frozen=True)
class SharedTensors:
    """An open anonymous file with tensors in it.

    Attributes:
        descriptor: of the file; hand it to a child with `pass_fds`. Closed by `close`.
        table: name → [type, shape, offset], JSON values; with the descriptor it is all that `map_tensors` needs.
    """

    descriptor: int
    table: dict[str, list[Any]]

    @classmethod
    def write(cls, tensors: Mapping[str, Tensor]) -> "SharedTensors":
        """Copies tensors on the CPU, contiguous ones or not, into a new file."""
        table: dict[str, list[Any]] = {}
        offset = 0
        for name, tensor in tensors.items():
            table[name] = [str(tensor.dtype).removeprefix("torch."), list(tensor.shape), offset]
            offset += -(-tensor.numel() * tensor.element_size() // _ALIGNMENT) * _ALIGNMENT
        descriptor = _anonymous_file()
        try:
            os.ftruncate(descriptor, max(offset, 1))
            with mmap.mmap(descriptor, max(offset, 1)) as memory:
                for name, tensor in tensors.items():
                    content = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
                    begin = table[name][2]
                    memory[begin : begin + content.size] = content.data
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor, table)

    def close(self) -> None:
        """Gives the file up here; who has mapped it keeps it."""
        os.close(self.descriptor)


def map_tensors(descriptor: int, table: Mapping[str, list[Any]]) -> dict[str, Tensor]:
    """The tensors of a `SharedTensors` without a copy. Writing into one is private to this process."""
    memory = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
    found = {}
    for name, (kind, shape, offset) in table.items():
        count = torch.Size(shape).numel()
        if count:
            flat = torch.frombuffer(memory, dtype=getattr(torch, kind), count=count, offset=offset)
        else:
            flat = torch.empty(0, dtype=getattr(torch, kind))
        found[name] = flat.reshape(shape)
    return found


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("spikesearch")
    with tempfile.TemporaryFile() as file:  # has lost its name already
        return os.dup(file.fileno())
