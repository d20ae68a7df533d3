"""Parameters and MACs of all architectures of a space: what is fixed, and what each candidate adds in its slot.

The macro architecture alone decides the shapes between the slots, so costs of blocks just add up; so do those of the
connections of a cell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Layer
from spikesearch.architectures.plan import Plan, Step, SuperPlan

QUANTITIES = ("parameters", "macs")


@dataclass(frozen=True)
class SlotCosts:
    """One quantity.

    Attributes:
        fixed: of stem, poolings and fully connected layer.
        slots: for each slot, what each candidate adds.
    """

    fixed: int
    slots: tuple[tuple[int, ...], ...]

    def of(self, code: tuple[int, ...]) -> int:
        """Of the architecture with these candidates: the number that `describe` gives."""
        return self.fixed + sum(costs[index] for costs, index in zip(self.slots, code, strict=True))


def slot_costs(plan: SuperPlan) -> dict[str, SlotCosts]:
    """Parameters and MACs, by name."""
    fixed = _counts(_plan_of(plan, *(step for step in plan.steps if isinstance(step, Step))).layers())
    added = [
        [_counts(_layers_of(plan, slot.at(index))) for index in range(len(slot.candidates))] for slot in plan.slot_steps
    ]
    return {
        name: SlotCosts(fixed[name], tuple(tuple(counts[name] for counts in slot) for slot in added))
        for name in QUANTITIES
    }


def most_spikes(plan: SuperPlan) -> int:
    """Spikes per image of the architecture with most neurons if every one of them fired in every timestep."""

    def positions(layers: Iterable[Layer]) -> int:
        return sum(layer.positions for layer in layers)

    fixed = positions(_plan_of(plan, *(step for step in plan.steps if isinstance(step, Step))).layers())
    added = [
        max(positions(_layers_of(plan, slot.at(k))) for k in range(len(slot.candidates))) for slot in plan.slot_steps
    ]
    return plan.dimensions.timesteps * (fixed + sum(added))


class PairSpace(Protocol):
    """A space of cells: its slots are pairs of nodes, and 0 is the cheapest value of each."""

    @property
    def choices(self) -> tuple[int, ...]: ...

    def decode(self, code: Sequence[int], /) -> Any: ...


def pair_costs(space: PairSpace, dimensions: Dimensions) -> dict[str, SlotCosts]:
    """Parameters and MACs, by name, of cells: those without any connection that costs, and what each connection adds.

    Raises:
        UserError: an image too small for such networks.
    """
    none = [0] * len(space.choices)

    def counted(slot: int, value: int) -> dict[str, int]:
        code = [*none[:slot], value, *none[slot + 1 :]]
        return _counts(space.decode(code).plan(dimensions).layers())

    fixed = counted(0, 0)
    added = [[counted(slot, value) for value in range(count)] for slot, count in enumerate(space.choices)]
    return {
        name: SlotCosts(fixed[name], tuple(tuple(counts[name] - fixed[name] for counts in slot) for slot in added))
        for name in QUANTITIES
    }


def _plan_of(plan: SuperPlan, *steps: Step) -> Plan:
    """A part of the network; its layers end with those of the head."""
    return Plan(architecture="", dimensions=plan.dimensions, steps=steps, features=plan.features, head=plan.head)


def _layers_of(plan: SuperPlan, step: Step) -> tuple[Layer, ...]:
    """Those of one step alone."""
    head = plan.head.layers(plan.features, plan.outputs)
    return _plan_of(plan, step).layers()[: -len(head)]


def _counts(layers: Iterable[Layer]) -> dict[str, int]:
    listed = list(layers)
    return {
        "parameters": sum(layer.parameters for layer in listed),
        "macs": sum(layer.macs * layer.applications for layer in listed),
    }
