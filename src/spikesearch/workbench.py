"""From a resolved configuration to the objects a run works with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.naming import parse_block
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.config import Config, NetworkSection, TrainingSection
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.dataset import Dataset
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.data.split import Split, stratified_part
from spikesearch.errors import UserError
from spikesearch.networks.builder import network_options
from spikesearch.networks.options import NetworkOptions
from spikesearch.processes.crew import Crew
from spikesearch.processes.launch import Launch
from spikesearch.seeds import child_seed
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.objectives import FITNESS, Fitness
from spikesearch.strategies.racing import Racing
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Strategy
from spikesearch.studies.run import RunFolder
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.graphs import check_graphs
from spikesearch.training.options import TrainingOptions
from spikesearch.training.parallel import ALONE, Alone
from spikesearch.training.precision import allow_tf32


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The user's own objects, given from Python; None stands for what the configuration names.

    Attributes:
        space: what is searched.
        blocks: blocks by name: candidates of the named space, and words of architectures' texts.
        dataset: the data.
        objective: the fitness, called with (accuracy, spikes, average_spikes, lam).
    """

    space: SlotSpace | None = None
    blocks: Mapping[str, Block] | None = None
    dataset: Dataset | None = None
    objective: Fitness | None = None

    @property
    def words(self) -> Mapping[str, Block] | None:
        """Own blocks that may stand in an architecture's text."""
        if self.blocks is not None:
            return self.blocks
        return None if self.space is None else self.space.blocks


@dataclass(frozen=True)
class Workbench:
    """Everything that the phases of a run share; loaded when it is first asked for.

    Attributes:
        folder: the run on disk.
        config: resolved: device, threads, width and timesteps are set.
        parts: the user's own objects.
        crew: the processes that train together; None for one alone.
    """

    folder: RunFolder
    config: Config
    parts: Parts = field(default_factory=Parts)
    crew: Crew | None = None

    @cached_property
    def device(self) -> torch.device:
        """Where networks run; also sets up the process: threads, allocator, whether float32 may be TF32 on CUDA."""
        keep_freed_memory()
        torch.set_num_threads(self.threads)
        device = torch.device(self.config.run.device)
        if self.crew is not None and device.type == "cuda":
            device = torch.device("cuda", self.crew.launch.local_rank)
        allow_tf32(self.config.run.tf32, device)
        return device

    @property
    def threads(self) -> int:
        """CPU threads; of several processes each uses at most its share of the cores, as more are much slower."""
        if self.crew is None:
            return self.config.run.threads
        share = len(os.sched_getaffinity(0)) // self.crew.launch.local_size
        return max(1, min(self.config.run.threads, share))

    @cached_property
    def processes(self) -> Alone:
        """Who takes part in training."""
        if self.crew is None:
            return ALONE
        return self.crew.processes(sync_batch_norm=self.config.run.sync_batch_norm)

    def announce(self, **message: Any) -> None:
        """Tell the other processes, if there are any and this one leads, what comes next."""
        if self.crew is not None and self.crew.launch.leads:
            _ = self.split  # recorded before others read it
            self.crew.announce(**message)

    @cached_property
    def dataset(self) -> Dataset:
        """The data set, whole or the part that the recipe names."""
        return make_dataset(self.config, self.parts)

    @cached_property
    def split(self) -> Split:
        """D_train and D_val: the recorded ones, or new ones that are recorded now.

        With the supernet of another run, that run's: images that it was trained on must not validate anything.

        Raises:
            UserError: the recorded split belongs to other data.
        """
        labels = self.dataset.train.labels
        if (self.folder.path / "split.json").is_file():
            split = Split.from_dict(self.folder.read_json("split.json"))
            split.check(labels)
            return split
        if self.config.run.supernet is None:
            split = Split.make(labels, fraction=self.config.data.validation, seed=self.config.run.seed)
        else:
            split = Split.from_dict(RunFolder.open(self.config.run.supernet).read_json("split.json"))
            split.check(labels)
        self.folder.write_json("split.json", split.as_dict())
        return split

    @cached_property
    def normalisation(self) -> Normalisation:
        """Channel means and deviations of D_train."""
        return Normalisation.measure(self.dataset.train.images[self.split.train])

    @cached_property
    def train_data(self) -> TensorData:
        """D_train on the device."""
        return TensorData.load(self.dataset.train, self.split.train, device=self.device)

    @cached_property
    def validation_data(self) -> TensorData:
        """D_val on the device."""
        return TensorData.load(self.dataset.train, self.split.validation, device=self.device)

    @cached_property
    def search_data(self) -> TensorData:
        """The part of D_val that candidates are measured on, stratified and drawn by the run's seed; or all of it."""
        count = self.config.search.images
        if not count:
            return self.validation_data
        labels = self.dataset.train.labels[self.split.validation]
        chosen = stratified_part(labels, count, child_seed(self.config.run.seed, "search images"))
        return TensorData.load(self.dataset.train, self.split.validation[chosen], device=self.device)

    @cached_property
    def calibration_images(self) -> Tensor | None:
        """Images of D_train for recalibration, uint8 [N, C, H, W], drawn by the run's seed; None without it."""
        count = self.config.search.recalibrate
        if not count:
            return None
        seed = child_seed(self.config.run.seed, "recalibration images")
        chosen = stratified_part(self.dataset.train.labels[self.split.train], count, seed)
        # In any order but that of a data set sorted by class: each batch is normalised with its own statistics.
        chosen = np.random.default_rng(seed).permutation(chosen)
        return TensorData.load(self.dataset.train, self.split.train[chosen], device=self.device).images

    @cached_property
    def all_training_data(self) -> TensorData:
        """D_train and D_val together on the device."""
        return TensorData.load(self.dataset.train, device=self.device)

    def test_data(self) -> TensorData:
        """The test part on the device; asked for once per trained network, when its training has ended."""
        return TensorData.load(self.dataset.test, device=self.device)

    @cached_property
    def space(self) -> SlotSpace:
        """What is searched."""
        return make_space(self.config, self.parts)

    @cached_property
    def dimensions(self) -> Dimensions:
        """Width, timesteps, classes and image of all networks of the run."""
        return make_dimensions(self.config.network, self.dataset, self.space)

    @cached_property
    def options(self) -> NetworkOptions:
        """Options of neurons and BatchNorm."""
        return make_options(self.config)

    def architecture(self, text: str) -> Architecture:
        """An architecture that the recipe names."""
        return parse(text, self.parts.words)

    @property
    def fitness(self) -> Fitness:
        """The objective of the search."""
        return self.parts.objective or FITNESS[self.config.search.fitness]

    def training_options(self, section: TrainingSection) -> TrainingOptions:
        """The settings of one of the two trainings, as the loop takes them."""
        return make_training_options(self.config, section)


