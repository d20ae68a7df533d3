"""Named tensors with a description in one safetensors file, written whole or not at all and checked when read.

safetensors, because reading it runs nothing that stands in the file. A checksum over names, types, shapes, values and
description is kept with it: the format itself would not notice a flipped bit.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spikesearch.errors import UserError
from spikesearch.studies.files import atomic_write

FORMAT = 1
# All of the description is one entry of the file's metadata: safetensors writes several in an order that changes from
# process to process, and equal networks should be equal files.
_ENTRY = "spikesearch"


def write_tensors(path: Path, kind: str, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    """Write one file.

    Args:
        path: final name; it appears there when complete.
        kind: what the file is, for example "network"; `read_tensors` asks for it.
        tensors: on any device, in any memory layout.
        description: name → JSON value.

    Raises:
        OSError: the folder is missing or the disk is full.
    """
    from safetensors.torch import save

    held = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    header = {"format": FORMAT, "kind": kind, "description": dict(description)}
    header["sha256"] = _checksum(held, header)
    content = save(held, metadata={_ENTRY: json.dumps(header, ensure_ascii=False)})
    with atomic_write(path, "wb") as file:
        file.write(content)


def read_tensors(path: Path, *kinds: str) -> tuple[str, dict[str, Tensor], dict[str, Any]]:
    """Read one file back, onto the CPU.

    Args:
        path: the file.
        kinds: what it may be.

    Returns:
        (kind, tensors by name, description).

    Raises:
        UserError: the file is missing, damaged, cut off, not of spikesearch, of a newer format or of another kind.
    """
    tensors, metadata = _load(path)
    if _ENTRY not in metadata:
        raise UserError(f"{path} is a safetensors file, but not one that spikesearch wrote")
    try:
        header = json.loads(metadata[_ENTRY])
        found = header["format"]
        if found == FORMAT and header.pop("sha256") != _checksum(tensors, header):
            raise UserError(f"{path} is damaged: its content does not match its checksum; copy or make it anew")
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"{path} is damaged: its description cannot be read ({error!r}); copy or make it anew"
        ) from error
    if found != FORMAT:
        raise UserError(f"{path} has format {found}, this version reads {FORMAT}: use the version that wrote it")
    if header["kind"] not in kinds:
        raise UserError(f"{path} holds a {header['kind']}, wanted is a {' or a '.join(kinds)}")
    return header["kind"], tensors, header["description"]


def _load(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 - not a dictionary
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(
            f"{path} is damaged, cut off, or no safetensors file ({error}); copy or make it anew"
        ) from error


def _checksum(tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
