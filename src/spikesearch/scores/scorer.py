"""Scores of architectures, computed on freshly initialised networks."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.heads import VoltageHead
from spikesearch.architectures.plan import Plan
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.errors import UserError
from spikesearch.networks.builder import matching_options
from spikesearch.networks.options import NetworkOptions
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import LEAST, Score
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.seeds import child_seed
from spikesearch.strategies.score_names import check_score_names
from spikesearch.training.precision import check_precision

Batch = tuple[Tensor, Tensor | None]


class Scorer:
    """Scores architectures with freshly initialised networks; the same seed gives the same numbers in any order.

    Every repeat has a batch and weights of its own, drawn from the seed and the same for all architectures: the chance
    of a batch moves all scores alike, and so hardly their order. For the numbers of one architecture nothing but that
    architecture and what is given here matters. Nothing is carried from one batch to the next.

    A process that scores many calls `training.allocator.keep_freed_memory` first, which saves about a sixth of the
    time on a CPU.

    Args:
        names: of the scores wanted.
        images: the pool that batches are drawn from, uint8 [M, C, H, W].
        labels: int64 [M]; None where no score needs them.
        normalisation: of the images.
        dimensions: width, timesteps, classes and image of the networks that are scored. They may be smaller than those
            that will be trained.
        options: of neurons and BatchNorm; none: the defaults of the architecture's space. Dropout is off unless the
            options name a probability.
        augmentation: of the batches; none: images as they are.
        batch_size: images of a batch; none: each score's own.
        repeats: samples of each score; none: each score's own. Scores that are arithmetic take one.
        seed: of batches and weights.
        device: where networks run; none: where the images lie.
        precision: `fp32`, or `bf16` for convolutions in bfloat16, see `training.precision`: faster, and other numbers.
        scores: the table of names; the user's own is passed here.

    Raises:
        UserError: an unknown score, no labels for a score that needs them, more images asked for than there are, or
            images that do not fit the dimensions.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        images: Tensor,
        labels: Tensor | None,
        normalisation: Normalisation,
        dimensions: Dimensions,
        options: NetworkOptions | None = None,
        augmentation: Augmentation | None = None,
        batch_size: int | None = None,
        repeats: int | None = None,
        seed: int = 0,
        device: torch.device | str | None = None,
        precision: str = "fp32",
        scores: Mapping[str, Score] = SCORES_TABLE,
    ) -> None:
        self.names = check_score_names(names, scores)
        self.images = images if device is None else images.to(device)
        self.labels = labels if labels is None else labels.to(self.images.device)
        self.normalisation = normalisation
        self.dimensions = dimensions
        self.options = options
        self.augmentation = augmentation
        self.seed = seed
        check_precision(precision)
        self.precision = precision
        self._scores = {name: scores[name] for name in self.names}
        self._sizes = {name: batch_size or score.batch_size for name, score in self._scores.items()}
        self._repeats = {
            name: (repeats or score.repeats) if score.network else 1 for name, score in self._scores.items()
        }
        self._batches: dict[tuple[int, int], Batch] = {}
        self._check(batch_size, repeats)

    def scores(self, architectures: Sequence[Architecture]) -> Iterator[dict[str, float]]:
        """For each architecture, in the order given: name → value, larger predicted better; finite.

        Raises:
            UserError: an architecture cannot be built at the dimensions.
        """
        for architecture in architectures:
            yield self._scored(architecture.plan(self.dimensions))

    def _scored(self, plan: Plan) -> dict[str, float]:
        options = _options(plan, self.options)
        values: dict[str, list[float]] = {name: [] for name in self.names}
        for size in dict.fromkeys(self._sizes.values()):
            names = [name for name in self.names if self._sizes[name] == size]
            for repeat in range(max(self._repeats[name] for name in names)):
                asked = [name for name in names if self._repeats[name] > repeat]
                sample = self._sample(plan, options, size, repeat, [self._scores[name] for name in asked])
                for name in asked:
                    values[name].append(_finite(self._scores[name].measure(sample)))
        return {name: sum(found) / len(found) for name, found in values.items()}

    def _sample(self, plan: Plan, options: NetworkOptions, size: int, repeat: int, asked: Sequence[Score]) -> Sample:
        runs = any(score.network for score in asked)
        images, labels = self._batch(size, repeat) if runs else (self.images[:0].float(), None)
        return Sample(
            plan,
            images,
            labels,
            options=options,
            seed=child_seed(self.seed, "score", "weights", repeat),
            listeners=dict.fromkeys(kind for score in asked for kind in score.listeners),
            gradient=any(score.gradient for score in asked),
            precision=self.precision,
        )

    def _batch(self, size: int, repeat: int) -> Batch:
        """Images [size, C, H, W], normalised, and labels; the same whatever is scored."""
        if (size, repeat) not in self._batches:
            order = torch.Generator().manual_seed(child_seed(self.seed, "score", "batch", repeat))
            chosen = torch.randperm(len(self.images), generator=order)[:size].to(self.images.device)
            images = self.images[chosen]
            if self.augmentation is None:
                x = self.normalisation(images)
            else:
                draws = torch.Generator().manual_seed(child_seed(self.seed, "score", "augmentation", repeat))
                x = self.augmentation(images, self.normalisation, draws)
            self._batches[size, repeat] = x, None if self.labels is None else self.labels[chosen]
        return self._batches[size, repeat]

    def _check(self, batch_size: int | None, repeats: int | None) -> None:
        for name, value in (("batch_size", batch_size), ("repeats", repeats)):
            if value is not None and value < 1:
                raise UserError(f"{name} {value}: must be 1 or more")
        unlabelled = [name for name, score in self._scores.items() if score.labels]
        if unlabelled and self.labels is None:
            raise UserError(f"score {unlabelled[0]} needs the images' classes: give labels")
        running = [name for name, score in self._scores.items() if score.network]
        for name in running:
            if self._sizes[name] > len(self.images):
                raise UserError(
                    f"score {name} takes batches of {self._sizes[name]} images, given {len(self.images)}: give more, "
                    f"or batch_size={len(self.images)}"
                )
        if running and tuple(self.images.shape[1:]) != self.dimensions.image:
            raise UserError(
                f"images {list(self.images.shape[1:])} [C, H, W] for networks of {list(self.dimensions.image)}: give "
                "dimensions whose image is that of the images"
            )


def _options(plan: Plan, options: NetworkOptions | None) -> NetworkOptions:
    """Those given, without dropout unless it is asked for."""
    found = matching_options(plan, options)
    return replace(found, dropout=0.0) if isinstance(plan.head, VoltageHead) and found.dropout is None else found


def _finite(value: float) -> float:
    return value if math.isfinite(value) else LEAST
