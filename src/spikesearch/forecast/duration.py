"""How long a run will take, said before it starts."""

import math
import time
from collections.abc import Mapping

import numpy as np

from spikesearch.architectures.plan import SlotStep, Step
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.assembly.making import make_augmentation, named_space, planned, planned_scores
from spikesearch.assembly.scoring import make_scorer
from spikesearch.assembly.workbench import Workbench
from spikesearch.config.sections import Config
from spikesearch.forecast.words import duration
from spikesearch.networks.builder import build_network
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.supernet import build_supernet
from spikesearch.seeds import child_seed
from spikesearch.training.estimate import estimate_seconds
from spikesearch.training.paths import PathSampler, uniform_paths
from spikesearch.training.plan_sizes import largest_of

# To store a trial: `python -m benchmarks storage`.
_SECONDS_OF_A_TRIAL = 0.013
# Of the blocks of an evolution's candidates about half ran already, for others of their generation or an earlier one.
_NEW_SHARE = 1 / 2
_SCORED = 3  # candidates whose scoring is timed
# Statistics are computed from the stem on, for paths that are measured together: of 20 candidates some 60% of the
# blocks differ, and what is kept from earlier ones divides them.
_RECALIBRATED_SHARE = 0.7
# Finalists are measured in fp32: twice the time of bf16, as convolutions of so few channels take on a CPU.
_FP32_FACTOR = {"fp32": 1.0, "bf16": 2.0}


