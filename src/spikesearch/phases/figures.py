"""What a run stores of its trained networks: figures of each, over its repeats, against budgets and shared weights."""

import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spikesearch.architectures.describe import describe_plan
from spikesearch.assembly.workbench import Workbench
from spikesearch.phases.candidates import Candidate, candidates
from spikesearch.strategies.constraints import broken, measured_values
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.rank_correlation import Pair, RankCorrelation
from spikesearch.studies.progress import Reporter
from spikesearch.studies.scored import read_scored
from spikesearch.studies.study import read_trials
from spikesearch.training.checkpoints import load_checkpoint

logger = logging.getLogger("spikesearch")

RANKS = "rank_correlation.json"


def store_results(bench: Workbench, reporter: Reporter) -> None:
    """Write `results.json`, when every network is trained, and say what its reader must know."""
    wanted = candidates(bench)
    results = {candidate.name: _network(bench, candidate) for candidate in wanted}
    found = [{"label": one.label, "lam": one.lam, **results[one.name]} for one in wanted]
    ranks = _ranks(bench, list(results.values()))
    if ranks is not None:
        bench.folder.write_json(RANKS, ranks.as_dict())
        logger.info("%s", ranks)
    bench.folder.write_json("results.json", found)  # last: it says that the phase is done
    for line in broken(found):
        reporter.note(line)
        logger.warning("%s", line)


def _network(bench: Workbench, candidate: Candidate) -> dict[str, Any]:
    """The figures of an architecture: those of its first training, and over all of them if there are several."""
    repeats = [_training(bench, replace(candidate, repeat=repeat)) for repeat in range(bench.config.train.repeats)]
    counts = describe_plan(candidate.architecture.plan(bench.dimensions))
    stored = {
        "architecture": str(candidate.architecture),
        **repeats[0],
        "parameters": counts.parameters,
        "macs": counts.macs,
    }
    if not bench.dimensions.spiking:
        stored["spiking"] = False
    values = measured_values(Measurement.from_dict(repeats[0]["test"]))
    if len(repeats) > 1:
        spread = over_repeats(repeats)
        stored |= {"repeats": repeats, **spread}
        values = {name: statistics.fmean(_quantity(one, name) for one in repeats) for name in values}
    if checks := bench.constraints.checks({**values, "parameters": counts.parameters, "macs": counts.macs}):
        stored["constraints"] = checks
    return stored


def _quantity(repeat: Mapping[str, Any], name: str) -> float:
    return measured_values(Measurement.from_dict(repeat["test"]))[name]


def _training(bench: Workbench, candidate: Candidate) -> dict[str, Any]:
    """The figures of one training."""
    checkpoint = bench.folder.checkpoint(candidate.name)
    _, info = load_checkpoint(checkpoint, blocks=bench.parts.words)
    test = Measurement.from_dict(info.extra["test"])
    stored = info.extra.get("validation")
    validation = Measurement.from_dict(stored) if stored else None
    return {
        "accuracy": test.accuracy,
        "balanced_accuracy": test.balanced_accuracy,
        "validation_accuracy": validation.accuracy if validation else None,
        "validation_balanced_accuracy": validation.balanced_accuracy if validation else None,
        "spikes_per_image": test.spikes_per_image,
        "firing_rate": test.firing_rate,
        "checkpoint": str(checkpoint.relative_to(bench.folder.path)),
        "test": test.as_dict(),
        "validation": stored,
    }


SPREAD = ("accuracy", "balanced_accuracy", "validation_accuracy", "spikes_per_image", "firing_rate")
"""Figures whose mean and standard deviation over repeats are stored."""


def over_repeats(repeats: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """`accuracy_mean`, `accuracy_deviation` (n − 1) and so on; None of figures that were not measured."""
    found: dict[str, float | None] = {}
    for name in SPREAD:
        values = [one[name] for one in repeats if one[name] is not None]
        found[f"{name}_mean"] = statistics.fmean(values) if values else None
        found[f"{name}_deviation"] = statistics.stdev(values) if len(values) > 1 else None
    return found


def shared_figures(bench: Workbench) -> dict[str, Measurement]:
    """Architecture → its figures with the supernet's weights, of all that has any and may be trained."""
    folder = bench.folder
    if bench.config.train_only:
        stored = folder.config.get("source", {}).get("shared", {})
        return {text: Measurement.from_dict(values) for text, values in stored.items()}
    choice, trials = folder.read_json("winners.json"), read_trials(folder.study)
    found = {
        entry["architecture"]: Measurement.from_dict(entry["shared"])
        for entry in choice["comparisons"]
        if entry["shared"]
    }
    for entry in [*choice.get("chosen", ()), *choice["winners"]]:
        found[entry["architecture"]] = trials[entry["number"]].measurement
    return found


def known_scores(bench: Workbench) -> tuple[str, dict[str, float]]:
    """The score by which a search chose, and architecture → score of all that has one; nothing where none did."""
    if bench.config.train_only:
        source = bench.folder.config.get("source", {})
        return source.get("score", ""), source.get("scores", {})
    if not bench.config.scored:
        return "", {}
    choice, trials = bench.folder.read_json("winners.json"), read_scored(bench.folder.study)
    found = {entry["architecture"]: entry["score"] for entry in choice["comparisons"]}
    for entry in [*choice.get("chosen", ()), *choice["winners"]]:
        found[entry["architecture"]] = trials[entry["number"]].score
    return bench.config.search.score, found


def _ranks(bench: Workbench, results: Sequence[Mapping[str, Any]]) -> RankCorrelation | None:
    """How well shared weights, or a score, ranked what was trained; None for fewer than three networks."""
    part = "validation" if bench.config.train.on == "train" else "test"
    score, scores = known_scores(bench)
    if score:
        scored = [one for one in results if one["architecture"] in scores]
        accuracies = [
            statistics.fmean(repeat[part]["accuracy"] for repeat in one.get("repeats", [one])) for one in scored
        ]
        return RankCorrelation.of_scores(score, [scores[one["architecture"]] for one in scored], accuracies, part)
    shared = shared_figures(bench)
    pairs = [
        Pair(
            shared_accuracy=shared[one["architecture"]].accuracy,
            shared_spikes=shared[one["architecture"]].spikes_per_image,
            trained_accuracy=statistics.fmean(repeat[part]["accuracy"] for repeat in one.get("repeats", [one])),
            trained_spikes=statistics.fmean(repeat[part]["spikes_per_image"] for repeat in one.get("repeats", [one])),
        )
        for one in results
        if one["architecture"] in shared
    ]
    return RankCorrelation.of(pairs, part, spiking=bench.dimensions.spiking)
