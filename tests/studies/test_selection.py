"""Which candidates are trained: the front, a part of it, the best of a λ."""

from dataclasses import replace

import pytest

from spikesearch.studies.finalists import Finalist
from spikesearch.studies.selection import best_of, front_of, one_of_each, spread
from spikesearch.studies.trial import TrialRecord


def trial(number: int, accuracy: float, spikes: float, **changes: object) -> TrialRecord:
    made = TrialRecord(
        number=number,
        architecture=f"autosnn: {number}",
        digest="",
        lam=-0.08,
        generation=0,
        fitness=accuracy,
        accuracy=accuracy,
        spikes_per_image=spikes,
        firing_rate=0.1,
        layers=(),
        images=100,
        correct=round(100 * accuracy),
        source="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def numbers(trials: list[TrialRecord]) -> list[int]:
    return [one.number for one in trials]


def test_the_front_has_what_nothing_beats_fewest_spikes_first() -> None:
    found = [
        trial(0, 0.9, 300),
        trial(1, 0.5, 100),
        trial(2, 0.5, 200),  # beaten by 1
        trial(3, 0.7, 200),
        trial(4, 0.95, 250, stopped_early=True),
        trial(5, 0.1, 0),  # silent
        trial(6, 0.7, 200),  # equals 3
        trial(7, 0.9, 300, architecture="autosnn: 0", lam=0.0),  # 0 again
        trial(8, 0.99, 90, violation=0.1),
    ]
    assert numbers(front_of(found)) == [1, 3, 6, 0]


def test_of_equal_figures_one_is_taken_by_its_text() -> None:
    found = [
        trial(0, 0.5, 100, architecture="autosnn: b"),
        trial(1, 0.5, 100, architecture="autosnn: a"),
        trial(2, 0.7, 200),
        trial(3, 0.5, 100, architecture="autosnn: c"),
    ]
    assert numbers(front_of(found)) == [0, 1, 3, 2]
    assert numbers(one_of_each(front_of(found))) == [1, 2]


def test_where_nothing_keeps_the_constraints_the_least_bad_is_the_front() -> None:
    found = [trial(0, 0.9, 300, violation=0.5), trial(1, 0.5, 200, violation=0.2), trial(2, 0.1, 100, violation=0.9)]
    assert numbers(front_of(found)) == [1]
    assert numbers(best_of(found, 2)) == [1, 0]


def test_silent_and_stopped_candidates_are_better_than_nothing() -> None:
    assert numbers(front_of([trial(0, 0.1, 0)])) == [0]
    assert numbers(best_of([trial(0, 0.1, 0), trial(1, 0.2, 5, stopped_early=True)], 2)) == [0]


def test_the_best_of_a_lambda() -> None:
    found = [trial(0, 0.5, 100), trial(1, 0.9, 300), trial(2, 0.7, 50), trial(3, 0.95, 9, violation=1.0)]
    assert numbers(best_of(found, 2)) == [1, 2]
    assert numbers(best_of(found, 9)) == [1, 2, 0]


def test_finalists_lead_the_best_in_the_order_of_their_new_figures() -> None:
    found = [trial(0, 0.6, 100), trial(1, 0.9, 300), trial(2, 0.8, 50), trial(3, 0.7, 9), trial(4, 0.65, 9)]
    again = {1: trial(1, 0.3, 300), 2: trial(2, 0.5, 40), 3: trial(3, 0.9, 0)}  # 3 is silent now
    finalists = [Finalist(found[number], record) for number, record in again.items()]
    best = best_of(found, 9, finalists)
    assert numbers(best) == [2, 1, 4, 0]
    assert best[0] is found[2]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (0, [0, 1, 2, 3, 4, 5]),
        (6, [0, 1, 2, 3, 4, 5]),
        # Even steps from 100 to 1,100 in three: 600 in the middle, and 510 lies nearest.
        (3, [0, 4, 5]),
        # 433 and 767: 500 lies nearest to the first, 510 to the second.
        (4, [0, 3, 4, 5]),
        (2, [0, 5]),
        (1, [5]),
    ],
)
def test_a_part_of_the_front_is_spread_evenly_by_spikes(limit: int, expected: list[int]) -> None:
    spikes = [100, 110, 130, 500, 510, 1100]
    front = [trial(place, 0.1 + place / 10, count) for place, count in enumerate(spikes)]
    assert numbers(spread(front, limit)) == expected
