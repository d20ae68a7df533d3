"""Whether shared weights, or a training-free score, rank networks as training from scratch does.

Kendall's τ-b counts pairs: those in the same order less those in the opposite one, as a share, with ties allowed for
(Kendall, Biometrika 33, 1945). Spearman's ρ is the correlation of the ranks (American Journal of Psychology 15, 1904).
1 is the same order, 0 no relation, −1 the opposite order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LEAST = 3
"""Networks that are needed: two are always in the same order or in the opposite one."""

ROUGH = 10
"""Below that many networks the figures are rough: τ of 9 unrelated ones scatters around 0 with √(46/648) = 0.27."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Accuracy and spikes per image of one architecture, with shared weights and trained from scratch."""

    shared_accuracy: float
    shared_spikes: float
    trained_accuracy: float
    trained_spikes: float


@dataclass(frozen=True, kw_only=True)
class RankCorrelation:
    """Of the shared-weight figures on D_val with those after training; None where all figures of one side are equal.

    Attributes:
        networks: how many different architectures.
        trained_on: the images of the trained figures: `validation`, or `test` where D_val was trained on.
        accuracy_tau, accuracy_rho: Kendall's τ-b and Spearman's ρ of the accuracies.
        spikes_tau, spikes_rho: of the spikes per image; None for a score, which estimates none.
        score: the score that the accuracies are compared with; empty: shared weights.
        spiking: whether there are spikes to be compared; not of ordinary networks.
        accuracy_equal, spikes_equal: where there is no order, which figures are all equal, in words; empty otherwise,
            and in runs of versions that did not keep it.
    """

    networks: int
    trained_on: str
    accuracy_tau: float | None
    accuracy_rho: float | None
    spikes_tau: float | None
    spikes_rho: float | None
    score: str = ""
    accuracy_equal: str = ""
    spikes_equal: str = ""
    spiking: bool = True

    @classmethod
    def of(cls, pairs: Sequence[Pair], trained_on: str, *, spiking: bool = True) -> "RankCorrelation | None":
        """None for fewer than three networks."""
        if len(pairs) < LEAST:
            return None
        accuracies = [one.shared_accuracy for one in pairs], [one.trained_accuracy for one in pairs]
        counts = [one.shared_spikes for one in pairs], [one.trained_spikes for one in pairs]
        accuracy, spikes = _both(*accuracies), _both(*counts)
        return cls(
            networks=len(pairs),
            trained_on=trained_on,
            accuracy_tau=accuracy[0],
            accuracy_rho=accuracy[1],
            spikes_tau=spikes[0],
            spikes_rho=spikes[1],
            accuracy_equal=_equal(*accuracies, "estimated"),
            spikes_equal=_equal(*counts, "estimated") if spiking else "",
            spiking=spiking,
        )

    @classmethod
    def of_scores(
        cls, score: str, scores: Sequence[float], accuracies: Sequence[float], trained_on: str
    ) -> "RankCorrelation | None":
        """Of scores and the accuracies after training, network by network; None for fewer than three."""
        if len(scores) < LEAST:
            return None
        tau, rho = _both(scores, accuracies)
        return cls(
            networks=len(scores),
            trained_on=trained_on,
            accuracy_tau=tau,
            accuracy_rho=rho,
            spikes_tau=None,
            spikes_rho=None,
            score=score,
            accuracy_equal=_equal(scores, accuracies, "scores"),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RankCorrelation":
        """What `as_dict` wrote."""
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """The attributes as plain JSON values; without those that are empty, and `spiking` only where it is false."""
        left_out = {"spiking"} if self.spiking else set()
        return {name: value for name, value in asdict(self).items() if value != "" and name not in left_out}

    def __str__(self) -> str:
        rough = ", too few for more than a rough idea" if self.networks < ROUGH else ""
        known = (self.accuracy_tau, self.spikes_tau) != (None, None)
        scale = "; 1 is the same order, 0 no relation, −1 the opposite." if known else "."
        accuracy = _agreement(self.accuracy_tau, self.accuracy_rho, self.accuracy_equal, "accuracies")
        if self.score:
            return (
                f"The score {self.score} against training from scratch, over {self.networks} networks{rough}: the "
                f"order by accuracy ({self.trained_on} images) {accuracy}{scale}"
            )
        spikes = ""
        if self.spiking:
            agreement = _agreement(self.spikes_tau, self.spikes_rho, self.spikes_equal, "numbers of spikes")
            spikes = f", that by spikes {agreement}"
        return (
            f"Shared weights against training from scratch, over {self.networks} networks{rough}: the order by "
            f"accuracy ({self.trained_on} images) {accuracy}{spikes}{scale}"
        )


def _agreement(tau: float | None, rho: float | None, equal: str, what: str) -> str:
    if tau is None or rho is None:
        which = "" if not equal else f" {equal}" if equal == "scores" else f" {equal} {what}"
        return f"cannot be compared, as all{which} are equal"
    return f"agrees with Kendall's τ-b {_shown(tau)} (Spearman's ρ {_shown(rho)})"


def _equal(first: Sequence[float], second: Sequence[float], name: str) -> str:
    """Which of the two are all the same: the first, called `name`, the trained ones, or both."""
    return " and ".join(one for one, values in ((name, first), ("trained", second)) if len(set(values)) == 1)


def _shown(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _both(first: Sequence[float], second: Sequence[float]) -> tuple[float | None, float | None]:
    """τ-b and ρ."""
    if len(set(first)) == 1 or len(set(second)) == 1:
        return None, None
    # Imported here: it takes longer than the rest of the package.
    from scipy.stats import kendalltau, spearmanr

    found = float(kendalltau(first, second).statistic), float(spearmanr(first, second).statistic)
    return tuple(None if math.isnan(value) else value for value in found)  # type: ignore[return-value]
