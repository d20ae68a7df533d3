"""What one neuron layer is told, as plain values."""

import math
from dataclasses import dataclass

from spikesearch.errors import UserError
from spikesearch.neurons.surrogate import Surrogate, get_surrogate

KINDS = ("plif", "lif", "if", "relu")
RESETS = ("hard", "soft")


@dataclass(frozen=True, kw_only=True)
class NeuronOptions:
    """The same for all neuron layers of a network. Defaults are those of AutoSNN's released code.

    Args:
        kind: "plif" learns one decay per layer (α = sigmoid(w)); "lif" keeps α = 1/τ; "if" has no decay, H = V + z.
            "relu" is no neuron at all but max(0, z), which makes an ordinary network of a spiking one; it uses
            nothing of what follows.
        tau: membrane time constant τ in timesteps, above 1; the initial one for "plif". AutoSNN 2, SNASNet 4/3. "if"
            does not use it.
        v_threshold: V_th. 1 in AutoSNN's appendix A.1 and code (the 0 in its §5.1 is a misprint).
        v_reset: V_reset, below V_th: where a membrane starts and rests, and with a hard reset where a spike puts it.
        reset: what a spike does to the membrane: "hard" puts it to V_reset, "soft" takes V_th off, so that what lies
            above the threshold stays (Rueckauer et al. 2017, reset by subtraction). Hard in both papers.
        surrogate: a name of `SURROGATES`, or an instance of a `Surrogate` of one's own.
        scale: the surrogate's steepness; 2 in the released code. Not used where `surrogate` is an instance.
        detach_reset: whether the gradient leaves out the reset's spike; the released code does.
        fused: True runs the two hand-derived kernels; False the plain loop, which autograd can differentiate twice
            through everything but the spike.
        compile: True compiles the fused kernels, which takes some 20 s once per machine and a few seconds per further
            T or type; worth it for runs of minutes. False runs the same kernels eagerly. In a built network large max
            poolings follow it on a CPU.

    Raises:
        UserError: a value is not allowed; names the value and what is.
    """

    kind: str = "plif"
    tau: float = 2.0
    v_threshold: float = 1.0
    v_reset: float = 0.0
    reset: str = "hard"
    surrogate: str | Surrogate = "atan"
    scale: float = 2.0
    detach_reset: bool = True
    fused: bool = True
    compile: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UserError(f"neuron kind {self.kind!r}: known are {', '.join(KINDS)}")
        if self.reset not in RESETS:
            raise UserError(f"reset {self.reset!r}: known are {', '.join(RESETS)}")
        if not (math.isfinite(self.tau) and self.tau > 1):
            raise UserError(f"tau {self.tau!r}: must be a finite number above 1 timestep (AutoSNN uses 2)")
        if not (math.isfinite(self.v_threshold) and math.isfinite(self.v_reset) and self.v_reset < self.v_threshold):
            raise UserError(
                f"v_threshold {self.v_threshold!r} and v_reset {self.v_reset!r}: both must be finite, and the reset "
                "below the threshold (defaults 1.0 and 0.0)"
            )
        self.make_surrogate()

    def make_surrogate(self) -> Surrogate:
        """The surrogate these options name."""
        return get_surrogate(self.surrogate, self.scale)
