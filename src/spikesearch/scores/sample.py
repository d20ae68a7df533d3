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

Heard = TypeVar("Heard", bound=SpikeListener)


class Sample:
    """One network with weights drawn from `seed`, in training mode, and one batch.

    Nothing is computed before a score asks for it, and nothing twice. Neurons start every pass at rest.

    Shapes: N images, T timesteps.

    Attributes:
        plan: of the network.
        images: float32, normalised, [N, C, H, W].
        labels: int64 [N]; None if there are none.
        seed: of the weights.
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
    ) -> None:
        self.plan = plan
        self.images = images
        self.labels = labels
        self.seed = seed
        self.options = options
        self._listeners = {kind: kind() for kind in listeners}
        self._gradient = gradient

    @cached_property
    def network(self) -> SpikingNetwork:
        """The network in training mode, on the device of the images."""
        return build_network(self.plan, self.options, self.seed).to(self.images.device).train()

    @cached_property
    def _pass(self) -> tuple[Tensor, Tensor]:
        """The one forward pass of the batch: its input and the network's output."""
        x = self.images.detach().requires_grad_(self._gradient)
        with ExitStack() as stack:
            stack.enter_context(torch.set_grad_enabled(self._gradient))
            stack.enter_context(drawing_masks(self.seed))
            for listener in self._listeners.values():
                stack.enter_context(listening(self.network, listener))
            return x, self.network(x)

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
    def weights(self) -> tuple[Tensor, ...]:
        """The weights of all convolutions and fully connected layers, in the order of the network."""
        return tuple(module.weight for module in self.network.modules() if isinstance(module, nn.Conv2d | nn.Linear))

    @cached_property
    def gradients(self) -> Sequence[Tensor]:
        """The gradients of the loss by `weights`; zeros where the loss does not depend on one."""
        found = torch.autograd.grad(self.loss, self.weights, retain_graph=True, allow_unused=True)
        pairs = zip(self.weights, found, strict=True)
        return [torch.zeros_like(weight) if one is None else one for weight, one in pairs]

    @cached_property
    def input_gradients(self) -> Tensor:
        """The gradient of the sum of all outputs by the images, [N, C, H, W]."""
        x, output = self._pass
        (found,) = torch.autograd.grad(output.sum(), (x,), retain_graph=True)
        return found
