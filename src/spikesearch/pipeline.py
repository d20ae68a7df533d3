"""The phases of a run: train a supernet, search it, train what was found, report. Each can be killed and resumed."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.forecast import forecast
from spikesearch.networks.builder import build_network
from spikesearch.networks.supernet import Supernet, build_supernet
from spikesearch.reporting import report_run
from spikesearch.reuse import borrow_supernet, check_supernet
from spikesearch.seeds import child_seed
from spikesearch.strategies.evaluator import Measurement
from spikesearch.studies.driver import planned_trials, search_loop
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import TrialRecord
from spikesearch.training.checkpoints import load_checkpoint, save_checkpoint
from spikesearch.training.loop import fit
from spikesearch.training.paths import uniform_paths
from spikesearch.training.watch import EpochReport
from spikesearch.workbench import Workbench, make_augmentation, make_strategy

logger = logging.getLogger("spikesearch")


@dataclass(frozen=True)
class Candidate:
    """A network beside others: what the run calls it, λ if it won a search, and whether it is trained from scratch."""

    label: str
    architecture: Architecture
    lam: float | None = None
    trained: bool = True

    @property
    def name(self) -> str:
        """File name of its checkpoint: the blocks, readable, and unique in the run."""
        return str(self.architecture).replace(": ", "-").replace(" ", "-")


def execute(bench: Workbench, reporter: Reporter) -> None:
    """Do what is left of a run. The caller holds its lock.

    Raises:
        UserError: the data or a stored file is not what the run was started with.
        RunError: training diverged, or the disk is full.
    """
    phases: dict[str, Callable[[Workbench, Reporter], None]] = {
        "supernet": train_supernet,
        "search": run_search,
        "train": train_networks,
        "report": lambda bench, reporter: report_run(bench.folder, bench.parts),
    }
    if not bench.folder.state(bench.config.phases).done and not bench.folder.metrics.read():
        reporter.note(forecast(bench))
    for phase in bench.config.phases:
        # A report may have been asked for before there was all to report.
        if phase in bench.folder.state(bench.config.phases).done and phase != "report":
            continue
        logger.info("phase %s begins", phase)
        began = time.perf_counter()
        phases[phase](bench, reporter)
        logger.info("phase %s took %.1f s in this session", phase, time.perf_counter() - began)
    bench.folder.finish()


def train_supernet(bench: Workbench, reporter: Reporter) -> None:
    """Phase 1: one set of weights for the whole space, one architecture drawn uniformly for every mini-batch."""
    if bench.config.run.supernet is not None:
        source = RunFolder.open(bench.config.run.supernet)
        check_supernet(source, bench.config, bench.folder.config["facts"])
        borrow_supernet(source, bench.folder)
        return
    seed = child_seed(bench.config.run.seed, "supernet")
    supernet = build_supernet(bench.space, bench.dimensions, bench.options, seed).to(bench.device)
    section = bench.config.supernet
    state = bench.folder.checkpoint("supernet.state")
    progress = _EpochProgress(bench, reporter, "supernet", "training the supernet", section.epochs)
    result = fit(
        supernet,
        bench.train_data,
        bench.training_options(section),
        augmentation=make_augmentation(section),
        normalisation=bench.normalisation,
        seed=seed,
        state_path=state,
        sample_path=uniform_paths(bench.space.choices, seed),
        on_step=progress.on_step,
        on_epoch=progress.on_epoch,
    )
    if result.average_spikes <= 0:
        raise RunError(
            "the supernet emits no spike, so no fitness can be computed: train it longer, or lower network.v_threshold"
        )
    save_checkpoint(
        bench.folder.checkpoint("supernet"),
        supernet,
        normalisation=bench.normalisation,
        extra={"average_spikes": result.average_spikes, "data": bench.config.data.model_dump(mode="json")},
    )
    state.unlink(missing_ok=True)
    logger.info("supernet trained: N_avg = %.1f spikes per image", result.average_spikes)


def run_search(bench: Workbench, reporter: Reporter) -> None:
    """Phase 2: the strategy proposes, the supernet's weights are inherited, D_val decides; once for each λ."""
    supernet, info = load_checkpoint(
        bench.folder.checkpoint("supernet"), bench.parts.words, compile=bench.config.run.compile is True
    )
    assert isinstance(supernet, Supernet)
    began = time.perf_counter()
    section = bench.config.search
    strategy = make_strategy(bench.config, bench.space)
    average_spikes = float(info.extra["average_spikes"])
    evaluator = SharedWeightsEvaluator(
        supernet.to(bench.device),
        bench.search_data,
        normalisation=bench.normalisation,
        batch_size=section.batch_size,
        precision=bench.config.run.precision,
    )
    settings = {
        "seed": bench.config.run.seed,
        "average_spikes": average_spikes,
        "search": section.model_dump(mode="json"),
    }
    store = TrialStore.open(bench.folder.study, bench.space, settings)
    total = planned_trials(bench.space, strategy, section.lambdas)
    reporter.phase("searching", total, len(store))

    def on_trial(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        reporter.advance(done, f"λ {best.lam:g}: best {100 * best.accuracy:.1f}% {best.spikes_per_image:,.0f} spikes")

    results = search_loop(
        bench.space,
        strategy,
        evaluator,
        store,
        lams=section.lambdas,
        fitness=bench.fitness,
        average_spikes=average_spikes,
        seed=child_seed(bench.config.run.seed, "search"),
        on_trial=on_trial,
    )
    winners = [
        {
            "lam": result.lam,
            "architecture": result.winner.architecture,
            "number": result.winner.number,
            "fitness": result.winner.fitness,
            "outcome": str(result.outcome),
        }
        for result in results
    ]
    compared = comparisons(bench)
    inside = [candidate.architecture for candidate in compared if candidate.architecture in bench.space]
    shared = dict(zip(map(str, inside), evaluator.evaluate(inside), strict=True))
    beside = [
        {
            "label": candidate.label,
            "architecture": str(candidate.architecture),
            "shared": shared[str(candidate.architecture)].as_dict() if candidate.architecture in inside else None,
        }
        for candidate in compared
    ]
    seconds = time.perf_counter() - began
    bench.folder.write_json("winners.json", {"winners": winners, "comparisons": beside, "seconds": seconds})
    for result in results:
        logger.info("λ = %g: winner %s, %s", result.lam, result.winner.architecture, result.outcome)


def comparisons(bench: Workbench) -> list[Candidate]:
    """The networks that the recipe puts beside the winners, those that are trained first."""
    section = bench.config.compare
    drawn = section.random + section.random_estimates
    found = [_random(bench, index, drawn) for index in range(drawn)]
    named = [_named(bench, text) for text in section.architectures]
    estimates = [replace(candidate, trained=False) for candidate in found[section.random :]]
    estimates += [replace(_named(bench, text), trained=False) for text in section.estimates]
    return [*named, *found[: section.random], *estimates]


def _named(bench: Workbench, text: str) -> Candidate:
    architecture = bench.architecture(text)
    return Candidate(_label(text, architecture), architecture)


def _random(bench: Workbench, index: int, count: int) -> Candidate:
    rng = np.random.default_rng(child_seed(bench.config.run.seed, "compare", index))
    return Candidate("random" if count == 1 else f"random {index + 1}", bench.space.sample(rng))


def _label(text: str, architecture: Architecture) -> str:
    slots = {str(block) for block in getattr(architecture, "slots", ())}
    return f"all {slots.pop()}" if len(slots) == 1 else text


def candidates(bench: Workbench) -> list[Candidate]:
    """Everything that the run trains from scratch, winners first."""
    if bench.config.train_only:
        return [_named(bench, text) for text in bench.config.train_only]
    stored = bench.folder.read_json("winners.json")
    won = [
        Candidate(f"λ = {entry['lam']:g}", bench.architecture(entry["architecture"]), entry["lam"])
        for entry in stored["winners"]
    ]
    return won + [candidate for candidate in comparisons(bench) if candidate.trained]


def train_networks(bench: Workbench, reporter: Reporter) -> None:
    """Phase 3: each network from scratch, then one look at the test part, stored with its weights."""
    found: list[dict[str, Any]] = []
    results: dict[str, dict[str, Any]] = {}
    for candidate in candidates(bench):
        # Two λ may choose the same architecture: it is trained, and tested, once.
        if candidate.name not in results:
            results[candidate.name] = _train_one(bench, reporter, candidate)
        found.append({"label": candidate.label, "lam": candidate.lam, **results[candidate.name]})
    bench.folder.write_json("results.json", found)


def _train_one(bench: Workbench, reporter: Reporter, candidate: Candidate) -> dict[str, Any]:
    checkpoint = bench.folder.checkpoint(candidate.name)
    if not checkpoint.is_file():
        _train_and_test(bench, reporter, candidate)
    _, info = load_checkpoint(checkpoint, blocks=bench.parts.words)
    test = Measurement.from_dict(info.extra["test"])
    validation = info.extra.get("validation")
    plan = candidate.architecture.plan(bench.dimensions)
    layers = plan.layers()
    return {
        "architecture": str(candidate.architecture),
        "accuracy": test.accuracy,
        "validation_accuracy": Measurement.from_dict(validation).accuracy if validation else None,
        "spikes_per_image": test.spikes_per_image,
        "firing_rate": test.firing_rate,
        "parameters": sum(layer.parameters for layer in layers),
        "macs": sum(layer.macs * layer.applications for layer in layers),
        "checkpoint": str(checkpoint.relative_to(bench.folder.path)),
        "test": test.as_dict(),
        "validation": validation,
    }


def _train_and_test(bench: Workbench, reporter: Reporter, candidate: Candidate) -> None:
    section = bench.config.train
    seed = child_seed(bench.config.run.seed, "train", str(candidate.architecture))
    network = build_network(candidate.architecture.plan(bench.dimensions), bench.options, seed).to(bench.device)
    state = bench.folder.checkpoint(f"{candidate.name}.state")
    everything = section.on == "train+validation"
    reporter.note(f"{candidate.label}: {candidate.architecture}")
    progress = _EpochProgress(bench, reporter, candidate.name, f"training {candidate.label}", section.epochs)
    fit(
        network,
        bench.all_training_data if everything else bench.train_data,
        bench.training_options(section),
        augmentation=make_augmentation(section),
        normalisation=bench.normalisation,
        seed=seed,
        state_path=state,
        on_step=progress.on_step,
        on_epoch=progress.on_epoch,
    )
    measuring: dict[str, Any] = {
        "normalisation": bench.normalisation,
        "batch_size": bench.config.search.batch_size,
        "precision": bench.config.run.precision,
    }
    extra: dict[str, Any] = {
        "data": bench.config.data.model_dump(mode="json"),
        "dataset": bench.dataset.name,  # the user's own one has a name that the configuration does not know
        "precision": bench.config.run.precision,
    }
    if not everything:
        extra["validation"] = measure(network, bench.validation_data, **measuring).as_dict()
    tested = measure(network, bench.test_data(), **measuring)
    extra["test"] = tested.as_dict()
    save_checkpoint(bench.folder.checkpoint(candidate.name), network, normalisation=bench.normalisation, extra=extra)
    state.unlink(missing_ok=True)
    logger.info(
        "%s (%s): test accuracy %.4f, %.1f spikes per image",
        candidate.label,
        candidate.architecture,
        tested.accuracy,
        tested.spikes_per_image,
    )


class _EpochProgress:
    """Passes a training's progress on to the reporter and its epochs to the run's metrics."""

    def __init__(self, bench: Workbench, reporter: Reporter, part: str, title: str, epochs: int) -> None:
        self._bench = bench
        self._reporter = reporter
        self._part = part
        self._title = title
        self._epochs = epochs
        self._started = False
        self._detail = ""

    def on_step(self, done: int, total: int) -> None:
        """`done` of `total` steps of the whole training."""
        if not self._started:
            self._reporter.phase(self._title, total, done - 1)
            self._started = True
        self._reporter.advance(done, self._detail)

    def on_epoch(self, report: EpochReport) -> None:
        """An epoch has ended: one line of metrics."""
        self._bench.folder.metrics.append(self._part, **report.as_dict())
        self._detail = f"epoch {report.epoch + 1}/{self._epochs}, loss {report.loss:.4f}, {100 * report.accuracy:.1f}%"
        logger.info("%s: %s, %.0f spikes per image", self._part, self._detail, report.spikes_per_image)
