"""Searches by score: what is asked for, and which cell wins."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import SNASNET, DataSet
from spikesearch.reproduction.snasnet.searches import searched, winner, without_feedback


def test_the_highest_score_wins_and_of_equals_the_first_text() -> None:
    assert winner({"b": 1.0, "c": 2.0, "a": 2.0, "d": -5.0}) == "a"


@pytest.mark.parametrize(
    ("cell", "rest"),
    [
        ("0302 0030 1002 0000", "0302 0030 0002 0000"),
        ("0302 0030 0002 0000", None),  # has none
        ("0032 0003 0200 0000", None),  # node 1 gets its input by feedback alone
    ],
)
def test_feedback_is_cut_where_all_nodes_live_on(cell: str, rest: str | None) -> None:
    assert without_feedback(f"snasnet: {cell}") == (None if rest is None else f"snasnet: {rest}")


def test_a_search_draws_as_many_cells_as_the_scale_says(lab: Callable[..., Any], given: Any) -> None:
    data = DataSet(name="cifar100", recipe="snasnet-cifar100-feedback")
    for draws in (4, 100, 5000):
        found = searched(lab(given, draws=draws), "sahd", "forward", 1, data)  # the laboratory compares
        assert list(found.trials)[:2] == ["snasnet: 0003 0000 0000 0000", "snasnet: 0303 0003 0000 0000"]


def test_every_scale_draws_in_full_rounds() -> None:
    for scale in SNASNET.values():
        assert scale.draws <= 100 or scale.draws % 100 == 0
