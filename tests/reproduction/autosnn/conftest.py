"""Laboratories for the items' tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reproduction.autosnn.given import Given, GivenLab, filled
from spikesearch.reproduction.figures import Store
from spikesearch.reproduction.lab import Searched
from spikesearch.reproduction.scales import AUTOSNN, Scale


@pytest.fixture
def given() -> Given:
    """With λ ≥ −0.16 five SRB_k3 are best, with −0.24 none: 0.5 and 0.75·6^λ are the fitnesses of the two ends."""
    trials = filled("autosnn", 5, lambda blocks: (0.5 + 0.05 * blocks, 100.0 * (1 + blocks)))
    return Given(searches={"autosnn": Searched(trials, 100.0, {})})


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., GivenLab]:
    """Makes a laboratory of scale smoke; keywords change it. Its searches see all of 32 architectures."""

    def make(given: Given, **changes: Any) -> GivenLab:
        values = {name: getattr(AUTOSNN["smoke"], name) for name in Scale.__dataclass_fields__}
        size = {"winner_repeats": 3, "rounds": 10, "population": 20, "deviations": ()}
        return GivenLab(Store(tmp_path), Scale(**(values | size | changes)), given)

    return make
