"""The search history."""

from collections.abc import Callable

from spikesearch.reports.data import ReportData
from spikesearch.reports.history import best_so_far, history


def test_best_so_far() -> None:
    assert best_so_far([0.2, 0.1, 0.5, 0.4]) == [0.2, 0.2, 0.5, 0.5]
    assert best_so_far([]) == []


def test_each_lambda_has_its_panel(report: Callable[..., ReportData]) -> None:
    data = report(lambdas=(-0.08, 0.0, -0.16))
    picture = history(data)
    assert picture is not None
    for lam in ("−0.08", "0", "−0.16"):
        assert f">λ = {lam}<" in picture.svg
    best = max(trial.fitness for trial in data.trials if trial.lam == 0.0)
    assert f"best {best:.4f}" in picture.svg


def test_one_trial_and_none(report: Callable[..., ReportData]) -> None:
    assert history(report(trial_count=1)) is not None
    assert history(report(trials=())) is None
