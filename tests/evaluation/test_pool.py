"""Several processes: the numbers of one, and none of them left behind, whoever is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from own_parts import BLOCKS
from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.text import parse
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import RunError, UserError
from spikesearch.evaluation.pool import WorkerPool
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet, build_supernet

Make = Callable[..., SharedWeightsEvaluator]


@pytest.fixture
def make(supernet: Supernet, digits: TensorData, normalisation: Normalisation) -> Iterator[Make]:
    """Makes evaluators of 60 digits and closes them."""
    made: list[SharedWeightsEvaluator] = []

    def evaluator(**keywords: Any) -> SharedWeightsEvaluator:
        keywords = {"normalisation": normalisation, "batch_size": 7, **keywords}
        data = digits.to(keywords.pop("device", digits.device))
        made.append(SharedWeightsEvaluator(supernet, data, **keywords))
        return made[-1]

    yield evaluator
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def architectures(supernet: Supernet) -> list[Architecture]:
    draw = np.random.default_rng(0)
    return [supernet.space.sample(draw) for _ in range(8)]


def processes(evaluator: SharedWeightsEvaluator) -> list[int]:
    counters = evaluator._counters
    assert isinstance(counters, WorkerPool)
    return counters.processes


def assert_gone(pids: list[int], seconds: float = 20.0) -> None:
    """Waits for the end of processes; those of other parents are zombies for nobody."""
    until = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < until, f"{pids} still there"
        time.sleep(0.05)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_numbers_are_those_of_one_process(make: Make, architectures: list[Architecture], precision: str) -> None:
    expected = list(make(precision=precision).evaluate(architectures))
    several = make(precision=precision, workers=3)  # 9 batches, the last of four images
    for _ in range(2):  # the second time from kept prefixes
        assert list(several.evaluate(architectures)) == expected
    assert len(set(processes(several))) == 3
    assert list(several.evaluate(architectures[3:1:-1])) == expected[3:1:-1]
    assert list(several.evaluate([])) == []


def test_no_more_workers_than_batches(make: Make, architectures: list[Architecture]) -> None:
    assert make(workers=4, batch_size=20).workers == 3
    one = make(workers=2, batch_size=60)
    assert one.workers == 1
    assert not isinstance(one._counters, WorkerPool)
    assert list(one.evaluate(architectures[:1])) == list(make(batch_size=60).evaluate(architectures[:1]))


def test_they_start_with_the_first_question_stay_and_end(make: Make, architectures: list[Architecture]) -> None:
    with make(workers=2) as evaluator:
        assert processes(evaluator) == []
        list(evaluator.evaluate(architectures[:2]))
        first = processes(evaluator)
        list(evaluator.evaluate(architectures[2:]))
        assert processes(evaluator) == first
        # As a search takes them: one by one, without asking whether there are more.
        found = evaluator.evaluate(architectures[:2])
        next(found), next(found)
        list(evaluator.evaluate([]))
        del found
        assert processes(evaluator) == first
    assert processes(evaluator) == []
    assert_gone(first)


def test_answers_nobody_waited_for_do_no_harm(make: Make, architectures: list[Architecture]) -> None:
    expected = list(make().evaluate(architectures))
    evaluator = make(workers=2)
    left = evaluator.evaluate(architectures)
    assert next(left) == expected[0]
    assert list(evaluator.evaluate(architectures)) == expected
    dropped = evaluator.evaluate(architectures)
    next(dropped)
    pids = processes(evaluator)
    del dropped  # as an exception in the search does
    assert_gone(pids)


def test_a_killed_worker_is_one_message(make: Make, architectures: list[Architecture]) -> None:
    evaluator = make(workers=2)
    expected = list(evaluator.evaluate(architectures))
    first, second = processes(evaluator)
    os.kill(second, signal.SIGKILL)
    with pytest.raises(RunError, match="a process that evaluates candidates ended with status -9; resume the run"):
        list(evaluator.evaluate(architectures))
    assert_gone([first, second])
    assert list(evaluator.evaluate(architectures)) == expected  # with new ones


def test_an_error_in_a_worker_is_the_message(digits: TensorData, normalisation: Normalisation) -> None:
    """Own blocks, which a new interpreter does not know: a search falls back to one process before that."""
    space = get_space("autosnn", BLOCKS)
    network = build_supernet(space, Dimensions(channels=2, timesteps=2, image=(1, 8, 8)))
    with SharedWeightsEvaluator(network, digits, normalisation=normalisation, batch_size=20, workers=2) as evaluator:
        with pytest.raises(UserError, match="MINE"):
            list(evaluator.evaluate([space.decode((0,) * 5)]))
        assert processes(evaluator) == []


def test_what_cannot_be_is_refused_before_anything_starts(make: Make, architectures: list[Architecture]) -> None:
    evaluator = make(workers=2)
    with pytest.raises(UserError, match="SCB_k7 in tbd1 is not among its candidates"):
        evaluator.evaluate([*architectures, parse("autosnn:SCB_k7")])
    assert processes(evaluator) == []
    with pytest.raises(UserError, match="workers = 0: must be 1 or more"):
        make(workers=0)
    with pytest.raises(UserError, match=r"workers = 2 on meta: several processes evaluate on the CPU only; take 1"):
        make(workers=2, device="meta")


_PARENT = """
import time
import torch
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import build_supernet

network = build_supernet(get_space("autosnn"), Dimensions(channels=4, timesteps=8, image=(1, 8, 8)))
data = TensorData(torch.randint(0, 256, (400, 1, 8, 8), dtype=torch.uint8), torch.zeros(400, dtype=torch.int64))
evaluator = SharedWeightsEvaluator(network, data, normalisation=Normalisation((0.5,), (0.5,)), batch_size=20, workers=2)
space = network.space
found = evaluator.evaluate([space.decode((a, b, c, 0, 0)) for a in range(5) for b in range(5) for c in range(5)])
next(found)
print(*evaluator._counters.processes, flush=True)
list(found)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_end_with_their_parent_in_the_middle_of_their_work(number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
        parent.send_signal(number)
        parent.wait(20)
    assert_gone(pids)


def test_the_entry_imports_no_composition_root() -> None:
    root = {"app", "assembly", "config", "phases", "processes", "cli", "results"}
    code = (
        "import sys, spikesearch.evaluation.worker\n"
        f"print(*[name for name in {sorted(root)!r} if f'spikesearch.{{name}}' in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
