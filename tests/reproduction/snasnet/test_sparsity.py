"""Figure 3: from given shares, and from a real search and real networks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.session import reproduce
from spikesearch.reproduction.snasnet.sparsity import IMAGES, deviation, figure3

ONE = [[0.9, 0.7], [1.0, 1.0]]


def test_the_deviation_is_between_images() -> None:
    assert deviation([[0.2, 0.4], [0.5, 0.5]]) == pytest.approx(0.2 / 2**0.5 / 2)


def test_layers_of_both_networks(lab: Callable[..., Any], given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measured(self: Lab, name: str, about: Any, *rest: Any, **keywords: Any) -> dict[str, Any]:
        asked.append(about)
        return {
            "lif": {"one": ONE, "same": ONE, "two": [[1.0, 0.2], [0.5, 0.5]]},
            "relu": {"one": [[0.5, 0.5]], "same": [[0.5, 0.5]], "two": [[0.5, 0.6]]},
        }

    monkeypatch.setattr(Lab, "measured", measured)
    found = figure3(lab(given))
    assert asked == [{"cell": "snasnet: 0303 0003 0000 0000", "images": 16}]
    assert [list(row.values()) for row in found.tables[0].rows] == [
        ["one", "90.0", "50.0", "7.07", "0.00"],
        ["two", "55.0", "55.0", "28.28", "7.07"],
    ]
    claim, whole = found.claims
    # 5√2 and 20√2 points of LIF, 0 and 5√2 of ReLU: means 12.5√2 and 2.5√2, errors 7.5√2 and 2.5√2
    assert claim.difference == pytest.approx(10 * 2**0.5)
    assert claim.error == pytest.approx(125**0.5)
    lif = np.std([90, 70, 100, 100, 100, 20, 50, 50], ddof=1)
    assert (whole.difference, whole.error) == (pytest.approx(lif - np.std([50, 50, 50, 60], ddof=1)), None)
    assert len(found.pictures["sparsity"]().axes) == 2


def test_a_real_run_keeps_its_figures(tmp_path: Path) -> None:
    (found,) = reproduce(["snasnet/figure3"], scale="smoke", store=tmp_path)
    (file,) = (tmp_path / "smoke" / "figures").glob("measured-sparsity-*.json")
    kept = json.loads(file.read_text(encoding="utf-8"))
    layers = set(kept["lif"])
    assert {"down.neuron", "end.neuron", "fc.neuron"} <= layers
    assert {row["layer"] for row in found.result.tables[0].rows} <= layers
    for kind, timesteps in (("lif", 2), ("relu", 1)):
        assert set(kept[kind]) == layers
        for times in kept[kind].values():
            assert [len(images) for images in times] == [IMAGES] * timesteps
            assert all(0 <= share <= 1 for images in times for share in images)
    again, *_ = reproduce(["snasnet/figure3"], scale="smoke", store=tmp_path, from_figures=True)
    assert again.page.read_bytes() == found.page.read_bytes()
