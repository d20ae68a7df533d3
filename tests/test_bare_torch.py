"""The torch side runs where nothing but torch and numpy is installed, as on a bare GPU image."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SOURCE = Path(__file__).parents[1] / "src" / "spikesearch"
ROOMS = ("architectures", "strategies", "neurons", "networks", "data", "training", "evaluation")
MISSING = [
    *("optuna", "pydantic", "PIL", "sklearn", "matplotlib", "typer", "rich", "jinja2", "safetensors", "platformdirs"),
    *("scipy", "pandas", "sqlalchemy", "click", "pytest", "spikingjelly", "snntorch"),
]

# Not a finder that raises: torch asks which packages there are without importing them.
BLOCKED = f"""
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in {MISSING!r} else self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Without, sys.meta_path)
"""

TRAIN = """
import numpy as np
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.dataset import Images
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import build_supernet
from spikesearch.strategies.evolution import Evolution
from spikesearch.training.loop import fit
from spikesearch.training.options import TrainingOptions
from spikesearch.training.paths import uniform_paths
space = get_space("autosnn")
supernet = build_supernet(space, space.defaults.replace(channels=2, timesteps=2, image=(1, 8, 8)))
rng = np.random.default_rng(0)
images = Images(rng.integers(0, 256, (16, 1, 8, 8), dtype=np.uint8), np.arange(16) % 10)
data, normalisation = TensorData.load(images), Normalisation.measure(images.images)
fit(supernet, data, TrainingOptions(epochs=1, batch_size=8), augmentation=Augmentation(), normalisation=normalisation,
    seed=0, sample_path=uniform_paths(space.choices, 0))
candidates = Evolution(rounds=1, population=2, parents=2, mutations=1, crossovers=1).propose(space, [], 0, seed=0)
found = list(SharedWeightsEvaluator(supernet, data, normalisation=normalisation).evaluate(candidates))
print([one.images for one in found])
"""


def run(code: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_of_the_torch_side_imports() -> None:
    names = [
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        for room in ROOMS
        for path in sorted((SOURCE / room).rglob("*.py"))
    ]
    assert len(names) > 60
    run(f"import importlib\nfor name in {names!r}: importlib.import_module(name)")


def test_a_supernet_is_trained_and_searched() -> None:
    assert run(TRAIN) == "[16, 16]\n"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_gpu_runs_all_its_parts_on_a_cpu(tmp_path: Path) -> None:
    """Small sizes and no GPU: it proves nothing about one, but that the command is ready for it."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKED, encoding="utf-8")  # so also in the processes of the parts
    results = tmp_path / "results"
    done = subprocess.run(
        ["make", "gpu", f"GPU_PYTHON={sys.executable}", f"GPU_PEERS={tmp_path}", "GPU_OPTIONS=--device cpu --small"],
        env=os.environ | {"OUT": str(results)},
        cwd=SOURCE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gpu_tests passed; gpu_search passed; gpu_training passed" in done.stdout
    search, training = (json.loads((results / f"gpu_{name}.json").read_text()) for name in ("search", "training"))
    assert {row[""] for row in search["tables"][0]["rows"]} == {"bf16", "fp32 (TF32)"}
    assert "goal" not in search["tables"][0]["rows"][0]  # these sizes are not the paper's
    assert "ours, bf16, not compiled" in {row[""] for row in training["tables"][0]["rows"]}
    assert any("spikingjelly is not installed: (a)" in note for note in training["notes"])
    assert (results / "gpu_tests.txt").read_text().rstrip().endswith("OK (skipped=1)")  # safetensors is missing


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_make_gpu_says_that_there_is_no_gpu(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "--results", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(SOURCE.parent)},
        cwd=SOURCE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no CUDA GPU can be used here" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_missing() -> None:
    """Else the tests above would prove nothing."""
    code = "try:\n    import optuna\nexcept ModuleNotFoundError as error:\n    print(error.name)"
    assert run(code) == "optuna\n"
