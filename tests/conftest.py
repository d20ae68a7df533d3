"""What every test may ask for."""

import os
from pathlib import Path

import pytest

# One thread for each worker process: two processes with two threads each on two cores are several times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets and reference networks; the test is skipped where it is missing."""
    folder = Path(os.environ.get("SPIKESEARCH_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set SPIKESEARCH_TEST_DATA to the folder that holds it")
    return folder
