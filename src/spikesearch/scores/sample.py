"""What scores look at: a freshly initialised network and a batch of images, run as often as needed and no more."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor, nn

from spikesearch.architectures.plan import Plan
from spikesearch.errors import UserError
from spikesearch.networks.builder import build_network
from spikesearch.networks.dropout import drawing_masks
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.recorder import SpikeListener, listening
from spikesearch.training.losses import count_cross_entropy
from spikesearch.training.precision import cast_input, computing_in

Heard = TypeVar("Heard", bound=SpikeListener)
Weighted = nn.Conv2d | nn.Linear


class Sample:
    """One network with weights drawn from `seed`, in training mode, and one batch.

    Nothing is computed before a score asks for it, and nothing twice. Neurons start every pass at rest.

    Shapes: N images, T timesteps.

    Args:
        plan: of the network.
        images: float32, normalised, [N, C, H, W].
        labels: int64 [N]; None if there are none.
        options: of neurons and BatchNorm.
        seed: of the weights, and of dropout's masks if the options ask for dropout.
        listeners: who hears the spikes of the forward pass.
        gradient: whether the forward pass keeps what gradients need.
        precision: of the forward pass and its gradients, see `training.precision`.
        network: a network to look at instead of a new one; it is put into training mode.
    """

    def __init__(
        self,
        plan: Plan,
        images: Tensor,
        labels: Tensor | None,
        *,
        options: NetworkOptions,
        seed: int,
        listeners: Iterable[type[SpikeListener]] = (),
        gradient: bool = False,
        precision: str = "fp32",
        network: SpikingNetwork | None = None,
    ) -> None:
        self.plan = plan
        self.images = images
        self.labels = labels
        self.seed = seed
        self.options = options
        self._listeners = {kind: kind() for kind in listeners}
        self._gradient = gradient
        self._precision = precision
        self._given = network

    @cached_property
    def network(self) -> SpikingNetwork:
        """The network in training mode, on the device of the images."""
        network = build_network(self.plan, self.options, self.seed) if self._given is None else self._given
        return network.to(self.images.device).train()

    @cached_property
    def _pass(self) -> tuple[Tensor, Tensor]:
        """The one forward pass of the batch: its input and the network's output."""
        x = self.images.detach().requires_grad_(self._gradient)
        with ExitStack() as stack:
            stack.enter_context(torch.set_grad_enabled(self._gradient))
            stack.enter_context(drawing_masks(self.seed))
            stack.enter_context(computing_in(self._precision, x.device))
            for listener in self._listeners.values():
                stack.enter_context(listening(self.network, listener))
            return x, self.network(cast_input(x, self._precision))

    @property
    def output(self) -> Tensor:
        """What the network gives for the batch, [N, classes]: rates, of networks of cells voltages."""
        return self._pass[1]

    def heard(self, kind: type[Heard]) -> Heard:
        """The listener of that kind, after the forward pass."""
        _ = self._pass
        listener = self._listeners[kind]
        assert isinstance(listener, kind)
        return listener

    @cached_property
    def loss(self) -> Tensor:
        """Cross-entropy of the output, mean over the batch; of rates its logits are the voted spike counts.

        Raises:
            UserError: there are no labels.
        """
        if self.labels is None:
            raise UserError("a score of gradients needs the images' classes: give labels")
        return count_cross_entropy(self.output, self.labels, self.network.loss_timesteps(self.images))

    @cached_property
    def weighted(self) -> tuple[Weighted, ...]:
        """All convolutions and fully connected layers."""
        return weighted_modules(self.network)

    @cached_property
    def gradients(self) -> Sequence[Tensor]:
        """The gradients of the loss by the weights of `weighted`; zeros where the loss does not depend on one."""
        weights = [module.weight for module in self.weighted]
        found = torch.autograd.grad(self.loss, weights, retain_graph=True, allow_unused=True)
        pairs = zip(weights, found, strict=True)
        return [torch.zeros_like(weight) if one is None else one for weight, one in pairs]

    @cached_property
    def input_gradients(self) -> Tensor:
        """The gradient of the sum of all outputs by the images, [N, C, H, W]; zeros where there is none."""
        x, output = self._pass
        (found,) = torch.autograd.grad(output.sum(), (x,), retain_graph=True, allow_unused=True)
        return torch.zeros_like(x) if found is None else found


def weighted_modules(network: nn.Module) -> tuple[Weighted, ...]:
    """All convolutions and fully connected layers, in the order of the network."""
    return tuple(module for module in network.modules() if isinstance(module, Weighted))
