"""Figure 7 from given curves."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.curves import figure7

CURVES = {
    "0003 0000 0000 0000": [(2.0, 0.2), (1.0, 0.4)],  # random
    "0303 0003 0000 0000": [(1.5, 0.3), (0.5, 0.6)],  # found
    "0002 0000 0000 0000": [(1.0, 0.5), (1.0, 0.5)],
    "0302 0030 1002 0000": [(2.0, 0.1), (1.2, 0.5)],
}


def test_searched_cells_against_random_ones(lab: Callable[..., Any], given: Any) -> None:
    given.curve = lambda cell: CURVES.get(cell, [(1.0, 0.1)])
    given.accuracy = lambda seed, cell, settings: 60.0 if cell in ("0303 0003 0000 0000",) else 50.0
    found = figure7(lab(given))
    assert [
        (
            row["cells"],
            row["loss, mean of all epochs"],
            row["loss, last epoch"],
            row["training accuracy, last epoch, %"],
        )
        for row in found.tables[0].rows
    ] == [
        ("SNASNet-Fw, searched by SAHD", "1.000 ± 0.000", "0.500 ± 0.000", "60.00 ± 0.00"),
        ("SNASNet-Fw, random", "1.500 ± 0.000", "1.000 ± 0.000", "40.00 ± 0.00"),
        ("SNASNet-Bw, searched by SAHD", "1.600 ± 0.000", "1.200 ± 0.000", "50.00 ± 0.00"),
        ("SNASNet-Bw, random", "1.000 ± 0.000", "1.000 ± 0.000", "50.00 ± 0.00"),
    ]
    assert [one.difference for one in found.claims] == pytest.approx([0.5, 10.0, -0.6, 0.0])
    loss, accuracy = found.pictures["curves"]().axes
    assert [len(axes.get_lines()) for axes in (loss, accuracy)] == [8, 8]
