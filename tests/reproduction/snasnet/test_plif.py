"""Table 2 from given accuracies."""

from collections.abc import Callable
from typing import Any

import pytest

from spikesearch.reproduction.snasnet.plif import table2


def test_the_same_cells_with_either_neuron(lab: Callable[..., Any], given: Any) -> None:
    def accuracy(seed: int, cell: str, settings: Any) -> float:
        assert cell == "0302 0030 1002 0000"
        learned = settings.get("network", {}).get("neuron") == "plif"
        return 60.0 + seed + (2.0 * (1 + seed) if learned else 0.0)

    given.accuracy = accuracy
    found = table2(lab(given))
    shown = [(row["accuracy, %"], row["paper's accuracy"], row["difference"]) for row in found.tables[0].rows]
    assert shown == [("60.50 ± 0.71", "93.73 ± 0.32", "−33.23"), ("63.50 ± 2.12", "93.92 ± 0.41", "−30.42")]
    (claim,) = found.claims
    assert (claim.difference, claim.error) == pytest.approx((3.0, 1.0))  # 2 and 4 points
