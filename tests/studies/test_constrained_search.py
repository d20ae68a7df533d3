"""Searches with hard budgets: what is never measured, who comes first, and that no kill changes it."""

from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.costs import slot_costs
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.constraints import Constraints
from spikesearch.strategies.evolution import Evolution, top
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.feasible import ConstrainedSpace
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.strategies.racing import Racing
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Scored, Space, Strategy
from spikesearch.studies.driver import SearchResult, planned_trials, search_loop
from spikesearch.studies.proposals import Outcome
from spikesearch.studies.study import TrialStore, read_trials
from spikesearch.studies.trial import TrialRecord
from strategies.tabular import RacingTable, TabularEvaluator

SPACE = get_space("autosnn")
COSTS = slot_costs(SPACE.super_plan(SPACE.defaults))
SMALL = Evolution(rounds=3, population=5, parents=2, mutations=2, crossovers=2)


def search(
    path: Path,
    texts: Sequence[str],
    *,
    strategy: Strategy = SMALL,
    evaluator: TabularEvaluator | None = None,
    lams: Sequence[float] = (0.0, -0.3),
    **keywords: object,
) -> list[SearchResult]:
    constraints = Constraints.parse(texts)
    space: Space = ConstrainedSpace(SPACE, COSTS, constraints.arithmetic) if constraints.arithmetic else SPACE
    return search_loop(
        space,
        strategy,
        evaluator or TabularEvaluator(),
        TrialStore.open(path, space, {"constraints": list(texts)}),
        lams=lams,
        fitness=exponential_fitness,
        average_spikes=20_000.0,
        seed=1,
        constraints=constraints,
        **keywords,  # type: ignore[arg-type]
    )


def parameters(text: str) -> int:
    blocks = [str(block) for block in SPACE.candidates]
    return COSTS["parameters"].of(tuple(blocks.index(word) for word in text.partition(": ")[2].split()))


@pytest.mark.parametrize("strategy", [SMALL, RandomSearch(rounds=4, population=6)])
def test_what_breaks_a_budget_by_arithmetic_is_never_measured(tmp_path: Path, strategy: Strategy) -> None:
    evaluator = TabularEvaluator()
    search(tmp_path / "study.db", ["parameters<=200k"], strategy=strategy, evaluator=evaluator)
    assert evaluator.asked
    assert max(map(parameters, evaluator.asked)) <= 200_000
    assert max(parameters(trial.architecture) for trial in read_trials(tmp_path / "study.db")) <= 200_000


def test_an_exhaustive_search_skips_it_and_knows_how_many_are_left(tmp_path: Path) -> None:
    left = ConstrainedSpace(SPACE, COSTS, Constraints.parse(["parameters<=120k"]).arithmetic)
    strategy = Exhaustive.of(left)
    assert planned_trials(left, strategy, (0.0, -0.3)) == left.size
    results = search(tmp_path / "study.db", ["parameters<=120k"], strategy=strategy)
    assert {trial.architecture for trial in results[0].trials} == {
        str(one) for one in SPACE if parameters(str(one)) <= 120_000
    }
    assert len(results[0].trials) == left.size


def test_a_small_rest_is_searched_to_its_end(tmp_path: Path) -> None:
    (result,) = search(tmp_path / "study.db", ["parameters<=120k"], lams=[0.0])
    assert result.outcome is Outcome.SPACE_EXHAUSTED
    assert {trial.architecture for trial in result.trials} == {
        str(one) for one in SPACE if parameters(str(one)) <= 120_000
    }


def test_candidates_that_keep_measured_budgets_come_first(tmp_path: Path) -> None:
    free = search(tmp_path / "free.db", [], lams=[0.0])[0]
    budget = sorted(trial.spikes_per_image for trial in free.trials)[5]
    (result,) = search(tmp_path / "study.db", [f"spikes<={budget:.0f}"], lams=[0.0])
    for trial in result.trials:
        assert trial.violation == pytest.approx(max(0.0, trial.spikes_per_image / budget - 1))
    keeping = [trial for trial in result.trials if 0 < trial.spikes_per_image <= budget]
    assert result.winner in keeping
    assert result.winner.fitness == max(trial.fitness for trial in keeping)
    # Parents that keep it breed children that do: more of them than under no budget.
    assert len(keeping) > sum(0 < trial.spikes_per_image <= budget for trial in free.trials)


