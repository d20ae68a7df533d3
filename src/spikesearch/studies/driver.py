"""The search itself: asks a strategy for architectures, has them measured, and logs each one."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.evaluator import Evaluator, Measurement
from spikesearch.strategies.objectives import Fitness
from spikesearch.strategies.racing import Race, Racing, RacingEvaluator
from spikesearch.strategies.strategy import Scored, Space, Strategy
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import TrialRecord, best_trial


class Outcome(StrEnum):
    """Why a search ended."""

    BUDGET_SPENT = "budget spent"
    SPACE_EXHAUSTED = "space exhausted"


@dataclass(frozen=True)
class SearchResult:
    """What the search for one λ found.

    Attributes:
        lam: λ.
        winner: highest fitness; of equals fewer spikes, then the text that sorts first.
        outcome: why it ended.
        trials: all its trials, in order; of a strategy that does not look at fitness those of the first λ, as this λ
            scores them.
    """

    lam: float
    winner: TrialRecord
    outcome: Outcome
    trials: tuple[TrialRecord, ...]


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
        space: where to search.
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
        on_trial: hears of each new trial.

    Raises:
        UserError: no λ, the same λ twice, a value that `fitness` refuses, or racing where it cannot be.
        RunError: the study holds other trials than this search has, or a fitness or measurement is unusable.
    """
    if not lams or len(set(lams)) != len(lams):
        raise UserError(f"λ = {list(lams)}: give at least one, and each only once")

    if racing is not None and not strategy.fitness_matters:
        raise UserError(f"racing with {type(strategy).__name__}: it measures all on all images, which is its point")

    if racing is not None and not isinstance(evaluator, RacingEvaluator):
        raise UserError(f"racing with {type(evaluator).__name__}: it cannot stop a measurement; leave racing out")

    def score(accuracy: float, spikes: float, lam: float) -> float:
        return fitness(accuracy, spikes, average_spikes, lam)

    total = planned_trials(space, strategy, lams)
    log = _Log(
        store, score, source, racing, lambda done, record, best: on_trial and on_trial(done, total, record, best)
    )
    if strategy.fitness_matters:
        return [_search_one(space, strategy, evaluator, log, lam, seed) for lam in lams]
    first = _search_one(space, strategy, evaluator, log, lams[0], seed)
    return [first, *(_scored_again(first, lam, score) for lam in lams[1:])]


Score = Callable[[float, float, float], float]
"""Fitness of (accuracy, spikes per image, λ)."""


def _scored_again(result: SearchResult, lam: float, score: Score) -> SearchResult:
    trials = tuple(
        replace(
            trial,
            lam=lam,
            fitness=_finite(score(trial.accuracy, trial.spikes_per_image, lam), trial.architecture),
        )
        for trial in result.trials
    )
    return SearchResult(lam, best_trial(trials), result.outcome, trials)


def _finite(fitness: float, architecture: object) -> float:
    """The fitness, made sure of: a user's own objective may give anything."""
    if not math.isfinite(fitness):
        raise RunError(f"the fitness of {architecture} is {fitness}: it must be a finite number")
    return fitness


def _search_one(
    space: Space, strategy: Strategy, evaluator: Evaluator, log: "_Log", lam: float, seed: int
) -> SearchResult:
    history: list[Scored] = []
    outcome = Outcome.BUDGET_SPENT
    for generation in range(strategy.rounds):
        proposed = strategy.propose(space, tuple(history), generation, seed)
        if not proposed:
            outcome = Outcome.SPACE_EXHAUSTED
            break
        _check_proposals(strategy, proposed, history)
        trials = log.extend(proposed, evaluator, lam, generation)
        history += [
            Scored(architecture, trial.fitness, complete=not trial.stopped_early)
            for architecture, trial in zip(proposed, trials, strict=True)
        ]
    found = log.finish(lam)
    if not found:
        raise RunError(
            f"{type(strategy).__name__} proposed nothing: it needs at least one round and a space that is not empty"
        )
    return SearchResult(lam, best_trial(found), outcome, found)


def _check_proposals(strategy: Strategy, proposed: Sequence[Architecture], history: Sequence[Scored]) -> None:
    """A user's own strategy may break the promise of `Strategy.propose`; the study would then not replay."""
    seen = {scored.architecture for scored in history}
    for architecture in proposed:
        if architecture in seen:
            raise RunError(f"{type(strategy).__name__} proposed {architecture} twice: leave out what is in the history")
        seen.add(architecture)


