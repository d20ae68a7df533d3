"""A search by a training-free score: asks a strategy for architectures, has them scored, and logs each one."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError
from spikesearch.strategies.strategy import Scored, Space, Strategy
from spikesearch.studies.proposals import Outcome, Proposals
from spikesearch.studies.scored import ScoredTrial, ScoreStore, best_scored

Scores = Callable[[Sequence[Architecture]], Iterator[float]]
"""One score for each architecture, in the order given; that of an architecture depends on nothing else."""

Counts = Callable[[Architecture], tuple[int, int]]
"""Parameters and MACs of the network that would be trained."""


@dataclass(frozen=True)
class ScoredResult:
    """What a search by score found.

    Attributes:
        winner: the highest score; of equals fewer parameters, then the text that sorts first.
        outcome: why it ended.
        trials: all of them, in order.
    """

    winner: ScoredTrial
    outcome: Outcome
    trials: tuple[ScoredTrial, ...]


class OnScored(Protocol):
    """Called after each trial that was added (not for those that a resumed search found in the study)."""

    def __call__(self, done: int, record: ScoredTrial, best: ScoredTrial) -> None:
        """`done` trials are stored; `record` is the newest, `best` the best so far."""
        ...


def scored_search(
    space: Space,
    strategy: Strategy,
    scores: Scores,
    store: ScoreStore,
    *,
    seed: int,
    source: str,
    counts: Counts,
    on_trial: OnScored | None = None,
) -> ScoredResult:
    """Search by a score; go on where the study in `store` ends.

    As `search_loop` does, it computes all proposals anew and has only those scored that the study lacks: the study
    holds the same trials in the same order however often the search was killed. There is no λ and no N_avg: the score
    is the fitness.

    Args:
        space: where to search; with constraints of parameters or MACs a `ConstrainedSpace`.
        strategy: what to score next.
        scores: scores architectures.
        store: the study.
        seed: of the strategy.
        source: the score's name in words; stored with each trial.
        counts: what is stored beside a score.
        on_trial: hears of each new trial.

    Raises:
        RunError: the study holds other trials than this search has, a score is no finite number, or the strategy
            proposes nothing, or what it must not.
    """
    log = _Log(store, scores, source, counts, on_trial)
    history: list[Scored] = []
    proposals = Proposals(space, strategy, seed)
    for generation, proposed in proposals.after(history):
        trials = log.extend(proposed, generation)
        history += [Scored(one, trial.score) for one, trial in zip(proposed, trials, strict=True)]
    return log.result(strategy, proposals.outcome)


class _Log:
    """The study: first the trials of an earlier session, then the new ones."""

    def __init__(
        self, store: ScoreStore, scores: Scores, source: str, counts: Counts, on_trial: OnScored | None
    ) -> None:
        self._store = store
        self._scores = scores
        self._source = source
        self._counts = counts
        self._on_trial = on_trial
        self._stored = deque(store.load())
        self._trials: list[ScoredTrial] = []
        self._best: ScoredTrial | None = None

    def extend(self, proposed: Sequence[Architecture], generation: int) -> list[ScoredTrial]:
        """The trials of one generation, each stored as soon as it is scored."""
        begin = len(self._trials)
        for architecture in proposed[: len(self._stored)]:
            self._take(self._replayed(self._stored.popleft(), architecture, generation))
        missing = proposed[len(self._trials) - begin :]
        values = self._scores(missing) if missing else iter(())
        for architecture in missing:
            score = next(values, None)
            if score is None:
                raise RunError(f"there is no score of {architecture}: there must be one for each architecture")
            parameters, macs = self._counts(architecture)
            record = self._store.add(
                architecture, score, generation=generation, parameters=parameters, macs=macs, source=self._source
            )
            best = self._take(record)
            if self._on_trial is not None:
                self._on_trial(len(self._trials), record, best)
        return self._trials[begin:]

    def _take(self, record: ScoredTrial) -> ScoredTrial:
        self._trials.append(record)
        self._best = record if self._best is None else best_scored((self._best, record))
        return self._best

    def _replayed(self, record: ScoredTrial, architecture: Architecture, generation: int) -> ScoredTrial:
        if record.architecture == str(architecture) and record.generation == generation:
            return record
        raise RunError(
            f"trial {record.number} of the study is {record.architecture} in generation {record.generation}, but this "
            f"search proposes {architecture} in generation {generation}: the study comes from another seed, space or "
            "strategy, so start a new run"
        )

    def result(self, strategy: Strategy, outcome: Outcome) -> ScoredResult:
        """All of it, once the search has ended."""
        if self._stored:
            raise RunError(
                f"the study holds {len(self._stored)} more trials than this search has: it comes from a larger budget, "
                "so start a new run"
            )
        if self._best is None:
            raise RunError(
                f"{type(strategy).__name__} proposed nothing: it needs at least one round and a space that is not empty"
            )
        return ScoredResult(self._best, outcome, tuple(self._trials))
