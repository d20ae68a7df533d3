"""Tensors in an anonymous file: the same bits, no copy, no name."""

import os

import pytest
import torch

from spikesearch.evaluation.shared_tensors import SharedTensors, map_tensors


def test_they_come_back_as_they_were() -> None:
    given = {
        "a": torch.randn(3, 5, 2),
        "b": torch.randint(0, 256, (7,), dtype=torch.uint8),
        "turned": torch.arange(12.0).reshape(3, 4).T,
        "scalar": torch.tensor(3),
        "none": torch.empty(0, 4),
        "bf16": torch.randn(9).to(torch.bfloat16),
    }
    shared = SharedTensors.write(given)
    found = map_tensors(shared.descriptor, shared.table)
    shared.close()
    assert list(found) == list(given)
    for name, tensor in given.items():
        assert torch.equal(found[name], tensor)
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
        assert found[name].is_contiguous()
        assert found[name].data_ptr() % 64 == 0 or not tensor.numel()


def test_memory_is_shared_until_it_is_written_to() -> None:
    shared = SharedTensors.write({"x": torch.zeros(4)})
    first, second = (map_tensors(shared.descriptor, shared.table)["x"] for _ in range(2))
    os.pwrite(shared.descriptor, b"\0\0\x80\x3f", 4)  # 1.0 into x[1], behind the back of both
    assert first.tolist() == second.tolist() == [0, 1, 0, 0]
    first[2] = 5
    assert second.tolist() == [0, 1, 0, 0]
    shared.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(shared.descriptor)
    assert first.tolist() == [0, 1, 5, 0]


def test_it_has_no_name() -> None:
    shared = SharedTensors.write({"x": torch.zeros(4)})
    assert os.fstat(shared.descriptor).st_nlink == 0
    shared.close()
