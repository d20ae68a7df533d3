"""The neuron layer: a thin module around the pure functions, with no state between calls."""

import math

import torch
from torch import Tensor, nn

from spikesearch.errors import UserError
from spikesearch.neurons.fused import fused_multistep, fused_stretch
from spikesearch.neurons.kernels import Rule
from spikesearch.neurons.membranes import Membranes, carried_membranes
from spikesearch.neurons.multistep import plain_multistep, plain_stretch
from spikesearch.neurons.options import NeuronOptions
from spikesearch.neurons.step import lif_step, membrane_dtype
from spikesearch.neurons.surrogate import Surrogate


class SpikingNeuron(nn.Module):
    """A layer of PLIF, LIF or IF neurons. Every call starts at V_reset and drops the membrane at its end, except inside
    `membranes.carrying`, where a network runs a few timesteps at a time.

    PLIF has one parameter `w` for the whole layer, α = sigmoid(w), starting at w = -log(τ - 1), so 0 for τ = 2
    (Fang et al. 2021, as used by AutoSNN). LIF and IF have none. Of the kind "relu" the layer is max(0, z), without a
    membrane; what it gives are no spikes.

    Shapes: T timesteps, N images, any further dimensions. Membranes are float32 whatever the type of the input
    (float64 for float64 inputs).
    """

    w: nn.Parameter | None

    def __init__(self, options: NeuronOptions | None = None) -> None:
        super().__init__()
        self.options = NeuronOptions() if options is None else options
        o = self.options
        self.surrogate = o.make_surrogate()
        leaky, soft = o.kind != "if", o.reset == "soft"
        self.rule = Rule(o.v_threshold, o.v_reset, self.surrogate, o.detach_reset, soft, leaky)
        if o.kind == "plif":
            self.w = nn.Parameter(torch.tensor(math.log(1 / (o.tau - 1)), dtype=torch.float32))
        else:
            self.register_parameter("w", None)

    def alpha(self, like: Tensor) -> Tensor:
        """Decay 1/τ of this layer: no dimension, on the device of `like`, in the type of its membrane. 1 for IF."""
        dtype = membrane_dtype(like.dtype)
        if self.w is None:
            # filled on the device: torch.tensor(...) would copy from the host and wait for it
            decay = 1 / self.options.tau if self.rule.leaky else 1.0
            return torch.full((), decay, dtype=dtype, device=like.device)
        return self.w.to(dtype).sigmoid()

    def forward(self, z: Tensor) -> Tensor:
        """Spikes of all timesteps, [T, N, ...] → [T, N, ...] in the type of z and laid out in memory as z."""
        if self.options.kind == "relu":
            return z.relu()
        membranes = self._carried()
        if membranes is not None:
            return self._stretch(z, None, membranes)
        if self._plain():
            return plain_multistep(z, self._decay(z), *self._how())
        return fused_multistep(z, self.alpha(z), self.rule, compiled=self.options.compile)

    def forward_constant(self, z: Tensor, timesteps: int) -> Tensor:
        """Spikes for the same input at every timestep (direct coding), [N, ...] → [T, N, ...]."""
        if self.options.kind == "relu":
            return z.relu().expand(timesteps, *z.shape)
        membranes = self._carried()
        if membranes is not None:
            return self._stretch(z, timesteps, membranes)
        if self._plain():
            return plain_multistep(z.expand(timesteps, *z.shape), self._decay(z), *self._how())
        return fused_multistep(z, self.alpha(z), self.rule, timesteps=timesteps, compiled=self.options.compile)

    def _carried(self) -> Membranes | None:
        # a compiler that traces the whole network does not know context variables
        return None if torch.compiler.is_compiling() else carried_membranes()

    def _stretch(self, z: Tensor, timesteps: int | None, membranes: Membranes) -> Tensor:
        """Either of the two above as a stretch of a longer time: the membrane comes from the one before it."""
        v = membranes.take(z.shape[1:] if timesteps is None else z.shape)
        if self._plain():
            z = z if timesteps is None else z.expand(timesteps, *z.shape)
            spikes, after = plain_stretch(z, self._decay(z), v, *self._how())
        else:
            compiled = self.options.compile
            spikes, after = fused_stretch(z, self.alpha(z), self.rule, v, timesteps=timesteps, compiled=compiled)
        membranes.after.append(after)
        return spikes

    def _plain(self) -> bool:
        # a compiler that traces the whole network sees through the plain loop, not through the hand-made function
        return not self.options.fused or torch.compiler.is_compiling()

    def step(self, z: Tensor, v: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """One timestep of a stream: (input [N, ...], membrane or None at the start) → (spikes, membrane).

        Raises:
            UserError: a ReLU, which has no membrane.
        """
        if self.options.kind == "relu":
            raise UserError("step() with kind='relu': a ReLU has no membrane to step; call the layer itself")
        return lif_step(z, v, self._decay(z), *self._how())

    def _decay(self, like: Tensor) -> Tensor | None:
        """As the plain functions take it."""
        return self.alpha(like) if self.rule.leaky else None

    def _how(self) -> tuple[float, float, Surrogate, bool, bool]:
        """What they take behind it."""
        rule = self.rule
        return rule.v_threshold, rule.v_reset, rule.surrogate, rule.detach_reset, rule.soft_reset

    def extra_repr(self) -> str:
        """The options, as `print(network)` shows them."""
        o = self.options
        reset = ", reset=soft" if o.reset == "soft" else ""
        return f"kind={o.kind}, tau={o.tau}, v_threshold={o.v_threshold}{reset}, surrogate={self.surrogate!r}"
