"""How much memory a run will take, phase by phase, said before it starts."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.assembly.making import (
    make_options,
    make_search_space,
    make_space,
    make_training_options,
    named_space,
    planned,
)
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.scoring import proxy_of
from spikesearch.config.sections import Config, TrainingSection
from spikesearch.evaluation.prefixes import PrefixStore
from spikesearch.forecast.available import private_memory
from spikesearch.networks.options import NetworkOptions
from spikesearch.processes.launch import Launch
from spikesearch.training.memory import (
    MemoryEstimate,
    evaluation_memory,
    training_memory,
)
from spikesearch.training.options import TrainingOptions
from spikesearch.training.plan_sizes import largest_cell, largest_of, largest_path, parameters_of

_NAMED = 3  # layers in the one line


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Memory of one phase.

    Attributes:
        name: `supernet`, `search` or `training`.
        work: what takes it, for people.
        bytes: of all processes together, beyond what this one holds already.
        estimate: of one process.
        batch_key: the key that its batch size has.
        processes: how many work in it; each of them holds Python and PyTorch too.
    """

    name: str
    work: str
    bytes: int
    estimate: MemoryEstimate
    batch_key: str
    processes: int = 1

    @property
    def by(self) -> str:
        """Who works in it, if that is more than one process."""
        return f" by {self.processes} processes" if self.processes > 1 else ""


_last: list[tuple[str, Parts, tuple[Phase, ...]]] = []


def footprint(config: Config, parts: Parts, facts: Mapping[str, Any], done: Sequence[str] = ()) -> tuple[Phase, ...]:
    """The phases of a run that compute, in order.

    Args:
        config: resolved.
        parts: the user's own objects.
        facts: what `resolve` found out.
        done: phases of the run that were complete before this process began, and left nothing in its memory.
    """
    key = json.dumps([config.model_dump(mode="json"), facts["dimensions"], facts["images"], list(done)])
    if not _last or _last[0][0] != key or _last[0][1] != parts:  # asked twice at the start of a run
        _last[:] = [(key, parts, tuple(phases_of(config, parts, facts, done)))]
    return _last[0][2]


def phases_of(config: Config, parts: Parts, facts: Mapping[str, Any], done: Sequence[str] = ()) -> Iterator[Phase]:
    """The same, one after the other, each estimated when it is asked for."""
    return _Run(config, parts, facts, done).phases()


