"""A part of a bench of scores, in a process of its own: `python -m spikesearch.bench.score_worker RUN PID SHARE`.

The share is the JSON text `[number, count]`, every count-th network that has no scores yet, from the number-th on; or
`"costs"`. Started by `side_by_side`, by a process that holds the run's lock.
"""

import json
import os
import sys
from pathlib import Path

from spikesearch.bench.contenders import parsed
from spikesearch.bench.score_folder import ScoreFolder
from spikesearch.bench.scoring import load_images, make_scorers, measure_costs, score_rows
from spikesearch.bench.tables import stored_table
from spikesearch.errors import SpikesearchError


def main(run: str, parent: str, share: str) -> int:
    """Score for the process `parent`; the exit status is that of the commands."""
    try:
        folder = ScoreFolder(Path(run))
        settings = folder.config
        table = stored_table(settings["table"])
        architectures = parsed(table)
        make = make_scorers(settings, architectures, load_images(settings))
        task = json.loads(share)
        if task == "costs":
            folder.write_costs(measure_costs(make, settings["scores"], architectures))
            return 0
        number, count = task
        known = folder.read()
        entries = list(zip(table.texts, architectures, strict=True))[number::count]
        missing = [(text, architecture) for text, architecture in entries if text not in known]
        # The caller may be killed; a bench that goes on must not find somebody still at work.
        score_rows(folder, make, settings["scores"], missing, number, lambda _: os.getppid() == int(parent))
    except SpikesearchError as error:
        sys.stdout.write(json.dumps({"error": str(error), "code": error.exit_code}) + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
