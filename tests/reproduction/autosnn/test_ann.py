"""Table 7 from given figures."""

from collections.abc import Callable

import pytest

from reproduction.autosnn.given import Given, GivenLab, filled
from spikesearch.reproduction.autosnn.ann import table7
from spikesearch.reproduction.lab import Searched

SPIKING = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3"
ORDINARY = "autosnn: skip skip skip skip skip"


def test_table7(lab: Callable[..., GivenLab], given: Given) -> None:
    # ordinary networks do not spike, so N_avg is 0 and the accuracy decides: here the fewer blocks the better
    given.searches["autosnn-ann"] = Searched(filled("autosnn", 5, lambda blocks: (0.6 - 0.1 * blocks, 0.0)), 0.0, {})
    figures = {SPIKING: [(70.0, 500.0), (72.0, 540.0), (74.0, 580.0)], ORDINARY: [(71.0, 800.0)] * 3}
    given.networks = lambda text, settings: figures[text]
    found = table7(lab(given))
    settings = dict(given.searched)["autosnn-ann"]
    assert settings["network"] == {"neuron": "relu", "timesteps": 1}
    assert given.asked == [([ORDINARY, SPIKING], {}, 3, "digits")]
    rows = found.tables[0].rows
    assert [row["network"] for row in rows] == [f"`{ORDINARY}`", f"`{SPIKING}`"]
    assert [row["paper's accuracy, %"] for row in rows] == ["88.02", "88.69"]
    assert [row["estimated accuracy, %"] for row in rows] == ["60.0", "75.0"]
    assert [one.difference for one in found.claims] == pytest.approx([1, 260])
    assert found.claims[0].error == pytest.approx(2 / 3**0.5)
    assert [one.verdict for one in found.claims] == ["within the noise", "holds"]
