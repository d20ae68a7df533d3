"""Training curves."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

from spikesearch.reports.curves import curves
from spikesearch.reports.data import EpochFigures, ReportData
from spikesearch.reports.series import all_series


def test_supernet_and_networks_are_shown(report: Callable[..., ReportData]) -> None:
    data = report()
    picture = curves(data, all_series(data))
    assert picture is not None
    for label in ("supernet", "winner, λ = −0.08", "all SRB_k3", "Training loss", "Training accuracy"):
        assert f">{label}<" in picture.svg


def test_what_was_not_recorded_is_said(report: Callable[..., ReportData]) -> None:
    data = report(winners=(), comparisons=(), supernet=(EpochFigures(epoch=1, loss=0.1),))
    picture = curves(data, [])
    assert picture is not None
    assert picture.svg.count(">not recorded<") == 2
    assert curves(replace(data, supernet=()), []) is None


def test_one_epoch_is_one_whole_number_on_the_axis(report: Callable[..., ReportData]) -> None:
    epoch = EpochFigures(epoch=1, loss=0.1, accuracy=1.0, spikes_per_image=50.0)
    data = report(winners=(), comparisons=(), supernet=(epoch,))
    picture = curves(data, [])
    assert picture is not None
    texts = [element.text for element in ET.fromstring(picture.svg).iter() if element.tag.endswith("text")]
    assert texts.count("1") == 3
    assert not {"0.950", "0.975", "1.000", "1.025", "1.050", "0.96", "1.00", "1.04"} & set(texts)
