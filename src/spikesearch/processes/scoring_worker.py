"""A process that scores candidates: `python -m spikesearch.processes.scoring_worker PID`, started by `scoring`.

Reads JSON lines: first what it works with, then one candidate a line. Answers each with one JSON line, or with one that
holds an error. Ends with its parent, the process PID.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.assembly.scoring import make_scorer
from spikesearch.config.reading import config_from_dict
from spikesearch.data.augment import Normalisation
from spikesearch.evaluation.line_process import serve
from spikesearch.evaluation.shared_tensors import map_tensors
from spikesearch.scores.scorer import Scorer
from spikesearch.training.allocator import keep_freed_memory


def main(parent: int) -> int:
    """Score for the process `parent`; the exit status is that of the commands."""
    return serve(parent, "scoring candidates", prepare, _scored)


def _scored(scorer: Scorer, question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The one answer to a candidate."""
    (values,) = scorer.scores([parse(question["architecture"])])
    yield {"index": question["index"], "score": values[scorer.names[0]]}


def prepare(setting: Mapping[str, Any]) -> Scorer:
    """What the first line asks for; the images are mapped, so that they are in memory once for all processes."""
    keep_freed_memory()
    torch.set_num_threads(setting["threads"])
    tensors = map_tensors(setting["descriptor"], setting["table"])
    os.close(setting["descriptor"])
    return make_scorer(
        config_from_dict(setting["config"]),
        Dimensions.from_dict(setting["dimensions"]),
        tensors["images"],
        tensors["labels"],
        Normalisation.from_dict(setting["normalisation"]),
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
