"""The supernet: every candidate of every slot, one chosen per slot and call (single path, one-shot)."""

import copy
from collections.abc import Sequence
from operator import index as whole

from torch import nn

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import SlotStep, Step, SuperPlan
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.errors import UserError
from spikesearch.networks.builder import make_readout, make_step, matching_options
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.options import NetworkOptions


class Supernet(SpikingNetwork):
    """All networks of a space with shared weights: `forward(x, path)` runs one of them.

    A path is the code of an architecture in the space: for each slot the index of its candidate. What stands in
    `steps.tbd1.conv1.conv.weight` of a network stands in `steps.tbd1.SRB_k5.conv1.conv.weight` here.

    Attributes:
        space: whose networks these are.
    """

    plan: SuperPlan

    def __init__(
        self,
        space: SlotSpace,
        plan: SuperPlan,
        steps: dict[str, nn.Module],
        fc: nn.Module,
        options: NetworkOptions,
    ) -> None:
        super().__init__(plan, steps, fc, options)
        self.space = space

    def choices(self, path: Sequence[int]) -> tuple[int, ...]:
        """For each step the index of the candidate that runs; 0 where there is no choice.

        Raises:
            UserError: the path has another number of slots, or an index without a candidate.
        """
        slots = self.plan.slot_steps
        if len(path) != len(slots) or any(not 0 <= c < len(s.candidates) for c, s in zip(path, slots, strict=True)):
            raise UserError(
                f"path {tuple(path)} does not fit: give {len(slots)} whole numbers, each the index of a candidate, "
                f"below {', '.join(str(len(slot.candidates)) for slot in slots)}"
            )
        waiting = iter(path)
        return tuple(whole(next(waiting)) if isinstance(step, SlotStep) else 0 for step in self.plan.steps)

    def module_of(self, index: int, choice: int = 0) -> nn.Module:
        """The module of step `index`, in a slot that of one candidate."""
        step = self.plan.steps[index]
        module = self.steps[step.name]
        if isinstance(step, SlotStep):
            module = module[str(step.candidates[choice])]  # type: ignore[index]
        return module

    def extract(self, path: Sequence[int] | Architecture) -> SpikingNetwork:
        """A network of its own: a copy of one path with its weights and statistics, computing exactly the same.

        Args:
            path: the path, or an architecture of the space.

        Raises:
            UserError: the path does not fit, or the architecture is not in the space.
        """
        code = self.space.encode(path) if isinstance(path, Architecture) else path
        choices = self.choices(code)
        plan = self.space.decode([whole(choice) for choice in code]).plan(self.dimensions)
        steps = {
            step.name: copy.deepcopy(self.module_of(index, choices[index])) for index, step in enumerate(plan.steps)
        }
        network = SpikingNetwork(plan, steps, copy.deepcopy(self.fc), self.options)
        return network.train(self.training)


def build_supernet(
    space: SlotSpace, dimensions: Dimensions | None = None, options: NetworkOptions | None = None, seed: int = 0
) -> Supernet:
    """Builds the supernet of a space, on the CPU.

    Args:
        space: whose candidates stand in the slots.
        dimensions: width, timesteps, classes and image; by default the space's.
        options: of neurons and BatchNorm; by default those of the dimensions' neurons.
        seed: of the weights. Every path starts from the weights `build_network` gives its architecture.

    Raises:
        UserError: a size that cannot be built, options that contradict the dimensions, or an own block whose module
            does not agree with its layers.
    """
    plan = space.super_plan(space.defaults if dimensions is None else dimensions)
    options = matching_options(plan, options)
    steps: dict[str, nn.Module] = {}
    for step in plan.steps:
        if isinstance(step, Step):
            steps[step.name] = make_step(step, options, seed)
        else:
            steps[step.name] = _make_slot(step, options, seed)
    return Supernet(space, plan, steps, make_readout(plan, options, seed), options)


def _make_slot(step: SlotStep, options: NetworkOptions, seed: int) -> nn.ModuleDict:
    slot = nn.ModuleDict()
    for choice, block in enumerate(step.candidates):
        if hasattr(slot, str(block)):
            raise UserError(f"block {block}: that name cannot stand in a supernet; rename it, or override __str__")
        slot[str(block)] = make_step(step.at(choice), options, seed)
    return slot
