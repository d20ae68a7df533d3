"""CUDA graphs without a GPU: a tape of the operations that ran, replayed on the same memory.

`taped(monkeypatch)` puts it where `torch.cuda.make_graphed_callables` looks for CUDA, so that PyTorch's own function
runs. As on a GPU, what Python decides or computes while recording is frozen, every replay reads and writes the memory
of the recording, and nothing may look at a value. Unlike there, recording also executes.
"""

from contextlib import contextmanager, nullcontext

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_LOOKS = (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default)


class Tape(TorchDispatchMode):
    """Stands for `torch.cuda.CUDAGraph`."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.replays = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in _LOOKS:
            raise RuntimeError("operation not permitted when stream is capturing")
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result

    def replay(self):
        self.replays += 1
        with torch.no_grad():
            for func, args, kwargs, result in self.calls:
                if "empty" in func.__name__:
                    continue  # memory that nobody has written yet
                again = func(*args, **kwargs)
                if any(returned.alias_info for returned in func._schema.returns):
                    continue  # a view, or done in place: the memory is the recorded one
                for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor):
                        old.copy_(new)


class Tapes:
    """All graphs that were recorded, in order: forward and backward of each callable."""

    def __init__(self):
        self.recorded = []

    def new(self):
        self.recorded.append(Tape())
        return self.recorded[-1]


@contextmanager
def _recording(tape, pool=None):
    with tape:
        yield


def taped(monkeypatch):
    """Tapes in the place of CUDA graphs, for one test."""
    tapes = Tapes()
    monkeypatch.setattr(torch.cuda, "CUDAGraph", tapes.new)
    monkeypatch.setattr(torch.cuda, "graph", _recording)
    monkeypatch.setattr(torch.cuda, "Stream", object)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda.graphs, "graph_pool_handle", lambda: (0, 0))
    return tapes
