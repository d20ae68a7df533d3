"""How much disk a run will take at most at one time, said before it starts; and the refusal where there is no room."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan, SlotStep, SuperPlan
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.assembly.making import make_search_space, make_space, named_space, planned, planned_scores
from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config, TrainingSection
from spikesearch.errors import UserError
from spikesearch.forecast.memory import in_words
from spikesearch.training.plan_sizes import largest_cell, largest_of, largest_path, parameters_of

# Measured on finished runs of 12 to 3,125 trials: bytes of an empty study, of a trial, and of each layer it lists.
_STUDY, _TRIAL, _LAYER = 120_000, 1_300, 160
_SCORED = 1_300  # of a trial of a search by score, which lists no layers
# Page and figures of a small run; what each trial and each epoch adds to them, to the metrics and to the log.
_REPORT, _REPORT_TRIAL, _EPOCH = 700_000, 150, 600
_RECORDS = 40_000  # configuration, winners, results, and the log without epochs
_INDEX = 13  # of an image in split.json
_HEADER = 20_000  # of a checkpoint: names and shapes of its tensors
_FLOAT = 4


@dataclass(frozen=True, kw_only=True)
class DiskUse:
    """Bytes of a run on disk.

    Attributes:
        states: trainings under way: weights, statistics and the optimizer's moments, twice while they are replaced.
        checkpoints: supernet and trained networks.
        study: the trials.
        records: report, figures, metrics, log, split and the rest.
        peak: the most at one time; states go when their training has ended, so it is less than the sum.
    """

    states: int
    checkpoints: int
    study: int
    records: int
    peak: int

    def as_dict(self) -> dict[str, int]:
        """Plain JSON values."""
        return {
            "states": self.states,
            "checkpoints": self.checkpoints,
            "study": self.study,
            "records": self.records,
            "peak": self.peak,
        }


def disk_use(config: Config, parts: Parts, facts: Mapping[str, Any]) -> DiskUse:
    """What a run will write.

    Args:
        config: resolved.
        parts: the user's own objects.
        facts: what `resolve` found out.
    """
    dimensions = Dimensions.from_dict(facts["dimensions"])
    plans = [parse(text, parts.words).plan(dimensions) for text in (*config.train_only, *config.compare.architectures)]
    networks = config.trainings
    epochs = networks * config.train.epochs
    supernet_state = supernet = trials = scored = 0
    if not config.train_only:
        whole = named_space(config, parts)
        searched = make_search_space(config, whole, dimensions)
        scored = planned_scores(config, searched)
        if not isinstance(whole, SlotSpace):
            plans.append(largest_cell(whole, dimensions))
        elif config.scored:
            plans.append(whole.decode(largest_path(whole.super_plan(dimensions))).plan(dimensions))
    if not config.train_only and not config.scored:
        space = make_space(config, parts)
        super_plan = space.super_plan(dimensions)
        plans.append(space.decode(largest_path(super_plan)).plan(dimensions))
        epochs += config.supernet.epochs
        supernet = _weights(super_plan) + _HEADER
        if config.run.supernet is None:
            supernet_state = 2 * _state(super_plan, config.supernet)
        trials = planned(config, searched)
    largest = largest_of(plans)
    layers = sum(layer.positions > 0 for layer in largest.layers()) + 1
    study = _STUDY + trials * (_TRIAL + _LAYER * layers) if trials else 0
    study += _STUDY + scored * _SCORED if scored else 0
    records = _REPORT + _RECORDS + (trials + scored) * _REPORT_TRIAL + epochs * _EPOCH
    records += (facts["images"]["train"] + facts["images"]["validation"]) * _INDEX
    side_by_side = min(config.run.workers, networks)
    states = side_by_side * 2 * _state(largest, config.train)
    trained = networks * (_weights(largest) + _HEADER)
    # The supernet's state is there until its checkpoint is; networks are trained after that.
    peak = max(supernet_state + (supernet if supernet_state else 0), supernet + trained + states)
    return DiskUse(
        states=max(supernet_state, states),
        checkpoints=supernet + trained,
        study=study,
        records=records,
        peak=peak + study + records,
    )


def _weights(plan: Plan | SuperPlan) -> int:
    """Bytes of weights and of BatchNorm's running statistics: each convolution has one."""
    steps = [
        step.at(choice) if isinstance(step, SlotStep) else step
        for step in plan.steps
        for choice in range(len(step.candidates) if isinstance(step, SlotStep) else 1)
    ]
    layers = [layer for step in steps for layer in step.block.layers(step.input, step.channels, step.stride)]
    statistics = sum(2 * layer.output[0] for layer in layers if layer.kind == "conv")
    return _FLOAT * (parameters_of(plan) + statistics)


def _state(plan: Plan | SuperPlan, section: TrainingSection) -> int:
    """Bytes of a training's state: weights, statistics, for each weight the optimizer's moments, and its average."""
    moments = (2 if section.optimizer == "adam" else int(section.momentum > 0)) + int(section.ema > 0)
    return _weights(plan) + moments * _FLOAT * parameters_of(plan) + (1 + moments) * _HEADER


def refuse_if_no_room(path: Path, config: Config, parts: Parts, facts: Mapping[str, Any]) -> None:
    """Before anything is written: whether the file system of `path` has as much room as the run will take.

    Raises:
        UserError: it has not; says what is needed and free, and the cures.
    """
    there = path.absolute()
    while not there.is_dir():
        there = there.parent
    needed, free = disk_use(config, parts, facts).peak, shutil.disk_usage(there).free
    if needed > free:
        raise UserError(
            f"this run would not fit on the disk: it needs about {in_words(needed)} at {path}, {in_words(free)} are "
            "free; cures: make room, another place with --run DIR, fewer networks in [compare], smaller "
            "network.channels"
        )


def disk_line(use: DiskUse) -> str:
    """One line: the most at one time, and what makes it."""
    parts = {
        "trainings under way": use.states,
        "checkpoints": use.checkpoints,
        "study": use.study,
        "report and records": use.records,
    }
    listed = ", ".join(f"{name} {in_words(size)}" for name, size in parts.items() if size)
    return f"expected disk: at most {in_words(use.peak)} at one time ({listed})"
