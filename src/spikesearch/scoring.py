"""Scores of architectures for users: from texts and the name of a data set to numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.assembly.given import PathLike
from spikesearch.assembly.resolving import usable_device
from spikesearch.assembly.scores import given_architectures, given_dataset, given_score
from spikesearch.data.augment import Normalisation
from spikesearch.data.dataset import Dataset
from spikesearch.processes.launch import alone
from spikesearch.scores.proxy import proxy_dimensions
from spikesearch.scores.score import Score
from spikesearch.scores.scorer import Scorer
from spikesearch.strategies.score_names import DEFAULT_SCORE
from spikesearch.studies.progress import Reporter
from spikesearch.training.allocator import keep_freed_memory

_UNSEEN = Normalisation((0.5,), (0.25,))  # of scores that see no images
_STEP = 10  # architectures between two words to the reporter


@dataclass(frozen=True, kw_only=True)
class ScoredArchitecture:
    """An architecture with its score.

    Attributes:
        architecture: canonical text.
        score: larger is predicted better. Only scores of one name, size and data set can be compared.
        name: of the score.
    """

    architecture: str
    score: float
    name: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def score(
    architectures: str | Architecture | Sequence[str | Architecture],
    *,
    score: str | Score = DEFAULT_SCORE,
    dataset: Dataset | tuple[Any, ...] | str | None = None,
    data: PathLike | None = None,
    size: int | None = None,
    channels: int | None = None,
    timesteps: int | None = None,
    batch_size: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
    device: str | None = None,
    precision: str = "fp32",
    blocks: Mapping[str, Block] | None = None,
    reporter: Reporter | None = None,
) -> list[ScoredArchitecture]:
    """Training-free scores: how good freshly initialised networks of these architectures look. Nothing is trained.

    Args:
        architectures: texts as `parse` reads them, or architectures; one or several.
        score: a name of `spikesearch list scores`, or the user's own `Score`.
        dataset: whose training images are run: a name, or the user's own, as `search` takes it; none: `digits`. Scores
            that run no network take its image and classes alone; without a data set those of the architecture's space.
        data: folder with the data set's files.
        size: height and width of the images, of data sets that come in any size.
        channels: C; none: that of the architecture's space, at most 16 where networks are run.
        timesteps: T; none: that of the space.
        batch_size: images of a batch; none: the score's own.
        repeats: initialisations, each with a batch of its own; none: the score's own.
        seed: of weights and batches.
        device: `cpu`, `cuda` or `auto`; none: `auto`.
        precision: `fp32`, or `bf16` for convolutions in bfloat16.
        blocks: the user's own blocks by name.
        reporter: hears of progress; none: silence.

    Returns:
        One entry for each architecture, in the order given; larger scores are predicted better.

    Raises:
        UserError: no architecture, an unknown score or data set, a size that cannot be built, or too few images.
    """
    alone("score")
    name, table = given_score(score)
    return _scored(
        given_architectures(architectures, blocks),
        name,
        table,
        given_dataset(dataset, data, size, needed=table[name].network),
        channels=channels,
        timesteps=timesteps,
        batch_size=batch_size,
        repeats=repeats,
        seed=seed,
        device=usable_device(device or "auto"),
        precision=precision,
        reporter=reporter or Reporter(),
    )


def _scored(
    architectures: Sequence[Architecture],
    name: str,
    scores: Mapping[str, Score],
    dataset: Dataset | None,
    *,
    channels: int | None,
    timesteps: int | None,
    batch_size: int | None,
    repeats: int | None,
    seed: int,
    device: str,
    precision: str,
    reporter: Reporter,
) -> list[ScoredArchitecture]:
    """See `score`; without a data set for scores that need none."""
    keep_freed_memory()
    normalisation = _UNSEEN if dataset is None else Normalisation.measure(dataset.train.images)
    sized = [(one, _dimensions(one, scores[name], dataset, channels, timesteps)) for one in architectures]
    found: dict[int, float] = {}
    reporter.phase(f"scoring by {name}", len(sized))
    for dimensions in dict.fromkeys(size for _, size in sized):
        places = [place for place, (_, size) in enumerate(sized) if size == dimensions]
        images, labels = _pool(dataset, dimensions)
        scorer = Scorer(
            [name],
            images=images,
            labels=labels,
            normalisation=normalisation,
            dimensions=dimensions,
            batch_size=batch_size,
            repeats=repeats,
            seed=seed,
            device=device,
            precision=precision,
            scores=scores,
        )
        values: Iterator[dict[str, float]] = scorer.scores([architectures[place] for place in places])
        for place, value in zip(places, values, strict=True):
            found[place] = value[name]
            if len(found) % _STEP == 0:
                reporter.advance(len(found))
    return [
        ScoredArchitecture(architecture=str(one), score=found[place], name=name)
        for place, one in enumerate(architectures)
    ]


def _dimensions(
    architecture: Architecture, score: Score, dataset: Dataset | None, channels: int | None, timesteps: int | None
) -> Dimensions:
    """The size at which an architecture is scored; for arithmetic, which a smaller size would not spare, its own."""
    defaults = architecture.defaults
    image = defaults.image if dataset is None else dataset.shape
    classes = defaults.classes if dataset is None else dataset.classes
    if not score.network and channels is None:
        channels = defaults.channels
    return proxy_dimensions(architecture, image=image, classes=classes, channels=channels, timesteps=timesteps)


def _pool(dataset: Dataset | None, dimensions: Dimensions) -> tuple[Tensor, Tensor | None]:
    if dataset is None:
        return torch.zeros(0, *dimensions.image, dtype=torch.uint8), None
    return torch.from_numpy(dataset.train.images), torch.from_numpy(dataset.train.labels)
