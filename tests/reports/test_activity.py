"""Spikes and firing rate by step."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.reports.activity import StepActivity, activity, best_measurement, by_step, display_name
from spikesearch.reports.data import Network, ReportData, step_of
from spikesearch.reports.series import all_series, focus
from spikesearch.strategies.evaluator import LayerActivity


def layer(name: str, positions: int, spikes: float, rate: float) -> LayerActivity:
    return LayerActivity(name=name, positions=positions, spikes_per_image=spikes, firing_rate=rate)


def test_layers_are_summed_up_and_rates_weighted_by_positions() -> None:
    layers = [
        layer("stem.neuron", 100, 40, 0.1),  # T = 4: 40 / 400
        layer("tbd1.neuron1", 300, 240, 0.2),
        layer("tbd1.neuron2", 100, 40, 0.1),
    ]
    found = by_step(layers)
    assert found["stem"] == StepActivity(40, 0.1)
    assert found["tbd1"].spikes_per_image == 280
    assert found["tbd1"].firing_rate == pytest.approx(280 / (400 * 4))


def test_the_best_measurement_is_the_test(report: Callable[..., ReportData]) -> None:
    network = report().winners[0].network
    assert best_measurement(network) == (network.test, "trained, 360 test images")
    assert network.trained is not None
    assert best_measurement(replace(network, trained=replace(network.trained, test=None)))[1] == (
        "trained, 288 validation images"
    )
    assert best_measurement(replace(network, trained=None))[1] == "shared weights, 288 validation images"
    assert best_measurement(replace(network, trained=None, shared=None)) == (None, "")


def test_the_figure_names_steps_and_networks(report: Callable[..., ReportData]) -> None:
    data = report()
    picture = activity(focus(data, all_series(data)))
    assert picture is not None
    texts = {element.text for element in ET.fromstring(picture.svg).iter() if element.tag.endswith("text")}
    assert {"stem", "TBD1", "DS3", "FC", "winner, λ = −0.08", "all SRB_k3", "random"} <= texts
    assert "Spikes per image and firing rate by step (trained, 360 test images)" in texts


def texts_of(data: ReportData) -> list[str]:
    picture = activity(focus(data, all_series(data)))
    assert picture is not None
    elements = ET.fromstring(picture.svg).iter()
    return [element.text or "" for element in elements if element.tag.endswith("text")]


def renamed(network: Network, names: dict[str, str]) -> Network:
    """The network with other names of steps, in the plan and in what was measured."""
    assert network.test is not None
    layers = tuple(
        replace(layer, name=".".join((names.get(step_of(layer.name), step_of(layer.name)), "neuron")))
        for layer in network.test.layers
    )
    assert network.trained is not None
    trained = replace(network.trained, test=replace(network.test, layers=layers))
    steps = tuple(replace(step, name=names.get(step.name, step.name)) for step in network.steps)
    return replace(network, trained=trained, steps=steps)


def test_networks_of_other_steps_have_panels_of_their_own(report: Callable[..., ReportData]) -> None:
    data = report()
    first, *others = data.comparisons
    assert texts_of(data).count("firing rate") == 1
    hand_made = renamed(first, {"tbd1": "conv2", "tbd2": "conv3"})
    found = texts_of(replace(data, comparisons=(hand_made, *others)))
    assert found.count("firing rate") == 2
    assert found.count("conv2") == 1
    assert found.count("TBD1") == 1
    # A network with one step more has room beside those without it.
    more = replace(first, steps=(*first.steps[:-1], replace(first.steps[0], name="gap"), first.steps[-1]))
    found = texts_of(replace(data, comparisons=(more, *others)))
    assert found.count("firing rate") == 1
    assert found.count("GAP") == 1


def test_estimates_do_not_stand_beside_trained_networks(report: Callable[..., ReportData]) -> None:
    data = report()
    first = replace(data.comparisons[0], trained=None)
    picture = activity(focus(data, all_series(replace(data, comparisons=(first, *data.comparisons[1:])))))
    assert picture is not None
    assert "all SRB_k3" not in picture.svg
    assert "all SCB_k3" in picture.svg


def test_there_is_no_figure_of_nothing(report: Callable[..., ReportData]) -> None:
    assert activity([]) is None


def test_display_name() -> None:
    assert [display_name(name) for name in ("tbd1", "ds2", "fc", "gap", "stem_pool1", "extra2")] == [
        "TBD1",
        "DS2",
        "FC",
        "GAP",
        "stem pool1",
        "extra2",
    ]