def forecast_seconds(bench: Workbench) -> dict[str, float]:
    """Seconds that each phase of a new run will take; costs a few training steps on a scratch copy.

    A network from scratch is taken to cost as much per image as an average path of the supernet, or of its own space's
    supernet where no supernet is trained. Of cells, which have none, the largest network is timed, or where they are
    searched one that is drawn: the winner is not known yet.

    Returns:
        `supernet`, `search` and `train`, those that the run has.
    """
    config = bench.config
    seed = child_seed(config.run.seed, "forecast")
    section = config.train if config.train_only or config.scored else config.supernet
    space = named_space(config, bench.parts)
    sample_path: PathSampler | None = None
    if isinstance(space, SlotSpace):
        network: SpikingNetwork = build_supernet(space, bench.dimensions, bench.options, seed)
        sample_path = uniform_paths(space.choices, seed)
    else:
        texts = config.train_only or [str(bench.search_space.sample(np.random.default_rng(seed)))]
        plans = [bench.architecture(text).plan(bench.dimensions) for text in texts]
        network = build_network(largest_of(plans), bench.options, seed)
    whole = estimate_seconds(
        network,
        bench.train_data,
        bench.training_options(section),
        augmentation=make_augmentation(section),
        normalisation=bench.normalisation,
        sample_path=sample_path,
    )
    per_image = whole / section.epochs / len(bench.train_data)
    lambdas = [] if config.train_only else config.search.lambdas
    images = len(bench.train_data) if config.train.on == "train" else len(bench.all_training_data)
    # Of several processes each computes its part of every batch; the search is the first one's alone.
    together = 1 if bench.crew is None else bench.crew.launch.size
    without = config.train_only or config.scored or config.run.supernet
    seconds = {} if without else {"supernet": whole / together}
    if lambdas:
        shared = 0.0 if config.scored else _search_seconds(bench, per_image * _forward_share(config))
        seconds["search"] = shared + _scoring_seconds(bench, seed)
    if "train" not in config.phases:
        return seconds
    # Each worker trains one network at a time; processes that train together have no workers.
    trainings = config.trainings
    rounds = -(-trainings // config.run.workers) if bench.crew is None else trainings
    seconds["train"] = rounds * config.train.epochs * images * per_image / together
    return seconds


def time_line(seconds: Mapping[str, float]) -> str:
    """One line: the time of all phases, and of each."""
    if not seconds:
        return "expected time: not estimated, since that takes a few steps in memory that is not there"
    names = {"train": "training"}
    parts = ", ".join(f"{names.get(name, name)} {duration(value)}" for name, value in seconds.items())
    return f"expected time: {duration(sum(seconds.values()))} ({parts})"


def _forward_share(config: Config) -> float:
    """Forward pass / training step: backward passes cost twice the forward one, and each saving repeats it once."""
    repeated = int(config.run.recompute) + int(config.run.time_chunk > 0)
    return 1 / (3 + repeated)


def _scoring_seconds(bench: Workbench, seed: int) -> float:
    """Of the candidates that are scored without training, from a few that are drawn and scored now."""
    config = bench.config
    if not (count := planned_scores(config, bench.search_space)):
        return 0.0
    rng = np.random.default_rng(seed)
    drawn = [bench.search_space.sample(rng) for _ in range(1 + _SCORED)]
    data = bench.train_data
    scorer = make_scorer(config, bench.dimensions, data.images, data.labels, bench.normalisation)
    list(scorer.scores(drawn[:1]))  # draws the batches
    began = time.perf_counter()
    list(scorer.scores(drawn[1:]))
    each = (time.perf_counter() - began) / _SCORED
    workers = config.run.workers if bench.device.type == "cpu" else 1
    return count * (each / workers + _SECONDS_OF_A_TRIAL)


def _search_seconds(bench: Workbench, per_image: float) -> float:
    """Of the search, if an image costs so much in a whole network."""
    section = bench.config.search
    trials = planned(bench.config, bench.search_space)
    # What a first stage keeps shares little of its first blocks, however it is searched.
    exhaustive = section.strategy == "exhaustive" and not section.first_stage
    share = trie_share([*bench.space.super_plan(bench.dimensions).steps]) if exhaustive else 1.0
    batches = -(-len(bench.search_data) // section.batch_size)  # divided among the workers
    workers = min(bench.config.run.workers, batches) if bench.device.type == "cpu" else 1
    measuring = trials * len(bench.search_data) * per_image * (share if exhaustive else _NEW_SHARE) / workers
    # Every worker computes all statistics for itself.
    recalibrating = trials * section.recalibrate * per_image * (share if exhaustive else _RECALIBRATED_SHARE)
    return measuring + recalibrating + trials * _SECONDS_OF_A_TRIAL + _finals_seconds(bench, trials, per_image)


def _finals_seconds(bench: Workbench, trials: int, per_image: float) -> float:
    """Of measuring finalists again, if each λ has others; they share first blocks as candidates of a search do."""
    section, images = bench.config.search, len(bench.validation_data)
    if not section.finalists:
        return 0.0
    finalists = min(len(section.lambdas) * section.finalists, trials)
    each = per_image * _FP32_FACTOR[bench.config.run.precision]
    workers = min(bench.config.run.workers, -(-images // section.batch_size)) if bench.device.type == "cpu" else 1
    return finalists * each * (_NEW_SHARE * images / workers + _RECALIBRATED_SHARE * section.recalibrate)


def trie_share(steps: list[Step | SlotStep]) -> float:
    """Work of all different first blocks of a space, as a share of that of all its architectures each by itself.

    A step runs once for each combination of the slots up to it, those behind the last slot for each architecture. Its
    work is taken to be its layers' outputs, as elements.
    """
    size = math.prod(len(step.candidates) for step in steps if isinstance(step, SlotStep))
    together, alone, prefixes = 0.0, 0.0, 1
    for step in steps:
        if isinstance(step, SlotStep):
            prefixes *= len(step.candidates)
            work = sum(_outputs(step.at(choice)) for choice in range(len(step.candidates))) / len(step.candidates)
        else:
            work = _outputs(step)
        together += prefixes * work
        alone += size * work
    return together / alone


def _outputs(step: Step) -> int:
    layers = step.block.layers(step.input, step.channels, step.stride)
    return sum(math.prod(layer.output) for layer in layers)
