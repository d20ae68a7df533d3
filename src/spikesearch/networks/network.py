"""A network of steps: stem – blocks and poolings – fully connected layer – vote."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.plan import Plan, Step, SuperPlan
from spikesearch.errors import UserError
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.recorder import count_images
from spikesearch.networks.saving import forward_in_chunks, memory_saving, run_step


class SpikingNetwork(nn.Module):
    """A built network; made by the builder, not by hand.

    `forward` is `encode` (the stem), `run` for every further step, `readout`. Whoever evaluates networks that share
    their first steps calls these three. Neurons' state lives inside the call.

    Shapes: T timesteps, N images, [C, H, W] one image or feature map.

    Attributes:
        plan: what was built, with every shape.
        options: of neurons and BatchNorm.
        steps: modules by step name.
        fc: the readout.
    """

    def __init__(
        self, plan: Plan | SuperPlan, steps: Mapping[str, nn.Module], fc: nn.Module, options: NetworkOptions
    ) -> None:
        super().__init__()
        self.plan = plan
        self.options = options
        self.steps = nn.ModuleDict(dict(steps))
        self.fc = fc

    @property
    def architecture(self) -> str:
        """Canonical text; empty for a supernet, which holds many."""
        return self.plan.architecture if isinstance(self.plan, Plan) else ""

    @property
    def dimensions(self) -> Dimensions:
        """Width, timesteps, classes and image."""
        return self.plan.dimensions

    def forward(self, x: Tensor, path: Sequence[int] = (), *, each_timestep: bool = False) -> Tensor:
        """Firing rates of the classes; of networks of cells mean voltages, of ANNs logits, which may be any number.

        Args:
            x: images [N, C, H, W], the same at every timestep, or frames [T, N, C, H, W], whose T then counts. The
                network computes in their type.
            path: for a supernet the candidate of each slot; empty for a network.
            each_timestep: give what the neurons of the last layer voted at each timestep instead, of networks of cells
                the voltages; `fc.rates_of_steps` makes the same of them.

        Returns:
            [N, classes] in 0…1, float32; with `each_timestep` votes [T, N, classes], 0…K.

        Raises:
            UserError: the input has another shape than the network was built for, or the path does not fit.
        """
        choices = self.choices(path)
        if memory_saving().time_chunk:
            self._check_input(x)
            return forward_in_chunks(self, x, choices, memory_saving().time_chunk, each_timestep)
        x = self.encode(x)
        for index in range(1, len(self.plan.steps)):
            x = self.run(index, x, choices[index])
        return self.readout(x, each_timestep=each_timestep)

    def choices(self, path: Sequence[int]) -> tuple[int, ...]:
        """For each step the index of the candidate that runs; 0 where there is no choice.

        Raises:
            UserError: the path does not fit.
        """
        if len(path):
            raise UserError(f"path {tuple(path)} given to a network without choices; only a supernet takes one")
        return (0,) * len(self.plan.steps)

    def encode(self, x: Tensor) -> Tensor:
        """Checks the input and runs the stem: [N, C, H, W] or [T, N, C, H, W] → spikes [T, N, C', H', W'].

        Raises:
            UserError: the input has another shape than the network was built for, or is not of a fitting type.
        """
        self.enter(x)
        return self.stem(x)

    def enter(self, x: Tensor) -> None:
        """What `encode` does before the stem: checks the input and counts its images for those who record.

        Raises:
            UserError: as `encode`.
        """
        self._check_input(x)
        count_images(self, x.shape[-4])

    def stem(self, x: Tensor) -> Tensor:
        """The first step alone: checked images or frames → spikes [T, N, C', H', W']."""
        spikes: Tensor = run_step(self.steps[self.plan.steps[0].name], x, self.dimensions.timesteps)
        return spikes

    def run(self, index: int, x: Tensor, choice: int = 0) -> Tensor:
        """Runs step `index` of the plan, not the first: spikes [T, N, C, H, W] → [T, N, C', H', W'].

        Raises:
            UserError: a block gave another shape than it promised.
        """
        step = self.plan.steps[index]
        spikes: Tensor = run_step(self.module_of(index, choice), x)
        if spikes.shape != (*x.shape[:2], *step.output):
            block = step.block if isinstance(step, Step) else step.candidates[choice]
            raise UserError(
                f"block {block} in {step.name} returned {list(spikes.shape)} for {list(x.shape)}; "
                f"its output() promises {[*x.shape[:2], *step.output]}"
            )
        return spikes

    def readout(self, x: Tensor, *, each_timestep: bool = False) -> Tensor:
        """The fully connected layer and the vote: spikes [T, N, C, H, W] → firing rates [N, classes], float32.

        With `each_timestep` votes [T, N, classes], see `forward`.
        """
        found: Tensor = self.fc.votes_at(x) if each_timestep else self.fc(x)  # type: ignore[operator]
        return found

    def loss_timesteps(self, x: Tensor) -> int:
        """T for a loss that turns firing rates of this input into spike counts; 1 where the outputs are no rates."""
        timesteps = x.shape[0] if x.dim() == 5 else self.dimensions.timesteps
        told: int = self.fc.loss_timesteps(timesteps)  # type: ignore[operator]
        return told

    def module_of(self, index: int, choice: int = 0) -> nn.Module:
        """The module of step `index`."""
        return self.steps[self.plan.steps[index].name]

    def _check_input(self, x: Tensor) -> None:
        image = self.dimensions.image
        shape = ", ".join(map(str, image))
        wanted = f"[T, N, {shape}]" if self.dimensions.events else f"[N, {shape}] or [T, N, {shape}]"
        ranks = (5,) if self.dimensions.events else (4, 5)
        if x.dim() not in ranks or tuple(x.shape[-3:]) != image or 0 in x.shape[:-3]:
            raise UserError(
                f"the network expects {wanted}, given {list(x.shape)}; "
                "give such images, or build the network with that image=(channels, height, width)"
            )
        if not self.dimensions.spiking and x.dim() == 5 and len(x) != 1:
            raise UserError(
                f"a network of ReLUs takes images, or frames of one timestep, given {list(x.shape)}; give one frame"
            )
        if not torch.is_floating_point(x):
            raise UserError(
                f"the network expects a floating type, given {x.dtype}; "
                "normalise the images, as in (x / 255 - mean) / std"
            )
        weights = next(self.parameters()).dtype
        if x.dtype == torch.float64 != weights:
            raise UserError(f"the network computes in {weights} or less, given {x.dtype}; give x.float()")
