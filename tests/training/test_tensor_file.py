"""Tensor files: read back exactly, or refused in words."""

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from spikesearch.errors import UserError
from spikesearch.training.tensor_file import read_tensors, write_tensors

TENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b.last": torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)).to(memory_format=torch.channels_last),
    "c": torch.tensor(3),
    "d": torch.tensor([1.5, -0.0], dtype=torch.bfloat16),
    "e": torch.zeros(0, 4),
}
DESCRIPTION = {"text": "λ = −0.08", "list": [1, 2.5, None], "dict": {"a": True}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.safetensors"
    write_tensors(path, "thing", TENSORS, DESCRIPTION)
    return path


def test_everything_comes_back(path: Path) -> None:
    kind, tensors, description = read_tensors(path, "other", "thing")
    assert kind == "thing"
    assert description == DESCRIPTION
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_equal_content_makes_equal_files(path: Path, tmp_path: Path) -> None:
    reordered = dict(reversed(TENSORS.items()))
    write_tensors(tmp_path / "b", "thing", reordered, DESCRIPTION)
    assert (tmp_path / "b").read_bytes() == path.read_bytes()


def test_tensors_that_share_memory_can_be_written(tmp_path: Path) -> None:
    whole = torch.arange(4.0)
    write_tensors(tmp_path / "a", "thing", {"a": whole, "b": whole[:2]}, {})
    assert read_tensors(tmp_path / "a", "thing")[1]["b"].tolist() == [0, 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_noticed(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    damaged = path.with_name("damaged.safetensors")
    damaged.write_bytes(bytes(changed))
    try:
        _, tensors, description = read_tensors(damaged, "thing")
    except UserError as error:
        message = str(error)
        tensors, description = dict(TENSORS), DESCRIPTION
    else:
        message = str(damaged)  # white space in the header, which means nothing
    assert str(damaged) in message
    assert description == DESCRIPTION
    assert all(torch.equal(tensors[name], tensor) for name, tensor in TENSORS.items())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(data=st.data())
def test_a_file_cut_off_anywhere_is_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    cut = path.with_name("cut.safetensors")
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(UserError, match=r"cut.safetensors is damaged, cut off, or no safetensors file"):
        read_tensors(cut, "thing")


def test_other_files_are_refused_in_words(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing.safetensors: no such file"):
        read_tensors(tmp_path / "nothing.safetensors", "thing")
    with pytest.raises(UserError, match=r"a.safetensors holds a thing, wanted is a network or a supernet"):
        read_tensors(path, "network", "supernet")
    save_file({"a": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(
        UserError, match=r"foreign.safetensors is a safetensors file, but not one that spikesearch wrote"
    ):
        read_tensors(tmp_path / "foreign.safetensors", "thing")
    save_file({"a": torch.zeros(1)}, tmp_path / "newer.safetensors", metadata={"spikesearch": '{"format": 2}'})
    with pytest.raises(
        UserError, match=r"newer.safetensors has format 2, this version reads 1: use the version that wrote it"
    ):
        read_tensors(tmp_path / "newer.safetensors", "thing")
    save_file({"a": torch.zeros(1)}, tmp_path / "odd.safetensors", metadata={"spikesearch": "[]"})
    with pytest.raises(UserError, match=r"odd.safetensors is damaged: its description cannot be read"):
        read_tensors(tmp_path / "odd.safetensors", "thing")
    (tmp_path / "text.safetensors").write_text("not at all")
    with pytest.raises(UserError, match=r"text.safetensors is damaged, cut off, or no safetensors file"):
        read_tensors(tmp_path / "text.safetensors", "thing")
