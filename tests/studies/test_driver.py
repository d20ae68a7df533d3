"""The search: what it asks, what it stores, and that no kill changes it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.objectives import Fitness, exponential_fitness, linear_fitness
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Space, Strategy
from spikesearch.studies.driver import SearchResult, planned_trials, search_loop
from spikesearch.studies.proposals import Outcome
from spikesearch.studies.study import TrialStore, read_trials
from spikesearch.studies.trial import TrialRecord
from strategies.spaces import UnevenSpace
from strategies.tabular import TabularEvaluator, cost, worth
from studies import search_process

SPACE = get_space("autosnn")
TINY = UnevenSpace(["skip SCB3 SRB3", "SCB3", "SRB5", "skip SRB3", "SRB3 SRB5"])  # 12 architectures
SMALL = Evolution(rounds=3, population=4, parents=3, mutations=2, crossovers=2)
AVERAGE = 20_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


def search(
    path: Path,
    *,
    space: Space = SPACE,
    strategy: Strategy = SMALL,
    evaluator: TabularEvaluator | None = None,
    lams: Sequence[float] = (-0.08,),
    fitness: Fitness = exponential_fitness,
    average_spikes: float = AVERAGE,
    seed: int = 1,
    **keywords: object,
) -> list[SearchResult]:
    return search_loop(
        space,
        strategy,
        evaluator or TabularEvaluator(),
        TrialStore.open(path, space, {}),
        lams=lams,
        fitness=fitness,
        average_spikes=average_spikes,
        seed=seed,
        **keywords,  # type: ignore[arg-type]
    )


def content(trials: Sequence[TrialRecord]) -> list[tuple[object, ...]]:
    """What must not depend on the other λ of a search: all but number and reuse."""
    return [(trial.architecture, trial.generation, trial.fitness, trial.measurement) for trial in trials]


def test_trials_are_the_strategys_proposals_in_order(path: Path) -> None:
    evaluator = TabularEvaluator()
    (result,) = search(path, evaluator=evaluator)
    history: list[Scored] = []
    expected = []
    for generation in range(3):
        proposed = SMALL.propose(SPACE, history, generation, 1)
        for architecture in proposed:
            blocks = list(enumerate(map(str, architecture.slots)))  # type: ignore[attr-defined]
            accuracy = (100 + sum(worth(slot, block) for slot, block in blocks)) / 1000
            spikes = sum(cost(slot, block) for slot, block in blocks)
            history.append(Scored(architecture, accuracy * (spikes / AVERAGE) ** -0.08 if spikes else 0.0))
            expected.append((str(architecture), generation, history[-1].fitness))
    assert [(trial.architecture, trial.generation, trial.fitness) for trial in result.trials] == expected
    assert evaluator.asked == [text for text, _, _ in expected]
    assert read_trials(path) == list(result.trials)
    assert result.winner.fitness == max(scored.fitness for scored in history)
    assert result.outcome is Outcome.BUDGET_SPENT
    assert {(trial.lam, trial.source, trial.reused_from) for trial in result.trials} == {
        (-0.08, "shared-weights", None)
    }


def test_several_lambdas_share_measurements(path: Path, tmp_path: Path) -> None:
    lams = (0.0, -0.08, -0.24)
    evaluator = TabularEvaluator()
    results = search(path, lams=lams, evaluator=evaluator)
    assert len(evaluator.asked) == len(set(evaluator.asked)) < 3 * SMALL.budget
    trials = read_trials(path)
    assert [trial.lam for trial in trials] == [lam for lam in lams for _ in range(SMALL.budget)]
    first: dict[str, TrialRecord] = {}
    for trial in trials:
        source = first.setdefault(trial.architecture, trial)
        assert trial.reused_from == (None if source is trial else source.number)
        assert trial.measurement == source.measurement
        assert trial.fitness == exponential_fitness(trial.accuracy, trial.spikes_per_image, AVERAGE, trial.lam)
    # All begin with the same generation, so the second and third measure none of it.
    assert all(result.trials[0].architecture == results[0].trials[0].architecture for result in results)
    for lam, result in zip(lams, results, strict=True):
        (alone,) = search(tmp_path / f"{lam}.db", lams=[lam])
        assert content(result.trials) == content(alone.trials)
        assert result.winner.architecture == alone.winner.architecture


def test_an_exhaustive_search_is_stored_once_for_all_lambdas(path: Path, tmp_path: Path) -> None:
    lams = (-0.08, 0.0, -4.0)
    strategy = Exhaustive(rounds=4, population=3)
    assert planned_trials(TINY, strategy, lams) == 12
    results = search(path, space=TINY, strategy=strategy, lams=lams)
    trials = read_trials(path)
    assert {trial.architecture for trial in trials} == {str(architecture) for architecture in TINY}
    assert [trial.lam for trial in trials] == [-0.08] * 12
    for lam, result in zip(lams, results, strict=True):
        # The exact optimum, from a study of this λ alone; it carries the number of the stored trial.
        (alone,) = search(tmp_path / f"{lam}.db", space=TINY, strategy=strategy, lams=[lam])
        assert result.winner == alone.winner
        assert content(result.trials) == content(alone.trials)
        assert result.outcome is Outcome.BUDGET_SPENT
    assert len({result.winner.architecture for result in results}) > 1


def test_an_interrupted_exhaustive_search_goes_on_in_the_middle(path: Path, tmp_path: Path) -> None:
    class Interrupted(TabularEvaluator):
        def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
            for measurement in super().evaluate(architectures):
                if len(self.asked) == 8:
                    raise KeyboardInterrupt
                yield measurement

    keywords = {"space": TINY, "strategy": Exhaustive(rounds=3, population=4), "lams": (-0.08, 0.0)}
    with pytest.raises(KeyboardInterrupt):
        search(path, evaluator=Interrupted(), **keywords)  # type: ignore[arg-type]
    assert len(read_trials(path)) == 7
    rest = TabularEvaluator()
    results = search(path, evaluator=rest, **keywords)  # type: ignore[arg-type]
    assert len(rest.asked) == 5
    whole = search(tmp_path / "whole.db", **keywords)  # type: ignore[arg-type]
    assert results == whole
    assert read_trials(path) == read_trials(tmp_path / "whole.db")


def test_a_stronger_lambda_finds_fewer_spikes(path: Path) -> None:
    free, strict = search(path, lams=[0.0, -1.0])
    assert strict.winner.spikes_per_image < free.winner.spikes_per_image
    assert strict.winner.accuracy < free.winner.accuracy


def test_going_on_with_a_finished_search_measures_nothing(path: Path) -> None:
    before = search(path, lams=[-0.08, -0.16])
    evaluator = TabularEvaluator()
    assert search(path, lams=[-0.08, -0.16], evaluator=evaluator) == before
    assert evaluator.asked == []


def test_another_lambda_can_be_added_later(path: Path, tmp_path: Path) -> None:
    search(path, lams=[-0.08])
    later = search(path, lams=[-0.08, -0.24])
    assert later == search(tmp_path / "both.db", lams=[-0.08, -0.24])


class Interrupting(TabularEvaluator):
    """Raises while it works on one of its architectures."""

    def __init__(self, after: int, error: type[BaseException]) -> None:
        super().__init__()
        self.after, self.error = after, error

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        for measurement in super().evaluate(architectures):
            if len(self.asked) > self.after:
                raise self.error
            yield measurement


@pytest.mark.parametrize(("error", "after"), [(KeyboardInterrupt, 0), (KeyboardInterrupt, 13), (MemoryError, 4)])
def test_an_interrupted_search_goes_on(path: Path, tmp_path: Path, error: type[BaseException], after: int) -> None:
    with pytest.raises(error):
        search(path, evaluator=Interrupting(after, error), lams=[-0.08, -0.24])
    stored = read_trials(path)
    assert len([trial for trial in stored if trial.reused_from is None]) == after
    evaluator = TabularEvaluator()
    resumed = search(path, evaluator=evaluator, lams=[-0.08, -0.24])
    uninterrupted = TabularEvaluator()
    assert resumed == search(tmp_path / "whole.db", evaluator=uninterrupted, lams=[-0.08, -0.24])
    assert evaluator.asked == uninterrupted.asked[after:]


def kill_at_random_moments(path: Path, kills: int, rng: random.Random) -> int:
    """Run the search again and again, killing it -9; returns how often it was killed before it had finished."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, search_process.__file__, str(path), "0.004"]
    killed = 0
    for attempt in range(kills + 1):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if attempt < kills:
                for _ in range(rng.randrange(0, 14)):  # a number of trials, then any moment within one
                    process.stdout.readline()
                time.sleep(rng.uniform(0, 0.03))
                process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
    assert process.returncode == 0
    return killed