def make_training_options(config: Config, section: TrainingSection) -> TrainingOptions:
    """The settings of one of the two trainings, as the loop takes them."""
    names = ("epochs", "batch_size", "loss", "optimizer", "learning_rate", "momentum", "weight_decay", "schedule")
    return TrainingOptions(
        **{name: getattr(section, name) for name in names},
        minimum_lr_fraction=section.minimum_lr_fraction,
        precision=config.run.precision,
        recompute=config.run.recompute,
        time_chunk=config.run.time_chunk,
    )


def make_dataset(config: Config, parts: Parts) -> Dataset:
    """The user's own data set, or the one the configuration names."""
    if parts.dataset is not None:
        return parts.dataset
    section = config.data
    return load_dataset(
        section.name,
        section.folder,
        size=section.size,
        limit=section.limit or None,
        test_limit=section.test_limit or None,
    )


def make_space(config: Config, parts: Parts) -> SlotSpace:
    """The user's own space, or the one the configuration names, with its candidates."""
    if parts.space is not None:
        return parts.space
    section = config.space
    if section.candidates is None:
        return get_space(section.name, parts.blocks)
    chosen = [parse_block(text, parts.blocks) for text in section.candidates]
    return get_space(section.name, {str(block): block for block in chosen})


def make_dimensions(section: NetworkSection, dataset: Dataset, space: SlotSpace) -> Dimensions:
    """The space's defaults with the recipe's width and timesteps and the data set's image and classes."""
    chosen = {"channels": section.channels, "timesteps": section.timesteps}
    return space.defaults.replace(
        image=dataset.shape,
        classes=dataset.classes,
        votes=section.votes,
        neuron=section.neuron,
        **{name: value for name, value in chosen.items() if value is not None},
    )


def make_options(config: Config) -> NetworkOptions:
    """Options of neurons and BatchNorm.

    Raises:
        UserError: a value that neurons refuse.
    """
    section = config.network
    names = ("tau", "v_threshold", "surrogate", "scale", "detach_reset", "batch_norm")
    values: dict[str, Any] = {name: getattr(section, name) for name in names}
    return network_options(section.neuron, {**values, "compile": config.run.compile is True})


