"""Some searches of a bench, in a process of its own: `python -m spikesearch.bench.worker RUN PID SEARCHES`.

Started by `side_by_side`, which holds the run's lock.
"""

import json
import os
import sys
from pathlib import Path

from spikesearch.bench.contestants import make_contestants
from spikesearch.bench.folder import SearchFolder
from spikesearch.bench.strategies import table_features, table_prior, work
from spikesearch.bench.tables import stored_scores, stored_table
from spikesearch.errors import SpikesearchError
from spikesearch.strategies.tabular import TableSpace


def main(run: str, parent: str, searches: str) -> int:
    """Make these searches for the process `parent`; the exit status is that of the commands."""
    try:
        folder = SearchFolder(Path(run))
        settings = folder.config
        table = stored_table(settings["table"])
        scores = stored_scores(table, settings.get("scores_from"))
        features = table_features(table, settings["features"], scores)
        makers = make_contestants(features, table_prior(table, settings.get("prior"), scores))
        space = TableSpace(table)
        for name, seed in json.loads(searches):
            if os.getppid() != int(parent):
                return 1  # the caller was killed; a bench that goes on must not find somebody still at work
            work(folder, space, makers[name], name, seed, budget=settings["budget"], lam=settings["lam"])
    except SpikesearchError as error:
        sys.stdout.write(json.dumps({"error": str(error), "code": error.exit_code}) + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
