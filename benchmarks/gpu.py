"""`make gpu`: the GPU tests, then the GPU benchmarks, on whatever Python has torch and numpy. No pip, no network.

Each part is a process of its own with a share of the time: one that fails or hangs does not take the others along, and
what was measured before is on disk. The whole ends within `--minutes`.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import RESULTS

ROOT = Path(__file__).parents[1]
# Sizes at which everything can be seen to work on a CPU in a minute; the figures mean nothing.
SMALL = {
    "gpu_search": "--steps 2 --rounds 2 --batch 4 --timesteps 2 --channels 4 --size 8 --train-images 64 "
    "--validation-images 16 --candidates 4 --search-batch 8 --no-compiled --ways bf16,tf32",
    "gpu_training": "--rounds 2 --paths 2 --batch 4 --timesteps 2 --channels 4 --size 8 "
    "--sides bf16-eager,loop,multi-step",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process.

    Attributes:
        name: also of its log, `NAME.txt`.
        command: arguments of Python.
        share: of the minutes, at most.
        environment: beside that of this process.
    """

    name: str
    command: Sequence[str]
    share: float
    environment: Mapping[str, str]


def parts(results: Path, device: str, small: bool) -> list[Part]:
    """Tests first: what is wrong need not be fast."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    environment = {"PYTHONPATH": path, "SPIKESEARCH_TEST_DEVICE": device, "PYTHONUNBUFFERED": "1"}
    found = [
        Part(
            name="gpu_tests",
            command=["-m", "unittest", "discover", "-v", "-s", str(ROOT / "tests" / "gpu")],
            share=0.45,
            environment=environment,
        )
    ]
    for name, share in (("gpu_search", 0.6), ("gpu_training", 1.0)):
        sizes = SMALL[name].split() if small else []
        command = ["-m", "benchmarks", name, "--results", str(results), "--device", device, *sizes]
        found.append(Part(name=name, command=command, share=share, environment=environment))
    return found


def run_part(part: Part, results: Path, seconds: float) -> str:
    """How it ended: "passed", "failed" or "out of time"; its output is printed and kept in `NAME.txt`."""
    with (results / f"{part.name}.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, *part.command],
            env={**os.environ, **part.environment},
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            outcome = "failed" if process.wait(timeout=max(1.0, seconds)) else "passed"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            outcome = "out of time"
    print((results / f"{part.name}.txt").read_text(encoding="utf-8"))
    return outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all parts; 1 if one of them did not pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the files")
    parser.add_argument("--device", default="cuda", help="cpu shows that everything runs, with --small")
    parser.add_argument("--minutes", type=float, default=9.0, help="for everything together (default: 9)")
    parser.add_argument("--small", action="store_true", help="sizes that mean nothing, to see that it works")
    chosen = parser.parse_args(arguments)
    if chosen.device.startswith("cuda"):
        import torch

        if not torch.cuda.is_available():
            print("make gpu: no CUDA GPU can be used here; run it on a machine with one", file=sys.stderr)
            return 2
        print(torch.cuda.get_device_name(), "torch", torch.__version__)
    results = chosen.results.resolve()
    results.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * chosen.minutes
    outcomes = {}
    for part in parts(results, chosen.device, chosen.small):
        began = time.monotonic()
        outcomes[part.name] = run_part(part, results, part.share * (end - began))
        print(f"== {part.name}: {outcomes[part.name]} after {time.monotonic() - began:.0f} s", flush=True)
    print("; ".join(f"{name} {outcome}" for name, outcome in outcomes.items()))
    return int(any(outcome != "passed" for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