def test_kill_9_at_random_moments_changes_nothing(path: Path, tmp_path: Path) -> None:
    killed = kill_at_random_moments(path, 4, random.Random(20))
    assert killed >= 2
    search_process.search(tmp_path / "whole.db")
    assert read_trials(path) == read_trials(tmp_path / "whole.db")
    assert len(read_trials(path)) == 2 * search_process.STRATEGY.budget
    assert sorted(os.listdir(tmp_path)) == ["study.db", "whole.db"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_many_kills_change_nothing(path: Path, tmp_path: Path, seed: int) -> None:
    kill_at_random_moments(path, 12, random.Random(seed))
    search_process.search(tmp_path / "whole.db")
    assert read_trials(path) == read_trials(tmp_path / "whole.db")


def test_progress_is_told(path: Path) -> None:
    heard: list[tuple[int, int, int, str]] = []

    def on_trial(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        heard.append((done, total, record.number, best.architecture))

    with pytest.raises(KeyboardInterrupt):
        search(path, evaluator=Interrupting(5, KeyboardInterrupt), on_trial=on_trial)
    (result,) = search(path, on_trial=on_trial)  # the first five are not told again
    assert [(done, total, number) for done, total, number, _ in heard] == [(n + 1, 12, n) for n in range(12)]
    best = 0.0
    for trial, (_, _, _, architecture) in zip(result.trials, heard, strict=True):
        best = max(best, trial.fitness)
        (known,) = (other for other in result.trials if other.architecture == architecture)
        assert known.fitness == best


@pytest.mark.parametrize("strategy", [Evolution(), RandomSearch()])
def test_a_space_smaller_than_the_budget_is_emptied(path: Path, strategy: Strategy) -> None:
    results = search(path, space=TINY, strategy=strategy, lams=[0.0, -0.08])
    for result in results:
        assert result.outcome is Outcome.SPACE_EXHAUSTED
        assert sorted(trial.architecture for trial in result.trials) == sorted(map(str, TINY))
    assert str(results[0].outcome) == "space exhausted"
    assert planned_trials(TINY, strategy, [0.0, -0.08]) == 24
    assert planned_trials(SPACE, strategy, [0.0, -0.08]) == 400


def test_a_budget_of_exactly_the_space_is_spent(path: Path) -> None:
    (result,) = search(path, space=TINY, strategy=RandomSearch(rounds=3, population=4))
    assert (len(result.trials), result.outcome) == (12, Outcome.BUDGET_SPENT)


def test_linear_fitness(path: Path) -> None:
    (result,) = search(path, fitness=linear_fitness)
    for trial in result.trials:
        expected = trial.accuracy - 0.08 * trial.spikes_per_image / AVERAGE if trial.spikes_per_image else 0.0
        assert trial.fitness == pytest.approx(expected)


@pytest.mark.parametrize("lams", [[], [-0.08, -0.16, -0.08]])
def test_lambdas_that_cannot_be(path: Path, lams: list[float]) -> None:
    with pytest.raises(UserError, match=r"give at least one, and each only once"):
        search(path, lams=lams)


def test_values_the_fitness_refuses_are_the_users(path: Path) -> None:
    with pytest.raises(UserError, match=r"λ = 0.1: must be a finite number ≤ 0"):
        search(path, lams=[0.1])
    assert read_trials(path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"seed": 2},
            "trial 0 of the study is .* but this search proposes .* comes from another seed, space or strategy",
        ),
        ({"strategy": RandomSearch(rounds=3, population=4)}, "trial 4 of the study is .* comes from another seed"),
        ({"average_spikes": 30_000.0}, "trial 0 of the study has fitness .* comes from another fitness, λ or N_avg"),
        ({"fitness": linear_fitness}, "trial 0 of the study has fitness"),
        (
            {"strategy": Evolution(rounds=2, population=4, parents=3, mutations=2, crossovers=2)},
            "holds 4 more trials for λ = -0.08 than this search has: it comes from a larger budget",
        ),
    ],
)
def test_the_study_of_another_search_is_refused(path: Path, change: dict[str, object], message: str) -> None:
    search(path)
    with pytest.raises(RunError, match=message):
        search(path, **change)  # type: ignore[arg-type]
    assert len(read_trials(path)) == SMALL.budget


class Repeating(Strategy):
    """Breaks the promise never to propose what has been seen."""

    rounds, population = 2, 1

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        return [next(iter(space))]


class Silent(Strategy):
    """Never proposes anything."""

    rounds, population = 2, 1

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        return []


class Short(TabularEvaluator):
    """Measures less than it was asked to."""

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        return super().evaluate(architectures[:2])


def test_parts_that_break_their_promises_are_named(path: Path) -> None:
    with pytest.raises(RunError, match="Repeating proposed autosnn: skip skip skip skip skip twice"):
        search(path, strategy=Repeating())
    with pytest.raises(RunError, match="Silent proposed nothing"):
        search(path, strategy=Silent(), lams=[-0.5])
    with pytest.raises(RunError, match=r"the evaluator gave no measurement of autosnn: .*: it must give one for each"):
        search(path, evaluator=Short(), lams=[-0.04])


def test_a_fitness_that_is_no_number_is_refused(path: Path) -> None:
    with pytest.raises(RunError, match=r"the fitness of autosnn: .* is nan: it must be a finite number"):
        search(path, fitness=lambda accuracy, spikes, average_spikes, lam: float("nan"))
    assert read_trials(path) == []
