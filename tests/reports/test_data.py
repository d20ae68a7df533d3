"""The tree a report is made from."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.describe import describe
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Layer, Shape, conv, neuron
from spikesearch.architectures.text import parse
from spikesearch.reports.data import ReportData, Training, network_from_plan, step_of


def test_a_report_is_plain_json(report: Callable[..., ReportData]) -> None:
    data = report(lambdas=(-0.08, 0.0))
    again = json.loads(json.dumps(data.as_dict(), allow_nan=False))
    assert again["winners"][0]["network"]["trained"]["test"]["correct"] == 350
    assert again["trials"][3]["architecture"] == data.trials[3].architecture


def test_network_from_plan_counts_as_describe_does() -> None:
    # SPEC.md's exact figure for AutoSNN at λ = −0.08 and C = 16.
    network = network_from_plan(parse("autosnn").plan(Dimensions()))
    described = describe("autosnn")
    assert network.parameters == 417_626
    assert (network.macs, network.spiking_positions) == (described.macs, described.spiking_positions)
    assert sum(step.parameters for step in network.steps) == 417_626
    assert network.architecture == "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"


def test_network_from_plan_has_a_box_for_each_step_and_the_fc() -> None:
    network = network_from_plan(parse("autosnn").plan(Dimensions()))
    assert [step.name for step in network.steps] == (
        ["stem", "tbd1", "ds1", "tbd2", "tbd3", "ds2", "tbd4", "tbd5", "ds3", "fc"]
    )
    assert [step.block for step in network.steps if step.slot] == ["SRB_k5", "SRB_k5", "skip", "SRB_k3", "SRB_k5"]
    assert [step.block for step in network.steps if not step.slot] == ["Stem", "MaxPool", "MaxPool", "MaxPool", "FC"]
    assert network.steps[0].output == (16, 32, 32)
    assert network.steps[-2].output == (64, 4, 4)
    assert (network.steps[-1].input, network.steps[-1].output) == ((1024, 1, 1), (100, 1, 1))


def test_a_users_own_block_is_drawn_from_the_plan() -> None:
    @dataclass(frozen=True)
    class Thin(Block):
        def layers(self, shape: Shape, channels: int, stride: int) -> list[Layer]:
            output = self.output(shape, channels, stride)
            return [conv("conv", shape, channels, 1, stride), neuron("neuron", output)]

    architecture = parse("Thin Thin skip SRB_k3 SRB_k5", {"Thin": Thin()})
    network = network_from_plan(architecture.plan(Dimensions()))
    # conv 1×1 16→16 without bias, BatchNorm's 2·16, one PLIF weight
    assert (network.steps[1].block, network.steps[1].parameters) == ("Thin", 16 * 16 + 2 * 16 + 1)


def test_the_headline_winner_is_the_first_tested_one(report: Callable[..., ReportData]) -> None:
    data = report(lambdas=(-0.08, 0.0))
    assert data.headline_winner is data.winners[0]
    first = replace(data.winners[0], network=replace(data.winners[0].network, trained=Training()))
    data = replace(data, winners=(first, data.winners[1]))
    assert data.headline_winner is data.winners[1]
    assert replace(data, winners=(first,)).headline_winner is first
    assert replace(data, winners=()).headline_winner is None


def test_step_of() -> None:
    assert step_of("tbd1.neuron2") == "tbd1"
