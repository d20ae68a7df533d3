"""Images per second of supernet training by one process and by several that train together, one thread each.

Every group of processes is started once and sleeps while another has its turn: path by path, A(1) B(1) A(2) B(2) ….
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO, Any

import torch
import torch.distributed as dist

from benchmarks import ours
from benchmarks.harness import Timing
from benchmarks.peers.setting import Setting, sampled_paths
from spikesearch.data.loader import TensorData
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions
from spikesearch.training.parallel import ALONE, Alone, Processes


def run(
    *,
    rounds: int = 5,
    paths: int = 2,
    timesteps: int = 8,
    channels: int = 16,
    batch: int = 96,
    size: int = 32,
    precision: str = "fp32",
    processes: int = 2,
) -> dict[str, Any]:
    """Steps of the whole batch by one process, and by several with BatchNorm synchronised and not."""
    setting = {"timesteps": timesteps, "channels": channels, "batch": batch, "size": size}
    sampled = sampled_paths(paths, seed=1)
    several = f"{processes} processes"
    kinds = {"1 process": (1, True), several: (processes, True), f"{several}, BatchNorm apart": (processes, False)}
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    with ExitStack() as stack:
        groups = {
            name: stack.enter_context(Group(count, synchronised, setting, precision))
            for name, (count, synchronised) in kinds.items()
        }
        for number in range(rounds + 1):  # the first one warms up
            for name, group in groups.items():
                taken = [group.step(path) for path in sampled]
                if number:
                    seconds[name].append(sum(taken) / len(taken))
    timings = {name: Timing(name=name, seconds=tuple(values)) for name, values in seconds.items()}
    first = timings["1 process"]
    rows = [
        {
            "": name,
            "ms per step": timing.spread.text(1e3),
            "images per second": f"{batch / timing.spread.median:.0f}",
            "times as fast as 1 process": first.ratio_to(timing).text(),
        }
        for name, timing in timings.items()
    ]
    return {
        "title": "Training by several processes",
        "settings": {**setting, "precision": precision, "rounds": rounds, "paths": paths},
        "tables": [{"caption": "Supernet training steps of one global batch, one thread per process", "rows": rows}],
        "notes": ["gloo on one machine. Cores that other work uses make these figures meaningless."],
        "timings": timings,
    }


class Group:
    """Processes that make a step together when they are told to, in a `with` block."""

    def __init__(self, count: int, synchronised: bool, setting: dict[str, int], precision: str) -> None:
        self._count = count
        self._job = {"count": count, "synchronised": synchronised, "setting": setting, "precision": precision}

    def __enter__(self) -> "Group":
        self._folder = tempfile.TemporaryDirectory()
        jobs = [{**self._job, "rank": rank, "store": f"{self._folder.name}/store"} for rank in range(self._count)]
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.data_parallel", json.dumps(job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for job in jobs
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._folder.cleanup()

    def step(self, path: Sequence[int]) -> float:
        """Seconds of one step of all, as its slowest process saw it."""
        for process in self._processes:
            _stream(process.stdin).write(json.dumps(path) + "\n")
            _stream(process.stdin).flush()
        return max(float(_stream(process.stdout).readline()) for process in self._processes)


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _serve(job: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    processes: Alone = ALONE
    if job["count"] > 1:
        store = f"file://{job['store']}"
        dist.init_process_group("gloo", init_method=store, rank=job["rank"], world_size=job["count"])
        processes = Processes(sync_batch_norm=job["synchronised"])
    setting = Setting(**job["setting"])
    network = ours.build(setting).train()
    options = TrainingOptions(precision=job["precision"], batch_size=setting.batch)
    step = TrainingStep(network, make_optimizer(network, options), options, processes)
    images, labels = setting.batch_of_images()
    processes.begin(network, TensorData(images, labels), {}, 0)
    for line in sys.stdin:
        begin = time.perf_counter()
        first, last = processes.take(0, setting.batch)
        step(images[first:last], labels[first:last], tuple(json.loads(line)))
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
