"""From a resolved configuration to the objects a run works with."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.named import NamedSpace
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.assembly.making import (
    make_dataset,
    make_dimensions,
    make_options,
    make_search_space,
    make_space,
    make_training_options,
    named_space,
)
from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config, TrainingSection
from spikesearch.data.augment import Normalisation
from spikesearch.data.dataset import Dataset
from spikesearch.data.loader import TensorData
from spikesearch.data.split import Split, stratified_part
from spikesearch.networks.options import NetworkOptions
from spikesearch.processes.crew import Crew
from spikesearch.seeds import child_seed
from spikesearch.strategies.constraints import Constraints
from spikesearch.strategies.objectives import FITNESS, Fitness, accuracy_alone
from spikesearch.strategies.strategy import Space
from spikesearch.studies.run import RunFolder
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.options import TrainingOptions
from spikesearch.training.parallel import ALONE, Alone
from spikesearch.training.precision import allow_tf32


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
        """What the supernet holds, and what is searched unless constraints leave a part of it; cells have none."""
        return make_space(self.config, self.parts)

    @cached_property
    def whole_space(self) -> NamedSpace:
        """The same, also where there is no supernet of it."""
        return named_space(self.config, self.parts)

    @cached_property
    def search_space(self) -> Space:
        """The part of the space that keeps the constraints of parameters and MACs; without any the space itself."""
        return make_search_space(self.config, self.whole_space, self.dimensions)

    @property
    def constraints(self) -> Constraints:
        """All hard budgets of the search."""
        return self.config.search.budgets

    @cached_property
    def dimensions(self) -> Dimensions:
        """Width, timesteps, classes and image of all networks of the run."""
        return make_dimensions(self.config.network, self.dataset, self.whole_space)

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
        if not self.config.network.spiking:
            return accuracy_alone
        return self.parts.objective or FITNESS[self.config.search.fitness]

    def training_options(self, section: TrainingSection) -> TrainingOptions:
        """The settings of one of the two trainings, as the loop takes them."""
        return make_training_options(self.config, section)
