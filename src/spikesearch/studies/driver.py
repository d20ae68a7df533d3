"""The search itself: asks a strategy for architectures, has them measured, and logs each one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from spikesearch.errors import RunError, UserError
from spikesearch.strategies.constraints import NOT_WITH_RACING, UNCONSTRAINED, Constraints
from spikesearch.strategies.evaluator import Evaluator
from spikesearch.strategies.objectives import Fitness
from spikesearch.strategies.racing import Racing, RacingEvaluator
from spikesearch.strategies.strategy import Scored, Space, Strategy
from spikesearch.studies.finalists import Finalist
from spikesearch.studies.log import Score, SearchLog, finite
from spikesearch.studies.proposals import Outcome, Proposals
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import TrialRecord, best_trial


@dataclass(frozen=True)
class SearchResult:
    """What the search for one λ found.

    Attributes:
        lam: λ.
        winner: highest fitness; of equals fewer spikes, then the text that sorts first. One that breaks a measured
            constraint (its `violation` is not 0) only if none keeps all.
        outcome: why it ended.
        trials: all its trials, in order; of a strategy that does not look at fitness those of the first λ, as this λ
            scores them.
        finalists: those that were measured again, the winner first; then `winner` has the new figures. None of a search
            that ended without.
    """

    lam: float
    winner: TrialRecord
    outcome: Outcome
    trials: tuple[TrialRecord, ...]
    finalists: tuple[Finalist, ...] = ()


class OnTrial(Protocol):
    """Called after each trial that was added (not for those that a resumed search found in the study)."""

    def __call__(self, done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        """`done` of at most `total` trials over all λ are stored; `record` is the newest, `best` the best of its λ."""
        ...


def planned_trials(space: Space, strategy: Strategy, lams: Sequence[float]) -> int:
    """Most trials that a search over these λ can have: the budget, or the whole space if it is smaller, for each.

    A strategy that does not look at fitness has the same trials for every λ; they are stored once.
    """
    return (len(lams) if strategy.fitness_matters else 1) * min(strategy.budget, space.size)


def search_loop(
    space: Space,
    strategy: Strategy,
    evaluator: Evaluator,
    store: TrialStore,
    *,
    lams: Sequence[float],
    fitness: Fitness,
    average_spikes: float,
    seed: int,
    source: str = "shared-weights",
    racing: Racing | None = None,
    constraints: Constraints = UNCONSTRAINED,
    on_trial: OnTrial | None = None,
) -> list[SearchResult]:
    """Search once for each λ, with one evaluator; go on where the study in `store` ends.

    The proposals are computed anew from the start, and only what the study lacks is measured: so the study holds the
    same trials in the same order however often the search was killed. An architecture measured under one λ is only
    scored under the next; its trial names the one it repeats. The trials and the winner of a λ do not depend on which
    others stand in the list; all start from the same first generation, which is measured once. A strategy that does not
    look at fitness searches for the first λ, and the others only score its trials: those are not stored again.

    With racing a generation is measured as a whole, and once more as a whole if the study has only a part of it. What
    was stopped early under one λ is measured anew if another proposes it.

    An exception, KeyboardInterrupt included, leaves a study of whole trials to go on from.

    Args:
        space: where to search; with constraints of parameters or MACs a `ConstrainedSpace`.
        strategy: what to evaluate next.
        evaluator: measures accuracy and spikes on the validation images.
        store: the study.
        lams: λ of each search, in order, all different.
        fitness: scores a measurement under λ, for example `exponential_fitness`.
        average_spikes: N_avg, the supernet's mean spikes per image.
        seed: the run's seed.
        source: how the evaluator measures; stored with each trial.
        racing: stops candidates early that are out of the best; needs a `RacingEvaluator`, and a fitness that grows
            with accuracy and falls with spikes. None measures all on all images.
        constraints: what is measured of them ranks candidates before fitness does, for parents and for the winner.
        on_trial: hears of each new trial.

    Raises:
        UserError: no λ, the same λ twice, a value that `fitness` refuses, or racing where it cannot be.
        RunError: the study holds other trials than this search has, or a fitness or measurement is unusable.
    """
    if not lams or len(set(lams)) != len(lams):
        raise UserError(f"λ = {list(lams)}: give at least one, and each only once")

    if racing is not None and not strategy.fitness_matters:
        raise UserError(f"racing with {type(strategy).__name__}: it measures all on all images, which is its point")

    if racing is not None and constraints.measured:
        raise UserError(f"racing with the constraint {constraints.measured[0]}: {NOT_WITH_RACING}")

    if racing is not None and not isinstance(evaluator, RacingEvaluator):
        raise UserError(f"racing with {type(evaluator).__name__}: it cannot stop a measurement; leave racing out")

    def score(accuracy: float, spikes: float, lam: float) -> float:
        return fitness(accuracy, spikes, average_spikes, lam)

    total = planned_trials(space, strategy, lams)
    log = SearchLog(
        store,
        score,
        source,
        racing,
        constraints,
        lambda done, record, best: on_trial and on_trial(done, total, record, best),
    )
    if strategy.fitness_matters:
        return [_search_one(space, strategy, evaluator, log, lam, seed, constraints) for lam in lams]
    first = _search_one(space, strategy, evaluator, log, lams[0], seed, constraints)
    return [first, *(_scored_again(first, lam, score) for lam in lams[1:])]


def _scored_again(result: SearchResult, lam: float, score: Score) -> SearchResult:
    trials = tuple(
        replace(
            trial,
            lam=lam,
            fitness=finite(score(trial.accuracy, trial.spikes_per_image, lam), trial.architecture),
        )
        for trial in result.trials
    )
    return SearchResult(lam, best_trial(trials), result.outcome, trials)


def _search_one(
    space: Space,
    strategy: Strategy,
    evaluator: Evaluator,
    log: SearchLog,
    lam: float,
    seed: int,
    constraints: Constraints,
) -> SearchResult:
    history: list[Scored] = []
    proposals = Proposals(space, strategy, seed)
    for generation, proposed in proposals.after(history):
        trials = log.extend(proposed, evaluator, lam, generation)
        history += [
            Scored(
                architecture,
                trial.fitness,
                complete=not trial.stopped_early,
                violation=_violation(trial, constraints),
            )
            for architecture, trial in zip(proposed, trials, strict=True)
        ]
    found = log.finish(lam)
    if not found:
        raise RunError(
            f"{type(strategy).__name__} proposed nothing: it needs at least one round and a space that is not empty"
        )
    return SearchResult(lam, best_trial(found), proposals.outcome, found)


def _violation(trial: TrialRecord, constraints: Constraints) -> float:
    """What strategies go by. A silent network keeps any budget of spikes, and is no parent for anything."""
    return math.inf if constraints.measured and trial.spikes_per_image == 0 else trial.violation
