"""A small `cifar-10-batches-py` as Python 2 pickled it, and the real images in that layout."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FILES = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
NAMES = [b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship", b"truck"]


def python2_pickle(value: Any) -> bytes:
    """The opcodes of protocol 2 as Python 2 wrote them for byte strings, integers, lists, dictionaries and arrays."""
    match value:
        case bytes():
            return b"U" + bytes([len(value)]) + value
        case int():
            return b"M" + struct.pack("<H", value) if value > 255 else b"K" + bytes([value])
        case list():
            return b"](" + b"".join(map(python2_pickle, value)) + b"e"
        case dict():
            return b"}(" + b"".join(python2_pickle(k) + python2_pickle(v) for k, v in value.items()) + b"u"
    rows, columns = value.shape
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
        + python2_pickle(rows)
        + python2_pickle(columns)
        + b"\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + struct.pack("<I", rows * columns)
        + value.tobytes()
        + b"tb"
    )


@pytest.fixture
def write_python2() -> Callable[[Path, Any], None]:
    """Writes one value to one file as Python 2 did."""

    def write(path: Path, value: Any) -> None:
        path.write_bytes(b"\x80\x02" + python2_pickle(value) + b".")

    return write


@pytest.fixture
def cifar_folder(tmp_path: Path, write_python2: Callable[[Path, Any], None]) -> Path:
    """Six batches of 20 random images (two of each class) and the class names; the folder that holds them."""
    folder = tmp_path / "cifar" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for name in FILES:
        data = draw.integers(0, 256, (20, 3072), dtype=np.uint8)
        labels = draw.permutation(np.repeat(np.arange(10), 2)).tolist()
        write_python2(folder / name, {b"batch_label": name.encode(), b"labels": labels, b"data": data})
    write_python2(folder / "batches.meta", {b"label_names": NAMES, b"num_cases_per_batch": 20, b"num_vis": 3072})
    return folder


@pytest.fixture(scope="session")
def real_cifar(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 training and 50 test images of the real CIFAR-10."""
    tool = shared_data.parent / "tools" / "cifar10_layout.py"
    if not tool.is_file():
        pytest.skip(f"no {tool} to lay out the real images with")
    folder = tmp_path_factory.mktemp("cifar10")
    size = ["--train-per-class", "20", "--test-per-class", "5"]
    subprocess.run([sys.executable, str(tool), str(folder), *size], check=True, capture_output=True)
    return folder
