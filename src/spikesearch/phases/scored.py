"""Candidates that are scored without training: a search of its own, or the first stage of one with shared weights."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.describe import describe_plan
from spikesearch.assembly.making import make_first_stage, make_strategy, planned_scores
from spikesearch.assembly.workbench import Workbench
from spikesearch.config.sections import Config
from spikesearch.phases.candidates import comparisons
from spikesearch.phases.choosing import choose_scored
from spikesearch.processes.scoring import Scoring
from spikesearch.seeds import child_seed
from spikesearch.strategies.listed import ListedSpace
from spikesearch.strategies.score_names import caution
from spikesearch.strategies.strategy import Space, Strategy
from spikesearch.studies.progress import Reporter
from spikesearch.studies.scored import FIRST_STAGE, ScoredTrial, ScoreStore, ranked
from spikesearch.studies.scored_search import ScoredResult, scored_search

logger = logging.getLogger("spikesearch")

# What strategies go by. Not λ and the like, which a search by score does not have.
_SETTINGS = ("strategy", "rounds", "population", "parents", "mutations", "crossovers", "mutation_probability")


def run_scored(bench: Workbench, reporter: Reporter) -> None:
    """The search phase without a supernet: the strategy proposes, the score decides."""
    began = time.perf_counter()
    section = bench.config.search
    settings = {name: getattr(section, name) for name in _SETTINGS}
    if section.strategy == "predictor":
        settings |= {"initial": section.initial, "model": section.model}
    if section.constraints:
        settings["constraints"] = list(section.constraints)
    with scoring(bench, reporter) as scores:
        store = ScoreStore.open(bench.folder.study, bench.whole_space, score_settings(bench) | {"search": settings})
        strategy = make_strategy(bench.config, bench.search_space)
        result = _search(bench, reporter, "searching", strategy, scores, store)
        beside = _compared(bench, scores)
    chosen, _ = choose_scored(bench.config.train, result.trials)
    winner = result.winner
    stored: dict[str, Any] = {
        "lam": 0.0,
        "architecture": winner.architecture,
        "number": winner.number,
        "fitness": winner.score,
        "score": winner.score,
        "outcome": str(result.outcome),
    }
    if bench.constraints.every:
        stored["constraints"] = bench.constraints.checks({"parameters": winner.parameters, "macs": winner.macs})
    found: dict[str, Any] = {"winners": [stored], "comparisons": beside, "seconds": time.perf_counter() - began}
    if section.strategy == "random" and strategy.draws_again:
        found["draws"] = strategy.budget
    if bench.config.train.chooses_more:
        others = [one for one in chosen if one.trial.architecture != winner.architecture]
        found["chosen"] = [
            {"label": one.label, "architecture": one.trial.architecture, "number": one.trial.number} for one in others
        ]
        found["left_out"] = 0
    bench.folder.write_json("winners.json", found)
    logger.info("winner %s, %s %.6g, %s", winner.architecture, section.score, winner.score, result.outcome)


def first_stage(bench: Workbench, reporter: Reporter) -> tuple[Space, dict[str, Any]]:
    """The best of many scored candidates, as the space that shared weights search, and what is stored of it."""
    began = time.perf_counter()
    section = bench.config.search
    settings: dict[str, Any] = {"first_stage": section.first_stage}
    if section.constraints:
        settings["constraints"] = list(section.constraints)
    with scoring(bench, reporter) as scores:
        store = ScoreStore.open(
            bench.folder.path / FIRST_STAGE, bench.whole_space, score_settings(bench) | {"search": settings}
        )
        result = _search(bench, reporter, "scoring", make_first_stage(bench.config), scores, store)
    best = ranked(result.trials)[: section.keep]
    reporter.note(f"of {len(result.trials):,} candidates the best {len(best):,} by {section.score} are searched")
    space = ListedSpace(bench.search_space, [bench.architecture(trial.architecture) for trial in best])
    told = {"score": section.score, "scored": len(result.trials), "kept": len(best)}
    return space, {**told, "seconds": time.perf_counter() - began}


def scoring(bench: Workbench, reporter: Reporter) -> Scoring:
    """Who scores: one process, or as many as the recipe says, where they can."""
    data, wanted = bench.train_data, bench.config.run.workers
    reason = ""
    if bench.device.type != "cpu":
        reason = "several would wait for the same GPU"
    elif bench.parts.space is not None or bench.parts.blocks is not None:
        reason = "another one would not know your own blocks"
    if wanted > 1 and reason:
        reporter.note(f"candidates are scored by one process and not by {wanted}: {reason}")
    return Scoring(
        bench.config,
        bench.dimensions,
        data.images,
        data.labels,
        bench.normalisation,
        workers=1 if reason else wanted,
        threads=bench.threads,
    )


def score_settings(bench: Workbench) -> dict[str, Any]:
    """What the scores of a run depend on, as a study keeps it."""
    config: Config = bench.config
    settings: dict[str, Any] = {
        "seed": config.run.seed,
        "score": {"name": config.search.score, **config.score.model_dump(mode="json")},
    }
    if config.space.sampling != "uniform":
        settings["sampling"] = config.space.sampling
    return settings


def _search(
    bench: Workbench, reporter: Reporter, title: str, strategy: Strategy, scores: Scoring, store: ScoreStore
) -> ScoredResult:
    if doubt := caution(bench.config.search.score, [bench.whole_space.name]):
        reporter.note(doubt)
    reporter.phase(title, planned_scores(bench.config, bench.search_space), len(store))

    def on_trial(done: int, record: ScoredTrial, best: ScoredTrial) -> None:
        reporter.advance(done, f"best {bench.config.search.score} {best.score:.5g}")

    return scored_search(
        bench.search_space,
        strategy,
        scores.scores,
        store,
        seed=child_seed(bench.config.run.seed, "search"),
        source=f"score {bench.config.search.score}",
        counts=lambda architecture: _counts(bench, architecture),
        on_trial=on_trial,
    )


def _counts(bench: Workbench, architecture: Architecture) -> tuple[int, int]:
    counts = describe_plan(architecture.plan(bench.dimensions))
    return counts.parameters, counts.macs


def _compared(bench: Workbench, scores: Scoring) -> list[dict[str, Any]]:
    """The networks beside the winner, with their scores."""
    compared = comparisons(bench)
    architectures: Sequence[Architecture] = [candidate.architecture for candidate in compared]
    return [
        {"label": candidate.label, "architecture": str(candidate.architecture), "shared": None, "score": score}
        for candidate, score in zip(compared, scores.scores(architectures), strict=True)
    ]
