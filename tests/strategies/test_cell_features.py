"""Features of SpikeNAS-Bench's cells, by hand."""

import pytest

from spikesearch.strategies.cell_features import cell_features, has_way


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        # Edges 01, 02, 03, 12, 13, 23.
        ((0, 0, 0, 0, 0, 0), (0, 0)),
        ((0, 0, 1, 0, 0, 0), (0, 0)),  # a way without convolution
        ((0, 0, 3, 0, 0, 0), (1, 1)),
        ((2, 0, 0, 3, 0, 4), (3, 3)),  # 0→1→2→3
        ((2, 3, 4, 2, 3, 4), (6, 3)),
        ((2, 0, 1, 0, 0, 0), (0, 0)),  # node 1 leads nowhere
        ((0, 0, 1, 3, 3, 3), (0, 0)),  # nothing leads to nodes 1 and 2
        ((2, 0, 0, 1, 0, 1), (1, 1)),
        ((2, 2, 0, 0, 1, 3), (3, 2)),  # 0→1→3 has one, 0→2→3 two
    ],
)
def test_convolutions_that_work_and_depth(operations: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert cell_features(operations) == expected


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), False),
        ((0, 0, 1, 0, 0, 0), True),
        ((2, 2, 0, 2, 0, 0), False),  # nothing leads to node 3
        ((0, 0, 0, 2, 2, 2), False),  # nothing leads away from node 0
        ((0, 2, 0, 0, 2, 0), False),  # 0→2 and 1→3 do not meet
        ((2, 0, 0, 2, 0, 2), True),
    ],
)
def test_ways_from_input_to_output(operations: tuple[int, ...], expected: bool) -> None:
    assert has_way(operations) is expected


def test_so_many_entries_have_no_way() -> None:
    entries = [tuple(entry // 5**place % 5 for place in range(6)) for entry in range(5**6)]
    assert sum(not has_way(operations) for operations in entries) == 341  # as known of the published table
