"""A study of scores, and the search that fills it: the same trials however often it was stopped."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import optuna
import pytest

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.describe import describe
from spikesearch.architectures.spaces.named import SPACES
from spikesearch.architectures.text import parse
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.draws import RandomDraws
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.exhaustive import Exhaustive
from spikesearch.strategies.listed import ListedSpace
from spikesearch.strategies.predictor import Predictor
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.strategy import Space, Strategy
from spikesearch.studies.scored import ScoredTrial, ScoreStore, best_scored, ranked, read_scored
from spikesearch.studies.scored_search import ScoredResult, scored_search
from spikesearch.studies.study import read_trials

SPACE = SPACES["snasnet-feedback"]
SETTINGS = {"seed": 4, "score": {"name": "made up"}}


def made_up(architectures: Sequence[Architecture]) -> Iterator[float]:
    return (float(int(one.digest[:4], 16)) for one in architectures)


def counts(architecture: Architecture) -> tuple[int, int]:
    found = describe(architecture, channels=2)
    return found.parameters, found.macs


def search(
    path: Path,
    strategy: Strategy,
    space: Space = SPACE,
    scores: Callable[[Sequence[Architecture]], Iterator[float]] = made_up,
    seed: int = 4,
) -> ScoredResult:
    store = ScoreStore.open(path, space, SETTINGS)
    return scored_search(space, strategy, scores, store, seed=seed, source="score made up", counts=counts)


@pytest.mark.parametrize("name", ["evolution", "random", "predictor"])
def test_a_search_that_is_stopped_has_the_trials_of_one_that_is_not(name: str, tmp_path: Path) -> None:
    strategy: Strategy = {
        "evolution": Evolution(rounds=3, population=6, parents=3, mutations=3, crossovers=3),
        "random": RandomSearch(rounds=3, population=6),
        "predictor": Predictor(rounds=3, population=6, initial=6),
    }[name]
    expected = search(tmp_path / "whole.db", strategy)
    assert len(expected.trials) == 18
    asked: list[str] = []

    def stops(architectures: Sequence[Architecture]) -> Iterator[float]:
        for architecture, score in zip(architectures, made_up(architectures), strict=True):
            asked.append(str(architecture))
            if len(asked) in (4, 10):
                raise KeyboardInterrupt
            yield score

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "stopped.db", strategy, scores=stops)
    assert search(tmp_path / "stopped.db", strategy, scores=stops) == expected
    # What was stored was not asked for again.
    assert len(asked) == 18 + 2
    assert read_scored(tmp_path / "stopped.db") == list(expected.trials)
    assert expected.winner == max(expected.trials, key=lambda trial: trial.score)


def test_the_study_is_readable_with_optuna(tmp_path: Path) -> None:
    result = search(tmp_path / "study.db", RandomSearch(rounds=1, population=5))
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{tmp_path / 'study.db'}")
    assert study.metric_names == ["score"]
    assert study.best_value == result.winner.score
    assert study.best_trial.user_attrs["architecture"] == result.winner.architecture
    code = SPACE.encode(parse(result.winner.architecture))
    texts = [SPACE.slot_texts[slot][value] for slot, value in enumerate(code)]
    assert study.best_trial.params == dict(zip(SPACE.slot_names, texts, strict=True))
    assert study.user_attrs["seed"] == 4


def test_draws_that_repeat_are_scored_once(tmp_path: Path) -> None:
    members = [SPACE.sample(np.random.default_rng(seed)) for seed in range(8)]
    space = ListedSpace(SPACE, members)
    strategy = RandomDraws(rounds=12, population=2)
    result = search(tmp_path / "study.db", strategy, space)
    texts = [trial.architecture for trial in result.trials]
    assert len(texts) == len(set(texts)) < strategy.budget
    assert str(result.outcome) == "budget spent"


def test_a_whole_space_is_scored(tmp_path: Path) -> None:
    forward = SPACES["snasnet-forward"]
    space = ListedSpace(forward, [forward.sample(np.random.default_rng(seed)) for seed in range(7)])
    result = search(tmp_path / "study.db", Exhaustive.of(space), space)
    assert {trial.architecture for trial in result.trials} == set(map(str, space))


def trial(**changes: object) -> ScoredTrial:
    values = {"number": 0, "architecture": "b", "digest": "", "generation": 0, "score": 1.0}
    return ScoredTrial(**(values | {"parameters": 5, "macs": 1, "source": "score made up"} | changes))  # type: ignore[arg-type]


def test_equal_scores_are_ranked_by_size_and_then_by_text() -> None:
    small, first, second, best = trial(parameters=4), trial(architecture="a"), trial(), trial(score=2.0)
    assert ranked([second, first, small, best]) == [best, small, first, second]
    assert best_scored([second, first]) == first
    assert first.fitness == first.score


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_ends_the_search(score: float, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"the score made up of snasnet: .* is {score}: it must be a finite number"):
        search(tmp_path / "study.db", RandomSearch(rounds=1, population=1), scores=lambda asked: iter([score]))


def test_too_few_scores_end_the_search(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no score of snasnet: "):
        search(tmp_path / "study.db", RandomSearch(rounds=1, population=2), scores=lambda asked: iter([1.0]))


def test_a_study_of_another_search_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    search(path, RandomSearch(rounds=1, population=3))
    with pytest.raises(RunError, match="comes from another seed"):
        search(path, RandomSearch(rounds=1, population=3), seed=5)
    with pytest.raises(RunError, match="holds 1 more trials than this search has"):
        search(path, RandomSearch(rounds=1, population=2))
    with pytest.raises(UserError, match="belongs to a search with other settings: seed is 4 there and 9 here"):
        ScoreStore.open(path, SPACE, SETTINGS | {"seed": 9})
    with pytest.raises(UserError, match="holds trials that spikesearch did not write"):
        read_trials(path)  # which reads accuracy and spikes


def test_no_study_has_no_trials(tmp_path: Path) -> None:
    assert read_scored(tmp_path / "study.db") == []
    (tmp_path / "study.db").touch()
    assert read_scored(tmp_path / "study.db") == []
    assert len(search(tmp_path / "study.db", RandomSearch(rounds=1, population=2)).trials) == 2


def test_trials_know_the_network_that_would_be_trained(tmp_path: Path) -> None:
    result = search(tmp_path / "study.db", RandomSearch(rounds=1, population=2))
    for one in result.trials:
        assert (one.parameters, one.macs) == counts(parse(one.architecture))
        assert one.source == "score made up"