class _Log:
    """The study as a search sees it: first the trials of an earlier session, then the new ones."""

    def __init__(
        self,
        store: TrialStore,
        score: Score,
        source: str,
        racing: Racing | None,
        announce: Callable[[int, TrialRecord, TrialRecord], object],
    ) -> None:
        self._store = store
        self._score = score
        self._source = source
        self._racing = racing
        self._announce = announce
        self._stored: dict[float, deque[TrialRecord]] = {}
        self._measured: dict[str, TrialRecord] = {}  # architecture → the trial that measured it on all images
        for record in store.load():
            self._stored.setdefault(record.lam, deque()).append(record)
            self._note(record)
        self._trials: dict[float, list[TrialRecord]] = {}

    def _note(self, record: TrialRecord) -> None:
        if not record.stopped_early:
            self._measured.setdefault(record.architecture, record)

    def finish(self, lam: float) -> tuple[TrialRecord, ...]:
        """All trials of λ, in order, once its search has ended."""
        if left := self._stored.get(lam):
            raise RunError(
                f"the study holds {len(left)} more trials for λ = {lam} than this search has: it comes from a larger "
                "budget, so start a new run"
            )
        return tuple(self._trials.get(lam, ()))

    def extend(
        self, proposed: Sequence[Architecture], evaluator: Evaluator, lam: float, generation: int
    ) -> list[TrialRecord]:
        """The trials of one generation: those the study has, then new ones, each stored as soon as it is measured."""
        known = self._stored.get(lam, deque())
        begin = known[0].number if known else len(self._store)  # number of the generation's first trial
        before = tuple(self._trials.get(lam, ()))
        trials = [
            self._replay(known.popleft(), architecture, lam, generation) for architecture in proposed[: len(known)]
        ]
        missing = proposed[len(trials) :]
        unmeasured = [architecture for architecture in missing if str(architecture) not in self._measured]
        measurements: Iterator[Measurement] = iter(())
        if unmeasured and isinstance(evaluator, RacingEvaluator) and self._racing is not None:
            race = self._race(proposed, evaluator, lam, before, begin)
            measurements = iter([race[str(architecture)] for architecture in unmeasured])
        elif unmeasured:
            measurements = iter(evaluator.evaluate(unmeasured))
        images = evaluator.images if isinstance(evaluator, RacingEvaluator) else 0
        for architecture in missing:
            trials.append(self._add(architecture, measurements, lam, generation, images))
        return trials

    def _race(
        self,
        proposed: Sequence[Architecture],
        evaluator: RacingEvaluator,
        lam: float,
        before: Sequence[TrialRecord],
        begin: int,
    ) -> dict[str, Measurement]:
        """Races a generation against the trials of this λ before it.

        All of it that was not measured when it began, also what the study holds already: each one's chances depend on
        all others, and a resumed search has to come to the same decisions.
        """
        assert self._racing is not None
        earlier = {text: record for text, record in self._measured.items() if record.number < begin}
        racing = [architecture for architecture in proposed if str(architecture) not in earlier]
        known = [earlier[str(architecture)] for architecture in proposed if str(architecture) in earlier]
        incumbents = [trial for trial in (*before, *known) if not trial.stopped_early]
        race = Race(
            racing=self._racing,
            images=evaluator.images,
            looks=evaluator.looks,
            candidates=len(racing),
            score=lambda accuracy, spikes: self._score(accuracy, spikes, lam),
            incumbents=[self._score(trial.accuracy, trial.spikes_per_image, lam) for trial in incumbents],
        )
        return dict(zip(map(str, racing), evaluator.race(racing, race.out), strict=True))

    def _replay(self, record: TrialRecord, architecture: Architecture, lam: float, generation: int) -> TrialRecord:
        fitness = self._score(record.accuracy, record.spikes_per_image, lam)
        if record.architecture != str(architecture) or record.generation != generation:
            raise RunError(
                f"trial {record.number} of the study is {record.architecture} in generation {record.generation}, but "
                f"this search proposes {architecture} in generation {generation}: the study comes from another seed, "
                "space or strategy, so start a new run"
            )
        # Equal bit for bit on the machine that wrote it; another one may round a power differently.
        if not math.isclose(fitness, record.fitness, rel_tol=1e-9, abs_tol=1e-12):
            raise RunError(
                f"trial {record.number} of the study has fitness {record.fitness}, this search computes {fitness}: the "
                "study comes from another fitness, λ or N_avg, so start a new run"
            )
        self._trials.setdefault(lam, []).append(record)
        return record

    def _add(
        self,
        architecture: Architecture,
        measurements: Iterator[Measurement],
        lam: float,
        generation: int,
        images: int,
    ) -> TrialRecord:
        first = self._measured.get(str(architecture))
        measurement = first.measurement if first else next(measurements, None)
        if measurement is None:
            raise RunError(f"the evaluator gave no measurement of {architecture}: it must give one for each")
        fitness = _finite(self._score(measurement.accuracy, measurement.spikes_per_image, lam), architecture)
        record = self._store.add(
            architecture,
            measurement,
            lam=lam,
            fitness=fitness,
            generation=generation,
            source=first.source if first else self._source,
            reused_from=first.number if first else None,
            stopped_early=self._racing is not None and measurement.images < images,
        )
        self._note(record)
        self._trials.setdefault(lam, []).append(record)
        self._announce(sum(map(len, self._trials.values())), record, best_trial(self._trials[lam]))
        return record
