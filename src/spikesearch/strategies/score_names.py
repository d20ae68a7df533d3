"""The training-free scores by name, as far as they are known without torch.

What computes them stands in the room `scores`; its table has the same names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError


@dataclass(frozen=True, kw_only=True)
class ScoreInfo:
    """What can be said about a score without computing it.

    Attributes:
        description: one line; what is counted, and what is negated so that larger predicts better.
        source: paper and equation, or what it is a baseline of.
        labels: whether it needs the classes of the images.
        network: whether networks are built and run; else it is arithmetic on the plan.
        validated: the only spaces on whose trained networks it was checked; empty: nothing is claimed of it anywhere.
    """

    description: str
    source: str
    labels: bool = False
    network: bool = True
    validated: tuple[str, ...] = ()


_SNASNET = "Kim et al., ECCV 2022 (SNASNet)"

SECOND_NAMES: Mapping[str, str] = {"sahd-code": "sahd"}
"""Another name of a score → its name. Where all scores are computed, they are computed once."""

SCORES: Mapping[str, ScoreInfo] = {
    "spike-paths": ScoreInfo(
        description="log of the sum over all paths of gains of their neurons, which follow from firing rates",
        source="this project; found on half of SpikeNAS-Bench",
        validated=("spikenas-bench",),
    ),
    "grad-norm": ScoreInfo(
        description="minus the mean log norm of the weight gradients of the convolutions",
        source="gradient norms: Abdelfattah et al., ICLR 2021; sign and logarithm measured on SpikeNAS-Bench",
        labels=True,
    ),
    "sahd": ScoreInfo(
        description="how differently the neurons code different images, for equal sparsity",
        source=f"{_SNASNET}, Eq. 9, normalised as in the code",
    ),
    "sahd-paper": ScoreInfo(description="SAHD with the paper's normalisation", source=f"{_SNASNET}, Eq. 9"),
    "sahd-code": ScoreInfo(description="another name of sahd", source=f"{_SNASNET}, Eq. 9 and code"),
    "hamming": ScoreInfo(
        description="how differently the neurons code different images", source=f"{_SNASNET}, Eq. 4-5 and Table 4"
    ),
    "parameters": ScoreInfo(description="number of parameters", source="baseline", network=False),
    "macs": ScoreInfo(
        description="multiply-accumulates of an image over all timesteps", source="baseline", network=False
    ),
    "depth": ScoreInfo(description="number of neuron layers", source="baseline", network=False),
    "spikes": ScoreInfo(
        description="spikes per image before training", source="baseline; counted as Na et al., ICML 2022 (AutoSNN)"
    ),
    "synflow": ScoreInfo(
        description="log of the flow through all weights, neurons passing their current on",
        source="Tanaka et al., NeurIPS 2020, Eq. 2",
    ),
    "snip": ScoreInfo(
        description="how much the loss depends on the weights, by surrogate gradients",
        source="Lee et al., ICLR 2019, Eq. 5",
        labels=True,
    ),
    "jacobian-covariance": ScoreInfo(
        description="how little the gradients by different images are correlated",
        source="Mellor et al., arXiv 2006.04647v1",
    ),
    "naswot": ScoreInfo(
        description="how differently images make neurons fire at all", source="Mellor et al., ICML 2021, Eq. 2"
    ),
}
"""Name → what is known of the score; the default first."""

DEFAULT_SCORE = "spike-paths"
"""The score that is computed where none is named."""


def caution(name: str, spaces: Iterable[str]) -> str | None:
    """A sentence where a score is used beyond the spaces that it was validated on; else None.

    Args:
        name: of the score; of an own one nothing is known.
        spaces: names of the spaces that the scored architectures come from.
    """
    known = SCORES[name].validated if name in SCORES else ()
    beyond = [space for space in dict.fromkeys(spaces) if space not in known]
    if not known or not beyond:
        return None
    return (
        f"{name} is validated on the cells of {', '.join(known)} only, not on {', '.join(beyond)}: compare it with "
        "other scores there, such as parameters"
    )


def check_score_names(names: Iterable[str], known: Iterable[str] = SCORES) -> tuple[str, ...]:
    """The names, each once, in their order.

    Raises:
        UserError: an unknown name, or none at all.
    """
    found, known = tuple(dict.fromkeys(names)), tuple(known)
    for name in found:
        if name not in known:
            raise UserError(f"unknown score {name!r}{did_you_mean(name, known)}; known are {', '.join(known)}")
    if not found:
        raise UserError(f"no score: give at least one of {', '.join(known)}")
    return found