def make_strategy(config: Config, space: SlotSpace) -> Strategy:
    """The strategy the configuration names, for this space.

    Raises:
        UserError: its numbers do not fit together.
    """
    section = config.search
    if section.strategy == "exhaustive":
        return Exhaustive.of(space)
    if section.strategy == "random":
        return RandomSearch(rounds=section.rounds, population=section.population)
    return Evolution(
        rounds=section.rounds,
        population=section.population,
        parents=section.parents,
        mutations=section.mutations,
        crossovers=section.crossovers,
        mutation_probability=section.mutation_probability,
    )


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
    return Augmentation(pad=section.pad, flip=section.flip, cutout=section.cutout)


def resolve(config: Config, parts: Parts) -> tuple[Config, dict[str, Any]]:
    """Decide once, at the start, what the recipe left open: device, threads, width, timesteps, compilation.

    Returns:
        The resolved configuration, and facts about data and space that the run keeps beside it.

    Raises:
        UserError: the data cannot be loaded, a text in the recipe is no architecture, a size cannot be built, or the
            device is not there. All before anything is written.
    """
    dataset = make_dataset(config, parts)
    space = make_space(config, parts)
    dimensions = make_dimensions(config.network, dataset, space)
    make_options(config)
    make_strategy(config, space)
    _check_processes(config, Launch.here())
    space.super_plan(dimensions)
    for text in (*config.train_only, *config.compare.architectures, *config.compare.estimates):
        parse(text, parts.words).plan(dimensions)
    split = Split.make(dataset.train.labels, fraction=config.data.validation, seed=config.run.seed)
    if config.search.images > len(split.validation):
        raise UserError(
            f"search.images = {config.search.images}: there are {len(split.validation)} validation images; give at "
            "most as many, or 0 for all"
        )
    if config.search.recalibrate > len(split.train):
        raise UserError(
            f"search.recalibrate = {config.search.recalibrate}: there are {len(split.train)} training images; give at "
            "most as many, or 0 for none"
        )
    if config.search.racing and parts.objective is not None:
        raise UserError(
            "search.racing = true with an objective of your own: racing takes it that fitness grows with accuracy and "
            "falls with spikes, which nobody can check; leave racing out, or take exponential or linear"
        )
    network = config.network.model_copy(update={"channels": dimensions.channels, "timesteps": dimensions.timesteps})
    run = config.run.model_copy(
        update={
            "device": _device(config.run.device),
            "threads": config.run.threads or len(os.sched_getaffinity(0)),
            "compile": _worth_compiling(config, dimensions, space, len(dataset.train)),
            "cuda_graphs": _with_graphs(config),
        }
    )
    facts = {
        "dimensions": dimensions.as_dict(),
        "images": {"train": len(split.train), "validation": len(split.validation), "test": len(dataset.test)},
        "data": dataset.name,
        "class_names": list(dataset.class_names),
        "space": space.name,
        "space_size": space.size,
        "candidates": [str(block) for block in space.candidates],
        "objective": _name(parts.objective) or config.search.fitness,
        "own_parts": [field.name for field in fields(parts) if getattr(parts, field.name) is not None],
    }
    return config.model_copy(update={"network": network, "run": run}), facts


def _name(objective: Fitness | None) -> str:
    return "" if objective is None else str(getattr(objective, "__qualname__", type(objective).__qualname__))


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
    if launch.size > 1 and _device(config.run.device) == "cuda" and devices < launch.local_size:
        raise UserError(
            f"{launch.local_size} processes on this machine and {devices} CUDA devices: each process needs one of its "
            "own; start as many processes as there are devices, or give --device cpu"
        )


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("device 'cuda': no CUDA device can be used here; give --device cpu, or auto")
    return name


def _with_graphs(config: Config) -> bool:
    """Off for "auto": that graphs change no number has been shown on a stand-in for a GPU, not on one yet."""
    wanted = config.run.cuda_graphs is True
    saving = config.run.recompute or config.run.time_chunk > 0
    device = torch.device(_device(config.run.device))
    check_graphs(wanted, device, saving=saving, together=Launch.here().size > 1)
    return wanted


# Compiled neurons save about 15 ns per neuron and timestep (forward and backward, on one CPU core), and compiling costs
# some 30 s; so it pays from about 2e9 such updates, and clearly so from five times as many.
_UPDATES_WORTH_COMPILING = 1e10


def _worth_compiling(config: Config, dimensions: Dimensions, space: SlotSpace, images: int) -> bool:
    """From the configured amount of work, not from a stopwatch: the same recipe always decides alike."""
    if config.run.compile != "auto":
        return config.run.compile
    widest = space.super_plan(dimensions)
    positions = sum(step.output.size for step in widest.steps)
    epochs = config.train.epochs + (0 if config.train_only else config.supernet.epochs)
    return 2.0 * positions * dimensions.timesteps * images * epochs > _UPDATES_WORTH_COMPILING
