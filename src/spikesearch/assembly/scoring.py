"""Searches by training-free scores: what is decided for them at the start, and what cannot go with them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.named import NamedSpace
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.assembly.making import make_options
from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config, SearchSection
from spikesearch.data.augment import Normalisation
from spikesearch.errors import UserError
from spikesearch.scores.proxy import PROXY_CHANNELS
from spikesearch.scores.scorer import Scorer
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.seeds import child_seed
from spikesearch.strategies.score_names import DEFAULT_SCORE

_NEUTRAL = (0.0, SearchSection().lam)


def with_score(config: Config, space: NamedSpace, parts: Parts, dimensions: Dimensions) -> Config:
    """The configuration with the score decided: its name, and the network and the batches that it is computed on.

    A space of cells has no supernet: where no score is named it is searched by the default one. λ is 0 in a search by
    score alone, since nobody measures spikes there.

    Raises:
        UserError: settings that need shared weights, or a first stage before a search that has none.
    """
    section = config.search
    if config.train_only or not (section.score or section.first_stage or not isinstance(space, SlotSpace)):
        return config
    if section.first_stage and not isinstance(space, SlotSpace):
        raise UserError(
            f"search.first_stage = {section.first_stage}: it is followed by a search with shared weights, and there is "
            f"no supernet of {space.name}; leave it out, and the score alone decides"
        )
    search = section.model_copy(update={"score": section.score or DEFAULT_SCORE})
    config = config.model_copy(update={"search": search})
    if config.scored:
        _check(config, parts)
        config = config.model_copy(update={"search": search.model_copy(update={"lam": 0.0})})
    score, given = SCORES_TABLE[search.score], config.score
    # Arithmetic is of the network that will be trained, and has neither batches nor repeats.
    width = min(PROXY_CHANNELS, dimensions.channels) if score.network else dimensions.channels
    decided = {
        "channels": given.channels or width,
        "timesteps": given.timesteps or dimensions.timesteps,
        "batch_size": (given.batch_size or score.batch_size) if score.network else None,
        "repeats": (given.repeats or score.repeats) if score.network else None,
    }
    return config.model_copy(update={"score": given.model_copy(update=decided)})


def _check(config: Config, parts: Parts) -> None:
    """Make sure that nothing is asked for that a search by score does not have; all of it is said at once."""
    if wrong := list(_wrong(config, parts)):
        listed = "\n".join(f"  {line}" for line in wrong)
        raise UserError(f"this search goes by the score {config.search.score} alone, without shared weights:\n{listed}")


def _wrong(config: Config, parts: Parts) -> Iterator[str]:
    section, train = config.search, config.train
    if section.lam not in _NEUTRAL:
        yield _no_lambda(section.lam)
    if parts.objective is not None or section.fitness != "exponential":
        yield "search.fitness, or an objective of your own: the score is the fitness; leave it out"
    for name in ("racing", "recalibrate", "finalists", "images"):
        if value := getattr(section, name):
            yield f"search.{name} = {str(value).lower()}: candidates see no validation images; leave it out"
    for constraint in section.budgets.measured:
        yield (
            f"search.constraints, {constraint}: {constraint.quantity} is not measured before training; constrain "
            "parameters or macs instead"
        )
    if train.choose == "front":
        yield "train.choose = 'front': there is no front of accuracy and spikes; give 'top', the best by score"
    if train.warm_start:
        yield "train.warm_start = true: there is no supernet to start from; leave it out"
    if config.run.supernet is not None:
        yield f"run.supernet = {config.run.supernet!r}: its weights would not be used; leave it out"


def _no_lambda(lam: Any) -> str:
    return f"search.lam = {lam}: λ weighs spikes, which no score measures; leave it out"


def check_given(config: Config, overrides: Mapping[str, Any]) -> None:
    """Make sure that nobody asks for a λ that a search by score does not have.

    The default of −0.08 may stand in a recipe, which is also one for shared weights; whoever gives it beside the
    recipe means it, and would get λ = 0.

    Args:
        config: resolved.
        overrides: what is given beside the recipe.

    Raises:
        UserError: λ is given, and not as 0.
    """
    lam = overrides.get("search", {}).get("lam", 0)
    if config.scored and lam not in (0, [0]):
        raise UserError(_no_lambda(lam))


def check_batches(config: Config, images: int) -> None:
    """Make sure that D_train has a batch for the score.

    Raises:
        UserError: it has not.
    """
    size = config.score.batch_size
    if (config.scored or config.search.first_stage) and size is not None and size > images:
        raise UserError(
            f"score.batch_size = {size}: there are {images} training images; give score.batch_size = {images} or less"
        )


def proxy_of(config: Config, dimensions: Dimensions) -> Dimensions:
    """Width and timesteps of the networks that are scored, which are trained at `dimensions`.

    Args:
        config: resolved.
        dimensions: of the run's networks.
    """
    return dimensions.replace(channels=config.score.channels, timesteps=config.score.timesteps)


def make_scorer(
    config: Config, dimensions: Dimensions, images: Tensor, labels: Tensor, normalisation: Normalisation
) -> Scorer:
    """The scorer of a run, the same in each of its processes.

    Dropout is off and kernels are not compiled, whatever the recipe says for training: a mask would only add noise, and
    each architecture has other shapes.

    Args:
        config: resolved.
        dimensions: of the run's networks.
        images: D_train, uint8 [M, C, H, W].
        labels: int64 [M].
        normalisation: of D_train.
    """
    options = make_options(config)
    return Scorer(
        [config.search.score],
        images=images,
        labels=labels,
        normalisation=normalisation,
        dimensions=proxy_of(config, dimensions),
        options=replace(options, dropout=None, neuron=replace(options.neuron, compile=False)),
        batch_size=config.score.batch_size,
        repeats=config.score.repeats,
        seed=child_seed(config.run.seed, "score"),
    )
