"""The study as a search sees it: first the trials of an earlier session, then the new ones."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError
from spikesearch.strategies.constraints import Constraints
from spikesearch.strategies.evaluator import Evaluator, Measurement
from spikesearch.strategies.racing import Race, Racing, RacingEvaluator
from spikesearch.studies.study import TrialStore
from spikesearch.studies.trial import TrialRecord, best_trial

Score = Callable[[float, float, float], float]
"""Fitness of (accuracy, spikes per image, λ)."""


def finite(fitness: float, architecture: object) -> float:
    """The fitness, made sure of: a user's own objective may give anything."""
    if not math.isfinite(fitness):
        raise RunError(f"the fitness of {architecture} is {fitness}: it must be a finite number")
    return fitness


class SearchLog:
    """The study as a search sees it: first the trials of an earlier session, then the new ones.

    Args:
        store: the study.
        score: fitness under a λ.
        source: how the evaluator measures; stored with each trial.
        racing: how candidates race, if they do.
        constraints: the measured ones of them are stored with each trial.
        announce: hears of each new trial: how many there are over all λ, the trial, and the best of its λ.
    """

    def __init__(
        self,
        store: TrialStore,
        score: Score,
        source: str,
        racing: Racing | None,
        constraints: Constraints,
        announce: Callable[[int, TrialRecord, TrialRecord], object],
    ) -> None:
        self._store = store
        self._score = score
        self._source = source
        self._racing = racing
        self._constraints = constraints
        self._announce = announce
        self._stored: dict[float, deque[TrialRecord]] = {}
        self._measured: dict[str, TrialRecord] = {}  # architecture → the trial that measured it on all images
        for record in store.load():
            self._stored.setdefault(record.lam, deque()).append(record)
            self._note(record)
        self._trials: dict[float, list[TrialRecord]] = {}
        self._best: dict[float, TrialRecord] = {}

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
        self._take(record, lam)
        return record

    def _take(self, record: TrialRecord, lam: float) -> TrialRecord:
        """A trial more of λ; returns the best of them, which is not looked for among all of them each time."""
        self._trials.setdefault(lam, []).append(record)
        self._best[lam] = best_trial((self._best.get(lam, record), record))
        return self._best[lam]

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
        fitness = finite(self._score(measurement.accuracy, measurement.spikes_per_image, lam), architecture)
        record = self._store.add(
            architecture,
            measurement,
            lam=lam,
            fitness=fitness,
            generation=generation,
            source=first.source if first else self._source,
            reused_from=first.number if first else None,
            stopped_early=self._racing is not None and measurement.images < images,
            excesses=self._constraints.excesses(measurement),
        )
        self._note(record)
        best = self._take(record, lam)
        self._announce(sum(map(len, self._trials.values())), record, best)
        return record
