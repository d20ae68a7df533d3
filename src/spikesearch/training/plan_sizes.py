"""Which network is the largest, and how many weights there are: arithmetic on plans."""

from collections.abc import Sequence

import torch

from spikesearch.architectures.costs import PairSpace
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan, SlotStep, Step, SuperPlan


def largest_path(plan: SuperPlan) -> tuple[int, ...]:
    """For each slot the candidate with the most outputs of layers, which training keeps; of equal ones the last."""
    return tuple(
        max(range(len(slot.candidates)), key=lambda choice: (*_weight(slot.at(choice)), choice))
        for slot in plan.slot_steps
    )


def largest_cell(space: PairSpace, dimensions: Dimensions) -> Plan:
    """The cell with the most outputs of layers: what each connection adds is its own, so the most for each pair."""
    none = [0] * len(space.choices)

    def plan(slot: int, value: int) -> Plan:
        found: Plan = space.decode([*none[:slot], value, *none[slot + 1 :]]).plan(dimensions)
        return found

    largest = [
        max(range(count), key=lambda value: _size(plan(slot, value))) for slot, count in enumerate(space.choices)
    ]
    found: Plan = space.decode(largest).plan(dimensions)
    return found


def largest_of(plans: Sequence[Plan]) -> Plan:
    """The network with the most outputs of layers."""
    return max(plans, key=_size)


def _size(plan: Plan) -> tuple[int, ...]:
    return tuple(map(sum, zip(*map(_weight, plan.steps), strict=True)))


def _weight(step: Step) -> tuple[int, int]:
    layers = step.block.layers(step.input, step.channels, step.stride)
    return sum(torch.Size(layer.output).numel() for layer in layers), sum(layer.parameters for layer in layers)


def parameters_of(plan: Plan | SuperPlan) -> int:
    """Weights of a network, or of all candidates of a supernet; PLIF weights are counted for LIF too."""
    steps = [
        step.at(choice) if isinstance(step, SlotStep) else step
        for step in plan.steps
        for choice in range(len(step.candidates) if isinstance(step, SlotStep) else 1)
    ]
    head = plan.head.layers(plan.features, plan.outputs)
    return sum(_weight(step)[1] for step in steps) + sum(layer.parameters for layer in head)
