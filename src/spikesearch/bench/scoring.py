"""Scores the networks of a table: all of a bench of scores that needs torch.

torch is imported inside the functions: whoever only reads what is stored needs none.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.bench.score_folder import ScoredEntry, ScoreFolder
from spikesearch.errors import UserError
from spikesearch.scores.proxy import proxy_dimensions

if TYPE_CHECKING:
    from spikesearch.data.dataset import Dataset
    from spikesearch.scores.score import Score
    from spikesearch.scores.scorer import Scorer

TIMED = 5
"""Architectures that the cost of a score is the median of, after one that is not counted."""

Makes = Callable[[Sequence[str]], "Scorer"]
"""From names of scores to what computes them."""


def proxy_sizes(architecture: Architecture, dataset: "Dataset", proxy: Mapping[str, Any]) -> Dimensions:
    """The size at which the networks of a table are scored, all at the same one."""
    return proxy_dimensions(
        architecture,
        image=dataset.shape,
        classes=dataset.classes,
        channels=proxy["channels"],
        timesteps=proxy["timesteps"],
    )


def make_scorers(
    settings: Mapping[str, Any],
    architectures: Sequence[Architecture],
    dataset: "Dataset",
    own: "Mapping[str, Score] | None" = None,
) -> Makes:
    """What scores the architectures of a bench.

    Args:
        settings: the bench's, of which `proxy` and `seed` are read.
        architectures: of the table.
        dataset: its training part is the pool of the batches.
        own: the user's own scores by name.
    """
    import torch

    from spikesearch.data.augment import Normalisation
    from spikesearch.scores.scorer import Scorer

    proxy = settings["proxy"]
    dimensions = proxy_sizes(architectures[0], dataset, proxy)
    given: dict[str, Any] = {} if own is None else {"scores": own}
    normalisation = Normalisation.measure(dataset.train.images)
    images, labels = torch.from_numpy(dataset.train.images), torch.from_numpy(dataset.train.labels)

    def make(names: Sequence[str]) -> "Scorer":
        return Scorer(
            names,
            images=images,
            labels=labels,
            normalisation=normalisation,
            dimensions=dimensions,
            batch_size=proxy["batch_size"],
            repeats=proxy["repeats"],
            seed=settings["seed"],
            **given,
        )

    return make


def score_rows(
    folder: ScoreFolder,
    make: Makes,
    names: Sequence[str],
    entries: Sequence[tuple[str, Architecture]],
    number: int,
    done: Callable[[int], bool],
) -> None:
    """Score architectures and keep each at once.

    Args:
        folder: the run's.
        make: what scores.
        names: of the scores.
        entries: text in the table, and architecture.
        number: of the file; no two processes may have the same.
        done: told how many are; False: stop.
    """
    scorer = make(names)
    with folder.writer(number) as writer:
        begun = perf_counter()
        for count, ((text, _), scores) in enumerate(
            zip(entries, scorer.scores([architecture for _, architecture in entries]), strict=True), start=1
        ):
            writer.write(ScoredEntry(text, scores, perf_counter() - begun))
            if not done(count):
                return
            begun = perf_counter()


def measure_costs(make: Makes, names: Sequence[str], architectures: Sequence[Architecture]) -> dict[str, float]:
    """Seconds per architecture of each score alone, on one thread: the median of `TIMED` architectures.

    Of each alone, because scores of one call share what they have in common.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {name: statistics.median(_seconds(make([name]), architectures)) for name in names}
    finally:
        torch.set_num_threads(threads)


def _seconds(scorer: "Scorer", architectures: Sequence[Architecture]) -> list[float]:
    chosen = [architectures[number * len(architectures) // (TIMED + 1)] for number in range(TIMED + 1)]
    found = []
    begun = perf_counter()
    for _ in scorer.scores(chosen):
        found.append(perf_counter() - begun)
        begun = perf_counter()
    return found[1:]


def load_images(settings: Mapping[str, Any]) -> "Dataset":
    """The data set that batches are drawn from.

    Raises:
        UserError: it cannot be read, or its images have changed since the run began.
    """
    from spikesearch.data.datasets import load_dataset

    about = settings["data"]
    found = load_dataset(about["name"], about["folder"])
    if found.train.sha256 != about["sha256"]:
        raise UserError(f"the images of {about['name']} have changed since the run began: start a new run")
    return found
