"""What the searches of the paper's space found: shared by all items that need AutoSNN's networks."""

from collections.abc import Sequence

import numpy as np

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.reproduction.autosnn.replay import Replayed, evolution, random_search, replay
from spikesearch.reproduction.lab import Lab, Searched, Trained

LAMBDAS = (0.0, -0.08, -0.16, -0.24)
DEFAULT = -0.08
"""The paper's λ wherever nothing else is said (section 5.2)."""

# The authors' released code; the paper draws them in Figure 11.
PUBLISHED = {
    0.0: "autosnn: SRB_k5 SRB_k5 SRB_k5 SCB_k5 SRB_k5",
    -0.08: "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5",
    -0.16: "autosnn: SRB_k5 SRB_k5 skip SRB_k5 SRB_k5",
    -0.24: "autosnn: skip SRB_k5 skip SCB_k5 SRB_k5",
}


def measured(lab: Lab) -> Searched:
    """Every architecture of the space with the weights of one supernet: serves each λ, strategy and seed."""
    return lab.searched("autosnn", {"search": {"strategy": "exhaustive", "lam": list(LAMBDAS)}})


def evolved(lab: Lab, lam: float) -> Replayed:
    """Evolution with λ, a search for each of the scale's seeds."""
    return replay(evolution(lab.scale), measured(lab), lam, lab.scale.seeds)


def drawn(lab: Lab, lam: float) -> Replayed:
    """Random search with λ and the same budget."""
    return replay(random_search(lab.scale), measured(lab), lam, lab.scale.seeds)


def autosnn(lab: Lab, lam: float = DEFAULT) -> str:
    """The architecture that stands for AutoSNN: what most searches with λ found."""
    return evolved(lab, lam).typical


def train_found(lab: Lab, architectures: Sequence[str]) -> list[Trained]:
    """Networks that searches found, as often as the scale repeats those."""
    return lab.trained(architectures, repeats=lab.scale.winner_repeats)


def sampled(space: str, count: int) -> list[str]:
    """Architectures drawn from a space, uniformly and without search; fewer of them are the first of more."""
    rng = np.random.default_rng(0)
    return [str(get_space(space).sample(rng)) for _ in range(count)]


def shown(lam: float) -> str:
    """`λ = −0.08`."""
    return f"λ = {lam:g}".replace("-", "−")
