"""Cells of tables as data."""

from typing import Any

import pytest

from spikesearch.reproduction.page_data import value_of
from spikesearch.reproduction.sample import Sample, signed
from spikesearch.reproduction.taken import numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("86.93", 86.93),
        ("48.47 ± 1.24", {"mean": 48.47, "deviation": 1.24}),
        ("1,298,000 ± 12,345", {"mean": 1298000.0, "deviation": 12345.0}),
        (signed(-129013.4, 0), -129013.0),
        ("+1.5", 1.5),
        ("10000", 10000.0),
        ("–", None),
        ("", ""),
        ("SRB_k3", "SRB_k3"),
        ("3 of 5 searches", "3 of 5 searches"),
        ("1,23", "1,23"),
    ],
)
def test_a_cell_as_data(cell: str, value: Any) -> None:
    assert value_of(cell) == value


def test_a_sample_as_data() -> None:
    assert numbers(Sample((1.0, 3.0)), "%") == {
        "unit": "%",
        "n": 2,
        "mean": 2.0,
        "deviation": pytest.approx(2**0.5),
        "values": [1.0, 3.0],
    }
    assert numbers(Sample((1.0,)), "%")["deviation"] is None
