"""What every test may ask for."""

import copy
import json
import os
import pickle
import resource
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

# One thread for each worker process: two processes with two threads each on two cores are several times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts us in the background has us ignore Ctrl-C, and the processes of the tests would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Helpers that a process of its own must be able to import, such as `crashing`.
TESTS = str(Path(__file__).parent)
if TESTS not in sys.path:
    sys.path.append(TESTS)

from crashing import Crasher  # noqa: E402
from spikesearch import load_run, search  # noqa: E402
from spikesearch.neurons import compilation  # noqa: E402
from spikesearch.neurons.neuron import SpikingNeuron  # noqa: E402
from spikesearch.neurons.options import NeuronOptions  # noqa: E402
from spikesearch.results import Run  # noqa: E402
from spikesearch.studies.progress import Reporter  # noqa: E402

_TRAINING: dict[str, Any] = {"batch_size": 16, "learning_rate": 0.02, "schedule": "constant", "flip": False}
# A whole search in a second or two. The low threshold lets so small networks fire, the learning rate lets them learn
# something in a few epochs, and the two λ have different winners.
_TINY: dict[str, Any] = {
    "data": {"limit": 200, "test_limit": 100},
    "network": {"channels": 4, "timesteps": 2, "v_threshold": 0.4},
    "supernet": _TRAINING | {"epochs": 3, "pad": 1},
    "search": {"rounds": 2, "population": 4, "parents": 2, "mutations": 2, "crossovers": 2, "lam": [-0.08, -4.0]},
    "train": _TRAINING | {"epochs": 4, "pad": 0, "on": "train"},
    "compare": {"architectures": ["autosnn:SCB_k3"], "random": 0, "estimates": [], "random_estimates": 1},
    "run": {"threads": 1, "workers": 1},
}
# The least that goes through all phases, for what does not depend on the numbers.
_LEAST: dict[str, Any] = {
    "data": {"limit": 100, "test_limit": 50},
    "network": {"channels": 2, "v_threshold": 0.2},
    "supernet": {"epochs": 1},
    "search": {"rounds": 2, "population": 2, "parents": 2, "mutations": 1, "crossovers": 1, "lam": -0.08},
    "train": {"epochs": 1},
    "compare": {"architectures": [], "random_estimates": 0},
}


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(below))
    for section, values in above.items():
        merged[section] = {**merged.get(section, {}), **values} if isinstance(values, Mapping) else values
    return merged


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets and reference networks; the test is skipped where it is missing."""
    folder = Path(os.environ.get("SPIKESEARCH_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set SPIKESEARCH_TEST_DATA to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def compiler() -> None:
    """Skips where this machine cannot compile: what happens there has tests of its own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SpikingNeuron(NeuronOptions(kind="lif", compile=True))(torch.zeros(1, 5005))
    if not compilation.compiling_works():
        pytest.skip(f"nothing compiles here: {caught[0].message}")


@pytest.fixture(scope="session")
def tiny() -> Callable[..., dict[str, Any]]:
    """Settings of a small search on digits, with changes: `tiny(search={"lam": 0.0})`."""
    return lambda **changes: _laid_over(_TINY, changes)


@pytest.fixture(scope="session")
def least() -> Callable[..., dict[str, Any]]:
    """Settings of the smallest search on digits, with changes."""
    return lambda **changes: _laid_over(_laid_over(_TINY, _LEAST), changes)


@pytest.fixture(scope="session")
def finished_run(tiny: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a search that was never interrupted, from Python. Read it only; `copy_run` gives a copy."""
    return search(settings=tiny(), run=tmp_path_factory.mktemp("finished") / "run").path


@pytest.fixture(scope="session")
def search_only() -> Callable[..., Run]:
    """Searches with the arguments of `search` and stops before winners are trained, which saves half of the time."""

    class Stop(Reporter):
        def phase(self, title: str, total: int, done: int = 0) -> None:
            if title.startswith("training λ"):
                raise KeyboardInterrupt

    def searched(**keywords: Any) -> Run:
        with pytest.raises(KeyboardInterrupt):
            search(**keywords, reporter=Stop())
        return load_run(keywords["run"])

    return searched


@pytest.fixture
def copy_run(finished_run: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of `finished_run` to change, without the files named: `copy_run("report.html", "finished")`."""

    def copied(*without: str, name: str = "copied") -> Path:
        target = tmp_path / name
        shutil.copytree(finished_run, target)
        for pattern in without:
            for path in target.glob(pattern):
                path.unlink()
        return target

    return copied


@pytest.fixture(scope="session")
def mini_cifar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `cifar-10-batches-py` of 100 training and 20 test images of noise."""
    folder = tmp_path_factory.mktemp("data")
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    rng = np.random.default_rng(0)
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        data = rng.integers(0, 256, (20, 3072), dtype=np.uint8)
        batch = {b"data": data, b"labels": [k % 10 for k in range(20)], b"batch_label": name.encode()}
        (batches / name).write_bytes(pickle.dumps(batch, protocol=2))
    names = [f"class{k}".encode() for k in range(10)]
    (batches / "batches.meta").write_bytes(pickle.dumps({b"label_names": names}, protocol=2))
    return folder


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    """From its call on, this process can write no file beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="session")
def crasher() -> Iterator[Crasher]:
    """Runs spikesearch in processes that are killed or interrupted at a chosen moment."""
    with Crasher() as crasher:
        yield crasher


@pytest.fixture(scope="session")
def assignments() -> Callable[[Mapping[str, Any]], list[str]]:
    """Settings as the command line takes them: `--set section.key=value` for each."""

    def written(settings: Mapping[str, Any]) -> list[str]:
        pairs = [(section, key, value) for section, values in settings.items() for key, value in values.items()]
        # JSON of numbers, strings and lists of them is TOML too.
        return [word for section, key, value in pairs for word in ("--set", f"{section}.{key}={json.dumps(value)}")]

    return written
