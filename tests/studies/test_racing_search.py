"""A search whose candidates race: it finds what one without racing finds, and decides the same when it is resumed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.strategies.evolution import Evolution, top
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.racing import Racing
from spikesearch.strategies.strategy import Scored, Strategy
from spikesearch.studies.driver import SearchResult, search_loop
from spikesearch.studies.study import TrialStore, read_trials
from spikesearch.studies.trial import RacingEffect, TrialRecord, best_trial
from strategies.tabular import RacingTable, TabularEvaluator

SPACE = get_space("autosnn")
EVOLUTION = Evolution(rounds=5, population=16, parents=4, mutations=6, crossovers=6)
LAMS = (-0.08, -0.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


def search(
    path: Path,
    *,
    racing: Racing | None = Racing(4),  # noqa: B008 - frozen
    evaluator: TabularEvaluator | None = None,
    strategy: Strategy = EVOLUTION,
    lams: Sequence[float] = LAMS,
    interrupt: int | None = None,
) -> list[SearchResult]:
    def on_trial(done: int, total: int, record: TrialRecord, best: TrialRecord) -> None:
        if record.number == interrupt:
            raise KeyboardInterrupt

    return search_loop(
        SPACE,
        strategy,
        evaluator or RacingTable(),
        TrialStore.open(path, SPACE, {}),
        lams=lams,
        fitness=exponential_fitness,
        average_spikes=20_000.0,
        seed=3,
        racing=racing,
        on_trial=on_trial,
    )


def test_it_proposes_and_finds_what_a_search_without_racing_does(path: Path, tmp_path: Path) -> None:
    raced = search(path)
    full = search(tmp_path / "full.db", racing=None)
    for ours, theirs in zip(raced, full, strict=True):
        assert [trial.architecture for trial in ours.trials] == [trial.architecture for trial in theirs.trials]
        assert ours.winner.architecture == theirs.winner.architecture
        assert not ours.winner.stopped_early
        for mine, exact in zip(ours.trials, theirs.trials, strict=True):
            assert mine.stopped_early == (mine.images < 1000)
            if not mine.stopped_early:
                assert mine.measurement == exact.measurement
    effect = RacingEffect.of(read_trials(path), 1000)
    assert effect.stopped_early > 20
    measured = [trial for trial in read_trials(path) if trial.reused_from is None]
    assert effect.candidates == len(measured)
    assert effect.images_saved == 1 - sum(trial.images for trial in measured) / (1000 * len(measured)) > 0.1
    assert not RacingEffect.of(read_trials(tmp_path / "full.db"), 1000).images_saved


def test_what_was_stopped_under_one_lambda_is_measured_anew_under_the_next(path: Path) -> None:
    search(path)
    trials = read_trials(path)
    numbered = {trial.number: trial for trial in trials}
    again = 0
    for trial in trials:
        if trial.reused_from is not None:
            assert not numbered[trial.reused_from].stopped_early
            assert not trial.stopped_early
            assert trial.images == 1000
        elif trial.lam == LAMS[1]:
            before = [other for other in trials[: trial.number] if other.architecture == trial.architecture]
            assert all(other.stopped_early for other in before)
            again += bool(before)
    assert again > 3


@pytest.mark.parametrize(
    "numbers",
    [(80, 81, 130), *(pytest.param(kills, marks=pytest.mark.long) for kills in ((0, 7, 8), (15, 16), (20, 79), (94,)))],
)
def test_an_interrupted_search_decides_the_same(path: Path, tmp_path: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        with pytest.raises(KeyboardInterrupt):
            search(path, interrupt=number)
        assert len(read_trials(path)) == number + 1
    evaluator = RacingTable()
    resumed = search(path, evaluator=evaluator)
    assert resumed == search(tmp_path / "whole.db")
    assert read_trials(path) == read_trials(tmp_path / "whole.db")
    assert len(evaluator.asked) < 2 * 16 * 5 - numbers[-1] + 16
    nothing = RacingTable()
    search(path, evaluator=nothing)
    assert nothing.asked == []


def test_who_was_stopped_never_wins_nor_has_children_before_others() -> None:
    a, b, c = (SPACE.decode((index,) * 5) for index in range(3))
    history = [Scored(a, 9.0, complete=False), Scored(b, 0.1), Scored(c, 0.2)]
    assert [scored.architecture for scored in top(history, 2)] == [c, b]
    assert [scored.architecture for scored in top(history, 3)] == [c, b, a]
    keywords = {"digest": "", "lam": 0.0, "generation": 0, "firing_rate": 0.1, "layers": (), "source": ""}

    def trial(number: int, fitness: float, stopped: bool, spikes: float = 10.0) -> TrialRecord:
        return TrialRecord(
            number=number,
            architecture=str(number),
            fitness=fitness,
            accuracy=0.5,
            spikes_per_image=spikes,
            images=100,
            correct=50,
            stopped_early=stopped,
            **keywords,  # type: ignore[arg-type]
        )

    assert best_trial([trial(0, 9.0, True), trial(1, 0.1, False)]).number == 1
    assert best_trial([trial(0, 9.0, True), trial(1, 0.0, False, spikes=0.0)]).number == 1


def test_where_racing_cannot_be(path: Path) -> None:
    with pytest.raises(UserError, match="racing with Exhaustive: it measures all on all images"):
        search(path, strategy=Exhaustive.of(SPACE))
    with pytest.raises(UserError, match="racing with TabularEvaluator: it cannot stop a measurement"):
        search(path, evaluator=TabularEvaluator())
