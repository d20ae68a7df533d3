"""Scores of architectures for users: from texts and the name of a data set to numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.assembly.given import PathLike
from spikesearch.assembly.resolving import usable_device
from spikesearch.assembly.scores import check_batch, check_sample, given_architectures, given_dataset, given_scores
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
    score: str | Score | Sequence[str] = DEFAULT_SCORE,
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
        score: a name of `spikesearch list scores`, several, or the user's own `Score`. A number does not depend on
            what else is scored.
        dataset: whose training images are run: a name, or the user's own, as `search` takes it; none: `digits`. Scores
            that run no network take its image and classes alone; without a data set those of the architecture's space.
        data: folder with the data set's files.
        size: height and width of the images, of data sets that can be scaled; `digits`, which are 8×8, are enlarged.
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
        One entry for each architecture and score, in the orders given, the scores of an architecture together; larger
        is predicted better.

    Raises:
        UserError: no architecture, an unknown score or data set, a size that cannot be built, or too few images.
    """
    alone("score")
    names, table = given_scores(score)
    asked = given_architectures(architectures, blocks)
    check_sample(batch_size, repeats, precision)
    running = [name for name in names if table[name].network]
    told = given_dataset(dataset, data, size, needed=bool(running))
    if told is not None:
        check_batch(running, table, batch_size, len(told.train))
    work = _Work(
        table=table,
        channels=channels,
        timesteps=timesteps,
        batch_size=batch_size,
        repeats=repeats,
        seed=seed,
        device=usable_device(device or "auto"),
        precision=precision,
        reporter=reporter or Reporter(),
    )
    found = work.scored(asked, running, told)
    arithmetic = [name for name in names if name not in running]
    # Digits that are only there for another score do not say what arithmetic is about.
    seen = told if dataset is not None or size is not None else None
    for values, more in zip(found, work.scored(asked, arithmetic, seen), strict=True):
        values.update(more)
    return [
        ScoredArchitecture(architecture=str(one), score=values[name], name=name)
        for one, values in zip(asked, found, strict=True)
        for name in names
    ]


@dataclass(frozen=True, kw_only=True)
class _Work:
    """How architectures are scored; arguments as for `score`."""

    table: Mapping[str, Score]
    channels: int | None
    timesteps: int | None
    batch_size: int | None
    repeats: int | None
    seed: int
    device: str
    precision: str
    reporter: Reporter

    def scored(
        self, architectures: Sequence[Architecture], names: Sequence[str], dataset: Dataset | None
    ) -> list[dict[str, float]]:
        """Name → value of each architecture. All these scores run networks, or none does.

        Args:
            architectures: in any order.
            names: of the scores; none: nothing is done.
            dataset: whose images are run; None: scores that need none.
        """
        found: list[dict[str, float]] = [{} for _ in architectures]
        if not names:
            return found
        keep_freed_memory()
        network = self.table[names[0]].network
        sized = [_dimensions(one, network, dataset, self.channels, self.timesteps) for one in architectures]
        self.reporter.phase(f"scoring by {', '.join(names)}", len(sized))
        done = 0
        for dimensions in dict.fromkeys(sized):
            places = [place for place, size in enumerate(sized) if size == dimensions]
            values = self._scorer(names, dataset, dimensions).scores([architectures[place] for place in places])
            for place, value in zip(places, values, strict=True):
                found[place] = value
                done += 1
                if done % _STEP == 0:
                    self.reporter.advance(done)
        return found

    def _scorer(self, names: Sequence[str], dataset: Dataset | None, dimensions: Dimensions) -> Scorer:
        images, labels = _pool(dataset, dimensions)
        return Scorer(
            names,
            images=images,
            labels=labels,
            normalisation=_UNSEEN if dataset is None else Normalisation.measure(dataset.train.images),
            dimensions=dimensions,
            batch_size=self.batch_size,
            repeats=self.repeats,
            seed=self.seed,
            device=self.device,
            precision=self.precision,
            scores=self.table,
        )


def _dimensions(
    architecture: Architecture, network: bool, dataset: Dataset | None, channels: int | None, timesteps: int | None
) -> Dimensions:
    """The size at which an architecture is scored; for arithmetic, which a smaller size would not spare, its own."""
    defaults = architecture.defaults
    image = defaults.image if dataset is None else dataset.shape
    classes = defaults.classes if dataset is None else dataset.classes
    if not network and channels is None:
        channels = defaults.channels
    return proxy_dimensions(architecture, image=image, classes=classes, channels=channels, timesteps=timesteps)


def _pool(dataset: Dataset | None, dimensions: Dimensions) -> tuple[Tensor, Tensor | None]:
    if dataset is None:
        return torch.zeros(0, *dimensions.image, dtype=torch.uint8), None
    return torch.from_numpy(dataset.train.images), torch.from_numpy(dataset.train.labels)
