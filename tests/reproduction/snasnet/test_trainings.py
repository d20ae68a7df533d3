"""Which cells are trained with which seed, and what rows and claims are made of them."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.trainings import (
    above_by_seed,
    beside_paper,
    group_row,
    random_cells,
    train,
    winners,
)

DATA = DataSet(name="cifar10")
ONE, TWO = "snasnet: 0003 0000 0000 0000", "snasnet: 0002 0000 0000 0000"


def test_the_cells_of_a_seed_are_trained_at_once_each_of_them_once(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: 10 * seed + settings["train"]["epochs"]
    found = train(lab(given), [(1, ONE), (0, ONE), (1, TWO), (1, ONE)], DATA, {"train": {"epochs": 3}})
    assert given.trained == [(0, ["0003 0000 0000 0000"]), (1, ["0003 0000 0000 0000", "0002 0000 0000 0000"])]
    assert {key: one.network.accuracy.mean for key, one in found.items()} == pytest.approx(
        {(0, ONE): 3, (1, ONE): 13, (1, TWO): 13}
    )


def test_a_data_set_lays_its_settings_below_those_of_the_item(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: settings["train"]["epochs"] + settings["train"]["pad"]
    data = DataSet(name="digits", settings={"train": {"epochs": 30, "pad": 1}})
    found = train(lab(given), [(0, ONE)], data, {"train": {"pad": 2}})
    assert found[0, ONE].network.accuracy.mean == pytest.approx(32)


def test_winners_and_random_cells_of_each_search(lab: Callable[..., Any], given: Any) -> None:
    given.scores["sahd", "forward", 1] = {"0104 0001 0000 0000": -1.0, "0001 0000 0000 0000": -2.0}
    here = lab(given)
    assert winners(here, "sahd", "forward", DATA) == {
        0: "snasnet: 0303 0003 0000 0000",
        1: "snasnet: 0104 0001 0000 0000",
    }
    assert random_cells(here, "forward", DATA) == {
        0: ["snasnet: 0003 0000 0000 0000"],
        1: ["snasnet: 0104 0001 0000 0000"],
    }
    # five of two seeds and two directions: two of each
    assert [len(cells) for cells in random_cells(lab(given, few=5), "forward", DATA).values()] == [2, 2]


def test_a_row_is_of_all_seeds_and_a_difference_seed_by_seed(lab: Callable[..., Any], given: Any) -> None:
    given.accuracy = lambda seed, cell, settings: {"0003": (40.0, 44.0), "0002": (39.0, 41.0)}[cell[:4]][seed]
    found = train(lab(given), [(seed, cell) for seed in (0, 1) for cell in (ONE, TWO)], DATA)
    three, two = ([found[seed, cell] for seed in (0, 1)] for cell in (ONE, TWO))
    row = group_row("cells", three, {"T": "5"}) | beside_paper(three, (43.5, 0.25))
    assert row == {
        "cells": "cells",
        "T": "5",
        "networks": "2",
        "accuracy, %": "42.00 ± 2.83",
        "spikes": "1,000 ± 0",
        "parameters": "5,000 ± 0",
        "paper's accuracy": "43.50 ± 0.25",
        "difference": "−1.50",
    }
    assert set(group_row("none", [], {"T": "5"}) | beside_paper([], (1.0, None))) == set(row)
    (claim,) = above_by_seed("three is better", three, two)
    # 1 and 3 points apart: 2 ± √2 / √2
    assert (claim.difference, claim.error) == pytest.approx((2.0, 1.0))
    (alone,) = above_by_seed("three is better", three[1:], two)
    assert (alone.difference, alone.error) == (pytest.approx(3.0), None)
    assert above_by_seed("no seed has both", three[1:], two[:1]) == []
