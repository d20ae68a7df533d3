"""Table 11 from given figures."""

from collections.abc import Callable

import pytest

from reproduction.autosnn.given import Given, GivenLab
from spikesearch.reproduction.autosnn.recent import table11
from spikesearch.reproduction.scales import AUTOSNN

ALL = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3"


def test_table11(lab: Callable[..., GivenLab], given: Given) -> None:
    figures = {"vgg9-bntt": (60.0, 200.0), "vgg16-sbn": (55.0, 5000.0), ALL: (58.0, 400.0)}
    given.networks = lambda text, settings: [figures[text]]
    found = table11(lab(given, recent=AUTOSNN["paper"].recent))
    assert [(texts, changes) for texts, changes, _, _ in given.asked] == [
        (["vgg9-bntt"], {"train": {"loss": "cross-entropy"}, "network": {"channels": 128, "timesteps": 25}}),
        (["vgg16-sbn"], {"train": {"loss": "cross-entropy"}, "network": {"channels": 64, "timesteps": 40}}),
        ([ALL], {}),
    ]
    ours, quoted = found.tables
    assert [row["difference in accuracy"] for row in ours.rows] == ["−30.50", "−32.10", "−30.70"]
    assert [row["paper's T"] for row in ours.rows] == ["25", "40", "8"]
    assert len(quoted.rows) == 7
    assert quoted.rows[4] == {"network": "SNASNet-Fw, C = 256", "accuracy, %": "93.6", "spikes": "–", "T": "8"}
    assert [one.difference for one in found.claims] == pytest.approx([3, 4600])
