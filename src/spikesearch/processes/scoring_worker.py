"""A process that scores candidates: `python -m spikesearch.processes.scoring_worker PID`, started by `scoring`.

Reads JSON lines: first what it works with, then one candidate a line. Answers each with one JSON line, or with one that
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

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.assembly.scoring import make_scorer
from spikesearch.config.reading import config_from_dict
from spikesearch.data.augment import Normalisation
from spikesearch.errors import RunError, SpikesearchError
from spikesearch.evaluation.shared_tensors import map_tensors
from spikesearch.scores.scorer import Scorer
from spikesearch.training.allocator import keep_freed_memory

_SECONDS_BETWEEN_LOOKS = 0.5


def main(parent: int) -> int:
    """Score for the process `parent`; the exit status is that of the commands."""
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # Whatever else writes to stdout must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**message: Any) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        scorer = prepare(requests.get())
        while True:
            request = requests.get()
            (values,) = scorer.scores([parse(request["architecture"])])
            tell(index=request["index"], score=values[scorer.names[0]])
    except BrokenPipeError:
        return 1  # nobody listens any more
    except SpikesearchError as error:
        tell(error=str(error), code=error.exit_code)
        return error.exit_code
    except Exception as error:
        tell(error=f"scoring candidates: {type(error).__name__}: {error}", code=RunError.exit_code)
        return RunError.exit_code


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
