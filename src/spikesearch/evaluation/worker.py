"""A process that counts for a search: `python -m spikesearch.evaluation.worker PID`, started by `pool`.

Reads JSON lines: first what it works with, then questions. Answers with one JSON line for each path, or with one that
holds an error. Ends with its parent, the process PID.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.line_process import serve
from spikesearch.evaluation.parts import LocalCounters
from spikesearch.evaluation.pool import WEIGHTS
from spikesearch.evaluation.recalibration import Recalibration
from spikesearch.evaluation.shared_tensors import map_tensors
from spikesearch.networks.supernet import Supernet
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.checkpoints import rebuild_network


def main(parent: int) -> int:
    """Count for the process `parent`; the exit status is that of the commands."""
    return serve(parent, "evaluating candidates", prepare, _counts)


def _counts(counters: LocalCounters, question: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """One answer for each path."""
    for found in counters.count(question["paths"], question["parts"]):
        yield [counts.as_dict() for counts in found]


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


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
