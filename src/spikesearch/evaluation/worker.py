"""A process that counts for a search: `python -m spikesearch.evaluation.worker PID`, started by `pool`.

Reads JSON lines: first what it works with, then questions. Answers with one JSON line for each path, or with one that
holds an error. Ends with its parent, the process PID.
"""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import torch

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.errors import RunError, SpikesearchError
from spikesearch.evaluation.parts import LocalCounters
from spikesearch.evaluation.pool import WEIGHTS
from spikesearch.evaluation.recalibration import Recalibration
from spikesearch.evaluation.shared_tensors import map_tensors
from spikesearch.networks.supernet import Supernet
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.checkpoints import rebuild_network

_SECONDS_BETWEEN_LOOKS = 0.5


def main(parent: int) -> int:
    """Count for the process `parent`; the exit status is that of the commands."""
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # Whatever else writes to stdout must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        counters = prepare(requests.get())
        while True:
            request = requests.get()
            for found in counters.count(request["paths"], request["parts"]):
                answers.write(json.dumps([counts.as_dict() for counts in found]) + "\n")
                answers.flush()
    except BrokenPipeError:
        return 1  # nobody listens any more
    except SpikesearchError as error:
        answers.write(json.dumps({"error": str(error), "code": error.exit_code}) + "\n")
        answers.flush()
        return error.exit_code
    except Exception as error:
        text = f"evaluating candidates: {type(error).__name__}: {error}"
        answers.write(json.dumps({"error": text, "code": RunError.exit_code}) + "\n")
        answers.flush()
        return RunError.exit_code


def prepare(setting: Mapping[str, Any]) -> LocalCounters:
    """What the first line asks for: the supernet and the images, mapped, and a store for each part."""
    keep_freed_memory()
    torch.set_num_threads(setting["threads"])
    tensors = map_tensors(setting["descriptor"], setting["table"])
    os.close(setting["descriptor"])
    supernet = rebuild_network(setting["kind"], setting["description"], compile=setting["compile"])
    assert isinstance(supernet, Supernet)
    weights = {name.removeprefix(WEIGHTS): tensor for name, tensor in tensors.items() if name.startswith(WEIGHTS)}
    supernet.load_state_dict(weights, assign=True)
    normalisation = Normalisation.from_dict(setting["normalisation"])
    recalibration = None
    if "calibration" in tensors:
        recalibration = Recalibration(
            supernet,
            tensors["calibration"],
            batch_size=setting["batch_size"],
            normalisation=normalisation,
            precision=setting["precision"],
        )
    return LocalCounters(
        supernet.eval(),
        TensorData(tensors["images"], tensors["labels"]),
        {int(part): bounds for part, bounds in setting["parts"].items()},
        normalisation=normalisation,
        precision=setting["precision"],
        kept_bytes=setting["kept_bytes"],
        recalibration=recalibration,
    )


def _listen(requests: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Passes questions on. The end of the input is the end of the parent: what it asked for need not be finished."""
    for line in iter(sys.stdin.readline, ""):
        requests.put(json.loads(line))
    os._exit(1)


def _watch(parent: int) -> None:
    """The same where a child of the parent still holds our input open."""
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
