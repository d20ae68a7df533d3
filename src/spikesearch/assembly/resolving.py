"""What a recipe leaves open, decided once at the start of a run, and whether all of it can be built."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from spikesearch.architectures.costs import most_spikes
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.heads import SwitchedHead
from spikesearch.architectures.plan import Plan, SuperPlan
from spikesearch.architectures.spaces.named import NamedSpace
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.assembly.making import (
    make_dataset,
    make_dimensions,
    make_options,
    make_search_space,
    make_strategy,
    named_space,
)
from spikesearch.assembly.ordinary import check_ordinary
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.scoring import check_batches, with_score
from spikesearch.config.sections import Config
from spikesearch.data.balance import check_division, class_counts, class_notices
from spikesearch.data.dataset import Dataset
from spikesearch.data.split import Split
from spikesearch.errors import UserError
from spikesearch.networks.builder import matching_options
from spikesearch.processes.launch import Launch
from spikesearch.strategies.feasible import ConstrainedSpace
from spikesearch.strategies.objectives import ACCURACY, Fitness
from spikesearch.strategies.strategy import Space
from spikesearch.training.graphs import check_graphs
from spikesearch.training.losses import TET
from spikesearch.training.plan_sizes import largest_cell

# 16 images have 256 positions in the deepest layers (4·4 each): a channel's deviation is off by 1/√(2·256) = 4%, and by
# more where neighbours are alike.
_CALIBRATION = 16


def resolve(config: Config, parts: Parts) -> tuple[Config, dict[str, Any]]:
    """Decide once, at the start, what the recipe left open: device, threads, width, timesteps, compilation.

    Returns:
        The resolved configuration, and facts about data and space that the run keeps beside it.

    Raises:
        UserError: the data cannot be loaded, a text in the recipe is no architecture, a size cannot be built, or the
            device is not there. All before anything is written.
    """
    config = _with_absolute_folder(config)
    space = named_space(config, parts)
    neurons = config.network.model_copy(update={"neuron": config.network.neuron or space.defaults.neuron})
    config = config.model_copy(update={"network": neurons})
    check_ordinary(config, parts)
    dataset = make_dataset(config, parts)
    dimensions = make_dimensions(config.network, dataset, space)
    _check_augmentation(config, dimensions)
    config = with_score(config, space, parts, dimensions)
    chosen = {"tau": space.tau, **{name: getattr(dimensions, name) for name in ("channels", "timesteps", "neuron")}}
    if config.network.tau is not None:
        chosen["tau"] = config.network.tau
    network = config.network.model_copy(update=chosen)
    options = make_options(config.model_copy(update={"network": network}))
    _check_processes(config, Launch.here())
    searched: Space | NamedSpace = space
    plans: list[Plan | SuperPlan] = []
    if not config.train_only:
        searched = make_search_space(config, space, dimensions)
        make_strategy(config, searched)
        if isinstance(space, SlotSpace):
            plans.append(space.super_plan(dimensions))
        else:
            plans.append(largest_cell(space, dimensions))
        compared = (*config.compare.architectures, *config.compare.estimates)
        _check_loss(config, [parse(text, parts.words).plan(dimensions) for text in compared])
    elif isinstance(space, SlotSpace):
        plans.append(space.super_plan(dimensions))
    named = [parse(text, parts.words).plan(dimensions) for text in config.train_only]
    for plan in (*plans, *named):
        matching_options(plan, options)
    _check_loss(config, named)
    split = Split.make(dataset.train.labels, fraction=config.data.validation, seed=config.run.seed)
    _check_search(config, split, parts)
    check_batches(config, len(split.train))
    _check_warm_start(config, space, parts)
    run = config.run.model_copy(
        update={
            "device": usable_device(config.run.device),
            "threads": config.run.threads or len(os.sched_getaffinity(0)),
            "compile": _worth_compiling(config, dimensions, plans or named, len(dataset.train)),
            "cuda_graphs": _with_graphs(config),
        }
    )
    facts = {
        "dimensions": dimensions.as_dict(),
        "images": {"train": len(split.train), "validation": len(split.validation), "test": len(dataset.test)},
        **_data_facts(dataset, split),
        "space": space.name,
        "space_size": space.size,
        "candidates": [str(block) for block in space.candidates],
        "objective": _name(parts.objective) or (config.search.fitness if dimensions.spiking else ACCURACY),
        "own_parts": [field.name for field in fields(parts) if getattr(parts, field.name) is not None],
        # Only where there are constraints: runs begun before there were any have no such fact.
        **({"feasible": searched.size} if isinstance(searched, ConstrainedSpace) and searched.listed else {}),
    }
    return config.model_copy(update={"network": network, "run": run}), facts


def _with_absolute_folder(config: Config) -> Config:
    """Folders of the data as any working directory finds them: a run may be resumed from another one."""
    names = [name for name in ("folder", "cache") if getattr(config.data, name) is not None]
    if not names:
        return config
    folders = {name: str(Path(getattr(config.data, name)).expanduser().absolute()) for name in names}
    return config.model_copy(update={"data": config.data.model_copy(update=folders)})


def _check_augmentation(config: Config, dimensions: Dimensions) -> None:
    """Make sure that only what lies in time is moved in time."""
    for name in ("supernet", "train"):
        shift = getattr(config, name).time_shift
        if shift and not dimensions.events:
            raise UserError(f"{name}.time_shift = {shift}: only event data have frames to move; leave it out")
        if shift >= dimensions.timesteps:
            raise UserError(
                f"{name}.time_shift = {shift}: recordings have {dimensions.timesteps} frames, and none would be left; "
                "give less"
            )


def _data_facts(dataset: Dataset, split: Split) -> dict[str, Any]:
    """What a run keeps of its data. The digest is of the training part: test pixels are read by tests alone."""
    labels = dataset.train.labels
    parts = {"train": labels[split.train], "validation": labels[split.validation], "test": dataset.test.labels}
    counts = {name: class_counts(part, dataset.classes) for name, part in parts.items()}
    return {
        "data": dataset.name,
        "class_names": list(dataset.class_names),
        "class_images": counts,
        "images_sha256": dataset.train.sha256,
        "notices": [*dataset.notices, *class_notices(counts, dataset.class_names)],
    }


def check_classes(config: Config, facts: Mapping[str, Any]) -> None:
    """Make sure that D_train and D_val of a new run show the same classes.

    Raises:
        UserError: a class has too few images for that.
    """
    check_division(facts["class_images"], facts["class_names"], config.data.validation)


def check_budgets(config: Config, facts: Mapping[str, Any], parts: Parts) -> None:
    """Make sure that the constraints of a new run can be kept together, before anything is trained.

    Raises:
        UserError: they cannot.
    """
    budgets = config.search.budgets
    if config.train_only or not budgets.every:
        return
    space = named_space(config, parts)
    if isinstance(space, SlotSpace):
        budgets.refuse_impossible(most_spikes(space.super_plan(Dimensions.from_dict(facts["dimensions"]))))
    else:
        budgets.refuse_impossible()


def _name(objective: Fitness | None) -> str:
    return "" if objective is None else str(getattr(objective, "__qualname__", type(objective).__qualname__))


def _check_search(config: Config, split: Split, parts: Parts) -> None:
    """Make sure that there are as many images as the search asks for, and that a race can be decided."""
    section = config.search
    if section.images > len(split.validation):
        raise UserError(
            f"search.images = {section.images}: there are {len(split.validation)} validation images; give at most as "
            "many, or 0 for all"
        )
    if section.recalibrate > len(split.train):
        raise UserError(
            f"search.recalibrate = {section.recalibrate}: there are {len(split.train)} training images; give at most "
            "as many, or 0 for none"
        )
    if 0 < section.recalibrate < _CALIBRATION:
        raise UserError(
            f"search.recalibrate = {section.recalibrate}: BatchNorm statistics of fewer than {_CALIBRATION} images are "
            f"noise; give {_CALIBRATION} or more, or 0 for the supernet's own"
        )
    if section.racing and parts.objective is not None:
        raise UserError(
            "search.racing = true with an objective of your own: racing takes it that fitness grows with accuracy and "
            "falls with spikes, which nobody can check; leave racing out, or take exponential or linear"
        )


def _check_loss(config: Config, plans: Sequence[Plan]) -> None:
    """Make sure that the networks that are trained give what the loss asks for."""
    for plan in plans:
        if config.train.loss == TET and isinstance(plan.head, SwitchedHead):
            raise UserError(
                f"train.loss = {TET!r}: it asks for an answer at each timestep, and {plan.architecture} has one for "
                "all timesteps together; give mse or cross-entropy, or leave that network out"
            )


def _check_warm_start(config: Config, space: NamedSpace, parts: Parts) -> None:
    """Make sure that networks which shall start from a supernet's weights have one, and a path in it."""
    if not (config.train.warm_start and config.train_only):
        return
    if config.run.supernet is None:
        raise UserError(
            "train.warm_start = true, but there is no supernet to start from: give a run whose supernet is trained, "
            "`spikesearch train RUN`, or its folder as run.supernet; or leave warm_start out"
        )
    if not isinstance(space, SlotSpace):
        raise UserError(
            f"train.warm_start = true with {space.name}: there is no supernet of cells; leave warm_start out"
        )
    for text in config.train_only:
        space.encode(parse(text, parts.words))