class _Run:
    """What the estimates of one run share."""

    def __init__(self, config: Config, parts: Parts, facts: Mapping[str, Any], done: Sequence[str]) -> None:
        self.config = config
        self.done = done
        self.parts = parts
        self.images: Mapping[str, int] = facts["images"]
        self.dimensions = Dimensions.from_dict(facts["dimensions"])
        self.options: NetworkOptions = make_options(config)
        self.device = config.run.device
        shape = self.dimensions.image
        frames = self.dimensions.timesteps if self.dimensions.events else 1
        everything = sum(self.images.values()) * frames * shape[0] * shape[1] * shape[2]
        self.dataset = everything if self.device == "cpu" else 0  # as loaded; copies of its parts are counted apart
        self.launch = Launch.here()
        # Processes that train together on this machine; each GPU has a memory of its own.
        self.together = self.launch.local_size if self.device == "cpu" else 1

    @functools.cached_property
    def space(self) -> SlotSpace:
        """What is searched; runs that only train do not ask."""
        return make_space(self.config, self.parts)

    def phases(self) -> Iterator[Phase]:
        """One after the other."""
        config = self.config
        before = 0
        if config.scored and "search" not in self.done:
            if (scoring := self._scoring()) is not None:
                before = scoring.bytes
                yield scoring
        elif not config.train_only and "search" not in self.done:
            super_plan = self.space.super_plan(self.dimensions)
            largest = self._largest(self.dimensions)
            parameters = parameters_of(super_plan)
            if config.run.supernet is None and "supernet" not in self.done:
                estimate = self._training(largest, config.supernet, self.images["train"], parameters)
                before = self.together * (estimate.process + self.dataset)
                yield Phase(
                    name="supernet",
                    work="training the supernet",
                    bytes=before,
                    estimate=estimate,
                    batch_key="supernet.batch_size",
                    processes=self.together,
                )
            searched = make_search_space(config, self.space, self.dimensions)
            trials = planned(config, searched)
            images = config.search.images or self.images["validation"]
            estimate = self._evaluating(largest, images, parameters)
            kept = PrefixStore(super_plan, images).bytes_for(trials)
            workers = self._evaluating_workers(images)
            needed = workers * estimate.process + self.dataset + kept
            if workers > 1:
                needed += workers * private_memory()
            search = Phase(
                name="search",
                work="evaluating candidates",
                bytes=needed,
                estimate=estimate,
                batch_key="search.batch_size",
                processes=workers,
            )
            first = self._scoring() if config.search.first_stage else None
            others = [one for one in (first, self._finals(largest, parameters)) if one is not None]
            search = max([search, *others], key=lambda phase: phase.bytes)
            before = max(before, search.bytes)
            yield search
        if "train" in config.phases and "train" not in self.done:
            yield self._from_scratch(before)

    def _finals(self, largest: Plan, parameters: int) -> Phase | None:
        """Finalists measured again, when the search's own evaluation is over; None without them."""
        if not self.config.search.finalists:
            return None
        images = self.images["validation"]
        estimate = self._evaluating(largest, images, parameters, precision="fp32")
        workers = self._evaluating_workers(images)
        return Phase(
            name="search",
            work="measuring finalists",
            bytes=workers * (estimate.process + (private_memory() if workers > 1 else 0)) + self.dataset,
            estimate=estimate,
            batch_key="search.batch_size",
            processes=workers,
        )

    def _scoring(self) -> Phase | None:
        """Candidates scored, as if all of them had the gradients that some scores need; None for arithmetic."""
        config, size = self.config, self.config.score.batch_size
        if size is None:
            return None
        own = self.parts.space is not None or self.parts.blocks is not None
        workers = 1 if own or self.device != "cpu" else config.run.workers
        estimate = training_memory(
            self._largest(proxy_of(config, self.dimensions)),
            replace(self.options, neuron=replace(self.options.neuron, compile=False)),
            TrainingOptions(epochs=1, batch_size=size, optimizer="sgd", momentum=0.0),
            images=self.images["train"],
            pad=0,
            device=self.device,
        )
        # The workers read one copy of the images beside that of this process, which then waits.
        needed = workers * estimate.process + self.dataset
        if workers > 1:
            needed += workers * private_memory() + self.dataset
        return Phase(
            name="search",
            work="scoring candidates",
            bytes=needed,
            estimate=estimate,
            batch_key="score.batch_size",
            processes=workers,
        )

    def _largest(self, dimensions: Dimensions) -> Plan:
        """The network of the searched space that needs most."""
        space = named_space(self.config, self.parts)
        if not isinstance(space, SlotSpace):
            return largest_cell(space, dimensions)
        return space.decode(largest_path(space.super_plan(dimensions))).plan(dimensions)

    def _from_scratch(self, before: int) -> Phase:
        """Networks trained from scratch and measured; with workers, each beside what this process has kept by then."""
        config, images = self.config, self.images
        texts = config.train_only or config.compare.architectures
        plans = [parse(text, self.parts.words).plan(self.dimensions) for text in texts]
        if not config.train_only:
            plans.append(self._largest(self.dimensions))
        plan = largest_of(plans)
        everything = images["train"] + images["validation"]
        training = self._training(plan, config.train, everything if config.train.on != "train" else images["train"])
        measuring = self._evaluating(plan, max(images["validation"], images["test"]))
        estimate, key, work = training, "train.batch_size", "training networks from scratch"
        if measuring.process > training.process:
            estimate, key, work = measuring, "search.batch_size", "testing the trained networks"
        workers = min(config.run.workers, config.trainings) if self.parts == Parts() and self.launch.size == 1 else 1
        needed = self.together * (estimate.process + self.dataset)
        if workers > 1:
            needed = before + workers * (needed + (private_memory() if self.device == "cpu" else 0))
        return Phase(
            name="training",
            work=work,
            bytes=max(before, needed),
            estimate=estimate,
            batch_key=key,
            processes=workers * self.together,
        )

    def _evaluating_workers(self, images: int) -> int:
        """Processes that evaluate; each takes whole batches."""
        own = self.parts.space is not None or self.parts.blocks is not None
        if own or self.device != "cpu":
            return 1
        return min(self.config.run.workers, -(-images // self.config.search.batch_size))

    def _training(
        self, plan: Plan, section: TrainingSection, images: int, parameters: int | None = None
    ) -> MemoryEstimate:
        options = make_training_options(self.config, section)
        part = -(-options.batch_size // self.launch.size)
        return training_memory(
            plan,
            self.options,
            replace(options, batch_size=part),
            images=images,
            parameters=parameters,
            pad=section.pad,
            device=self.device,
        )

    def _evaluating(
        self, plan: Plan, images: int, parameters: int | None = None, precision: str = ""
    ) -> MemoryEstimate:
        return evaluation_memory(
            plan,
            self.options,
            batch_size=self.config.search.batch_size,
            images=images,
            precision=precision or self.config.run.precision,
            parameters=parameters,
            shared=parameters is not None,
            device=self.device,
        )


def memory_line(phases: Sequence[Phase]) -> str:
    """One line: the most that each phase takes, and the layers that hold most of the largest."""
    if not phases:
        return "expected memory: that of the data, no network is run"
    largest = max(phases, key=lambda phase: phase.bytes)
    each = ", ".join(f"{phase.name} {in_words(phase.bytes)}{phase.by}" for phase in phases)
    return f"expected memory: {in_words(largest.bytes)} ({each}); layers that hold most: {largest_layers(largest)}"


def memory_table(phases: Sequence[Phase]) -> list[str]:
    """Every layer of every phase, as lines."""
    lines = []
    for phase in phases:
        estimate = phase.estimate
        lines.append(
            f"memory of {phase.work}{phase.by}: {in_words(phase.bytes)}; of one process "
            f"{in_words(estimate.resident)} stay from step to step, tensors of a step {in_words(estimate.tensors)}"
        )
        lines.append(f"  {'layer':24} {'kept':>10} {'at peak':>10}")
        lines += [f"  {one.name:24} {in_words(one.kept):>10} {in_words(one.at_peak):>10}" for one in estimate.layers]
    return lines


def largest_layers(phase: Phase) -> str:
    """Those that hold most at the peak, with how much."""
    return ", ".join(f"{layer.name} {in_words(layer.at_peak)}" for layer in phase.estimate.largest[:_NAMED])


def in_words(size: float) -> str:
    """`312 MiB`, `1.9 GiB`.

    >>> in_words(3 * 2**29)
    '1.5 GiB'
    """
    if size < 2**20:
        return f"{size / 2**10:.0f} KiB"
    if size < 2**30:
        return f"{size / 2**20:.{0 if size >= 10 * 2**20 else 1}f} MiB"
    return f"{size / 2**30:.1f} GiB"
