"""The real recordings."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_n_mnist(shared_data: Path) -> Path:
    """1,100 recordings of N-MNIST in a zip archive; the test is skipped where it is missing."""
    path = shared_data / "nmnist-small.zip"
    if not path.is_file():
        pytest.skip(f"no {path} with real recordings")
    return path
