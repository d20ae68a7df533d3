"""A search over two λ as a process of its own: `search_process.py STUDY SECONDS_PER_ARCHITECTURE`."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)

from spikesearch.architectures.spaces.autosnn import get_space  # noqa: E402
from spikesearch.strategies.evolution import Evolution  # noqa: E402
from spikesearch.strategies.objectives import exponential_fitness  # noqa: E402
from spikesearch.studies.driver import SearchResult, search_loop  # noqa: E402
from spikesearch.studies.study import TrialStore  # noqa: E402
from spikesearch.studies.trial import TrialRecord  # noqa: E402
from strategies.tabular import TabularEvaluator  # noqa: E402

LAMS = (-0.08, -0.24)
STRATEGY = Evolution(rounds=3, population=6, parents=3, mutations=3, crossovers=3)


def search(path: Path, seconds: float = 0.0) -> list[SearchResult]:
    """Run or go on with the search; print the number of each new trial."""

    def announce(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        print(done, total, record.number, flush=True)

    space = get_space("autosnn")
    return search_loop(
        space,
        STRATEGY,
        TabularEvaluator(seconds),
        TrialStore.open(path, space, {"seed": 5, "lams": LAMS}),
        lams=LAMS,
        fitness=exponential_fitness,
        average_spikes=20_000.0,
        seed=5,
        on_trial=announce,
    )


if __name__ == "__main__":
    print("ready", flush=True)
    search(Path(sys.argv[1]), float(sys.argv[2]))
