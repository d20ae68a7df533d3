"""From sections of a configuration to the objects they describe."""

from dataclasses import replace
from typing import Any

from spikesearch.architectures.costs import pair_costs, slot_costs
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.naming import parse_block
from spikesearch.architectures.spaces.cells import CELL_SPACES, CellSpace
from spikesearch.architectures.spaces.named import NamedSpace, find_space
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config, NetworkSection, TrainingSection
from spikesearch.data.augment import Augmentation
from spikesearch.data.dataset import Dataset
from spikesearch.data.datasets import event_keywords, limited, load_dataset
from spikesearch.errors import UserError
from spikesearch.networks.builder import network_options
from spikesearch.networks.options import NetworkOptions
from spikesearch.strategies.draws import RandomDraws
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.feasible import ConstrainedSpace
from spikesearch.strategies.predictor import Predictor
from spikesearch.strategies.racing import Racing
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Space, Strategy
from spikesearch.studies.driver import planned_trials
from spikesearch.training.options import TrainingOptions


def make_training_options(config: Config, section: TrainingSection) -> TrainingOptions:
    """The settings of one of the two trainings, as the loop takes them."""
    names = ("epochs", "batch_size", "loss", "optimizer", "learning_rate", "momentum", "weight_decay", "schedule")
    added = ("minimum_lr_fraction", "tet_weight", "label_smoothing", "spike_penalty", "clip_norm", "ema")
    return TrainingOptions(
        **{name: getattr(section, name) for name in (*names, *added)},
        precision=config.run.precision,
        recompute=config.run.recompute,
        time_chunk=config.run.time_chunk,
    )


def make_dataset(config: Config, parts: Parts) -> Dataset:
    """The user's own data set, or the one the configuration names; whole or the part that the recipe wants."""
    section = config.data
    limit, test_limit = section.limit or None, section.test_limit or None
    if parts.dataset is not None:
        return limited(parts.dataset, limit=limit, test_limit=test_limit)
    space = named_space(config, parts)
    timesteps = config.network.timesteps or (space.defaults.timesteps if config.network.spiking else 1)
    return load_dataset(
        section.name,
        section.folder,
        size=section.size,
        limit=limit,
        test_limit=test_limit,
        **event_keywords(section.model_dump(), timesteps),
    )


def make_space(config: Config, parts: Parts) -> SlotSpace:
    """What the supernet of a run holds: the user's own space, or the one the configuration names, with its candidates.

    Raises:
        UserError: it names none, or one that has no supernet.
    """
    space = named_space(config, parts)
    if not isinstance(space, SlotSpace):
        raise UserError(f"there is no supernet of {space.name}: its candidates are scored, see docs/cells.md")
    return space


def named_space(config: Config, parts: Parts) -> NamedSpace:
    """What is searched, whether it has a supernet or not; of a run that only trains, whose defaults its networks have.

    Raises:
        UserError: there is no such space, it has no such candidates, or its cells are not drawn in such a way.
    """
    section = config.space
    if parts.space is not None:
        space: NamedSpace = parts.space
    elif section.candidates is None:
        space = find_space(section.name, parts.blocks)
    else:
        chosen = [parse_block(text, parts.blocks) for text in section.candidates]
        space = find_space(section.name, {str(block): block for block in chosen})
    if section.sampling == "uniform":
        return space
    if not isinstance(space, CellSpace):
        raise UserError(
            f"space.sampling = {section.sampling!r} with {space.name}: its architectures are drawn uniformly, by its "
            f"authors too; leave it out, or take one of {', '.join(CELL_SPACES)}"
        )
    return replace(space, sampling=section.sampling)


def make_search_space(config: Config, space: NamedSpace, dimensions: Dimensions) -> Space:
    """The part of the space that keeps the constraints of parameters and MACs; without any the space itself.

    Raises:
        UserError: nothing keeps them.
    """
    arithmetic = config.search.budgets.arithmetic
    if not arithmetic:
        return space
    costs = slot_costs(space.super_plan(dimensions)) if isinstance(space, SlotSpace) else pair_costs(space, dimensions)
    return ConstrainedSpace(space, costs, arithmetic)