def _check_processes(config: Config, launch: Launch) -> None:
    """Make sure that every process gets images of a batch, and on CUDA a device."""
    sections = {"train": config.train} | ({} if config.train_only else {"supernet": config.supernet})
    for name, section in sections.items():
        if section.batch_size < launch.size:
            raise UserError(
                f"{name}.batch_size = {section.batch_size}: {launch.size} processes share every batch; give at least "
                f"{launch.size}, or start fewer processes"
            )
    devices = torch.cuda.device_count()
    if launch.size > 1 and usable_device(config.run.device) == "cuda" and devices < launch.local_size:
        raise UserError(
            f"{launch.local_size} processes on this machine and {devices} CUDA devices: each process needs one of its "
            "own; start as many processes as there are devices, or give --device cpu"
        )


def usable_device(name: str) -> str:
    """The device that `cpu`, `cuda` or `auto` means here.

    Raises:
        UserError: it cannot be used here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("device 'cuda': no CUDA device can be used here; give --device cpu, or auto")
    return name


def _with_graphs(config: Config) -> bool:
    """Off for "auto": that graphs change no number has been shown on a stand-in for a GPU, not on one yet."""
    wanted = config.run.cuda_graphs is True
    saving = config.run.recompute or config.run.time_chunk > 0
    device = torch.device(usable_device(config.run.device))
    check_graphs(wanted, device, saving=saving, together=Launch.here().size > 1)
    return wanted


# Compiled neurons save about 15 ns per neuron and timestep (forward and backward, on one CPU core), and compiling costs
# some 30 s; so it pays from about 2e9 such updates, and clearly so from five times as many.
_UPDATES_WORTH_COMPILING = 1e10


def _worth_compiling(config: Config, dimensions: Dimensions, plans: Sequence[Plan | SuperPlan], images: int) -> bool:
    """From the configured amount of work, not from a stopwatch: the same recipe always decides alike."""
    if config.run.compile != "auto":
        return config.run.compile
    if not dimensions.spiking:
        return False
    positions = max(sum(step.output.size for step in plan.steps) for plan in plans)
    epochs = config.train.epochs + (0 if config.train_only else config.supernet.epochs)
    return 2.0 * positions * dimensions.timesteps * images * epochs > _UPDATES_WORTH_COMPILING