def test_optunas_own_front_leaves_out_what_breaks_a_budget(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    (result,) = search(path, ["spikes<=20k", "accuracy>=45%"], lams=[0.0])
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{path}")
    kept = [trial for trial in result.trials if not trial.violation]
    assert 0 < len(kept) < len(result.trials)
    front = {
        one.number
        for one in kept
        if not any(
            two.accuracy >= one.accuracy
            and two.spikes_per_image <= one.spikes_per_image
            and (two.accuracy, two.spikes_per_image) != (one.accuracy, one.spikes_per_image)
            for two in kept
        )
    }
    assert {trial.number for trial in study.best_trials} == front
    assert [trial.user_attrs.get("violation", 0.0) for trial in study.trials] == [
        trial.violation for trial in result.trials
    ]


def test_where_none_keeps_it_the_least_violation_wins(tmp_path: Path) -> None:
    (result,) = search(tmp_path / "study.db", ["accuracy>=99%"], lams=[-0.3])
    assert result.winner.violation == min(trial.violation for trial in result.trials) > 0
    # A network without spikes keeps any budget of spikes, and still wins nothing.
    (thrifty,) = search(tmp_path / "thrifty.db", ["spikes<1", "parameters<=120k"], lams=[0.0])
    silent = [trial for trial in thrifty.trials if trial.spikes_per_image == 0]
    assert silent
    assert thrifty.winner.spikes_per_image == min(t.spikes_per_image for t in thrifty.trials if t not in silent)


def test_violations_rank_before_fitness_and_stopped_ones_last() -> None:
    one = [SPACE.decode((k, 0, 0, 0, 0)) for k in range(5)]
    history = [
        Scored(one[0], 0.1),
        Scored(one[1], 0.9, violation=0.5),
        Scored(one[2], 0.2, violation=0.1),
        Scored(one[3], 0.3),
        Scored(one[4], 0.99, complete=False),
    ]
    assert [scored.fitness for scored in top(history, 5)] == [0.3, 0.1, 0.2, 0.9, 0.99]


class StoppedError(Exception):
    """The process is gone."""


@pytest.mark.parametrize("texts", [["spikes<=20k"], ["spikes<=20k", "parameters<=300k"]])
def test_a_search_that_was_stopped_anywhere_ends_with_the_same_trials(tmp_path: Path, texts: list[str]) -> None:
    whole = search(tmp_path / "whole.db", texts)
    path = tmp_path / "stopped.db"
    for moment in (1, 8, 19):

        def stop(done: int, total: int, record: TrialRecord, best: TrialRecord, moment: int = moment) -> None:
            if done == moment:
                raise StoppedError

        with pytest.raises(StoppedError):
            search(path, texts, on_trial=stop)
    again = search(path, texts)
    assert [result.trials for result in again] == [result.trials for result in whole]
    assert [result.winner for result in again] == [result.winner for result in whole]


def test_racing_goes_with_arithmetic_only(tmp_path: Path) -> None:
    racing = {"racing": Racing(keep=3), "evaluator": RacingTable(), "lams": [0.0]}
    with pytest.raises(UserError, match=r"racing with the constraint spikes<=20000: .* leave racing out, or constrain"):
        search(tmp_path / "measured.db", ["spikes<=20k"], **racing)  # type: ignore[arg-type]
    (result,) = search(tmp_path / "arithmetic.db", ["parameters<=300k"], **racing)  # type: ignore[arg-type]
    assert max(parameters(trial.architecture) for trial in result.trials) <= 300_000


class Stubborn(Strategy):
    """An own strategy that does not ask the space."""

    rounds, population = 1, 1

    def propose(self, space: Space, history: Sequence[Scored], generation: int, seed: int) -> list[Architecture]:
        return [SPACE.decode((4, 4, 4, 4, 4))]


def test_an_own_strategy_cannot_leave_the_space(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"Stubborn proposed autosnn: SRB_k5 .*, which is not in the space or breaks"):
        search(tmp_path / "study.db", ["parameters<=200k"], strategy=Stubborn(), lams=[0.0])