def make_dimensions(section: NetworkSection, dataset: Dataset, space: NamedSpace) -> Dimensions:
    """The space's defaults with the recipe's width, timesteps and neurons and the data set's image and classes."""
    chosen = {name: getattr(section, name) for name in ("channels", "timesteps", "neuron", "hidden", "pooling")}
    frames = dataset.timesteps
    if frames is not None:
        if section.timesteps not in (None, frames):
            raise UserError(
                f"network.timesteps = {section.timesteps}: data set {dataset.name} has {frames} frames a recording; "
                "give as many, or leave it out"
            )
        chosen["timesteps"] = frames
    if section.spiking:
        chosen["votes"] = section.votes  # that of an ordinary network, 1, is no choice
    return space.defaults.replace(
        image=dataset.shape,
        classes=dataset.classes,
        events=frames is not None,
        **{name: value for name, value in chosen.items() if value is not None},
    )


def make_options(config: Config) -> NetworkOptions:
    """Options of neurons, BatchNorm and dropout.

    Args:
        config: resolved; in one that is not, what is left open has a default of the library.

    Raises:
        UserError: a value that neurons refuse.
    """
    section = config.network
    names = ("tau", "v_threshold", "reset", "surrogate", "scale", "detach_reset", "batch_norm", "dropout", "fc_std")
    values: dict[str, Any] = {name: value for name in names if (value := getattr(section, name)) is not None}
    return network_options(section.neuron or "plif", {**values, "compile": config.run.compile is True})


def make_strategy(config: Config, space: Space) -> Strategy:
    """The strategy the configuration names, for this space.

    Raises:
        UserError: its numbers do not fit together.
    """
    section = config.search
    if section.strategy == "exhaustive":
        return Exhaustive.of(space)
    if section.strategy == "random":
        kind = RandomSearch if config.space.sampling == "uniform" else RandomDraws
        return kind(rounds=section.rounds, population=section.population)
    if section.strategy == "predictor":
        return Predictor(
            rounds=section.rounds, population=section.population, initial=section.initial, model=section.model
        )
    return Evolution(
        rounds=section.rounds,
        population=section.population,
        parents=section.parents,
        mutations=section.mutations,
        crossovers=section.crossovers,
        mutation_probability=section.mutation_probability,
    )


def make_first_stage(config: Config) -> Strategy:
    """How the candidates of the first stage are drawn: so many different ones, all at once."""
    return RandomSearch(rounds=1, population=config.search.first_stage)


def planned(config: Config, space: Space) -> int:
    """Most trials of a run's search, over all λ; without those of its first stage.

    Args:
        config: resolved.
        space: what is searched; with a first stage, what it draws from.
    """
    trials = planned_trials(space, make_strategy(config, space), config.search.lambdas)
    if not config.search.first_stage:
        return trials
    once = 1 if config.search.strategy == "exhaustive" else len(config.search.lambdas)
    return min(trials, once * min(config.search.keep, space.size))


def planned_scores(config: Config, space: Space) -> int:
    """Most candidates that a run scores."""
    if config.search.first_stage:
        return min(config.search.first_stage, space.size)
    return planned(config, space) if config.scored else 0


def make_racing(config: Config) -> Racing | None:
    """How candidates race; None: all are measured on all images. Evolution needs the best k as parents, all the best.

    Raises:
        UserError: a number out of its range.
    """
    section = config.search
    if not section.racing:
        return None
    return Racing(keep=section.parents if section.strategy == "evolution" else 1, confidence=section.confidence)


def make_augmentation(section: TrainingSection) -> Augmentation:
    """Augmentation of training images; evaluation has none."""
    return Augmentation(pad=section.pad, flip=section.flip, cutout=section.cutout, time_shift=section.time_shift)
