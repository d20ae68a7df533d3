"""What a user gives to be scored: architectures, a score, images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.text import as_architecture
from spikesearch.assembly.given import joined, make_parts
from spikesearch.data.dataset import Dataset
from spikesearch.data.datasets import load_dataset
from spikesearch.errors import UserError
from spikesearch.scores.score import Score
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.strategies.score_names import check_score_names
from spikesearch.training.precision import check_precision

_OWN = "own"  # name of a score that the user brings along
_DATASET = "digits"


def given_architectures(
    given: str | Architecture | Sequence[str | Architecture], blocks: Mapping[str, Block] | None
) -> list[Architecture]:
    """The architectures; of texts, what a shell has split is put together again.

    Raises:
        UserError: none, or a text that is no architecture.
    """
    several = [given] if isinstance(given, str | Architecture) else list(given)
    if not several:
        raise UserError("no architecture to score: give at least one, such as 0302/0030/3003/0000")
    texts = [one for one in several if isinstance(one, str)]
    if len(texts) == len(several):
        several = list(joined(texts, blocks))
    return [as_architecture(one, blocks) for one in several]


def given_scores(score: str | Score | Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, Score]]:
    """(Names, table with those names).

    Raises:
        UserError: an unknown name, none, or something that is no score.
    """
    if isinstance(score, Score):
        return (_OWN,), {_OWN: score}
    names = [score] if isinstance(score, str) else score
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise UserError(f"score={score!r}: give names of `spikesearch list scores`, or a Score")
    return check_score_names(names), SCORES_TABLE


def check_sample(batch_size: int | None, repeats: int | None, precision: str) -> None:
    """Make sure that samples can be of this kind, before any data set is read.

    Raises:
        UserError: they cannot.
    """
    for option, name, value in (("--batch-size", "batch_size", batch_size), ("--repeats", "repeats", repeats)):
        if value is not None and value < 1:
            raise UserError(f"{option} {value} ({name}={value} from Python): must be 1 or more")
    check_precision(precision)


def check_batch(names: Sequence[str], table: Mapping[str, Score], batch_size: int | None, images: int) -> None:
    """Make sure that the data set has a batch for each score that runs networks.

    Raises:
        UserError: it has not.
    """
    for name in names:
        wanted = batch_size or table[name].batch_size
        if table[name].network and wanted > images:
            raise UserError(
                f"score {name} takes batches of {wanted:,} images, and there are {images:,} for training: give "
                f"--batch-size {images} or less (batch_size=… from Python), or more images"
            )


def given_dataset(
    dataset: Dataset | tuple[Any, ...] | str | None, folder: str | Path | None, size: int | None, *, needed: bool
) -> Dataset | None:
    """The data set; None where nothing is given and none is needed.

    Raises:
        UserError: an unknown name, files that cannot be read, or a folder or size for a data set that is in memory.
    """
    own = make_parts(None, None, dataset, None).dataset
    if own is not None:
        for name, value in (("data", folder), ("size", size)):
            if value is not None:
                raise UserError(f"{name}={value!r}: the data set is given as an object; leave it out")
        return own
    if dataset is None and folder is not None:
        raise UserError(f"data {str(folder)!r}: say which data set lies there, --dataset NAME (dataset=… from Python)")
    if dataset is None and size is None and not needed:
        return None
    return load_dataset(dataset if isinstance(dataset, str) else _DATASET, folder, size=size)
