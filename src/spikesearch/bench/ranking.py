"""From contenders to figures: how well each orders the networks, and what it is better by than the parameter count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesearch.bench.agreement import KENDALL, QUANTITIES, Estimate, agreement, interval, resamples
from spikesearch.bench.contenders import PARAMETERS, Contender
from spikesearch.seeds import child_seed

RESAMPLES = 1000


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """One contender on one set of networks.

    Attributes:
        name, kind, seconds: of the contender.
        networks: name of the set, `all` or `trained`.
        count: networks in it.
        estimates: by `agreement.QUANTITIES`.
        gain: its τ-b less that of the parameter count, in the same resamples.
    """

    name: str
    kind: str
    seconds: float | None
    networks: str
    count: int
    estimates: Mapping[str, Estimate]
    gain: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "networks": self.networks,
            "count": self.count,
            **{name: estimate.as_dict() for name, estimate in self.estimates.items()},
            "kendall_less_parameters": self.gain.as_dict(),
            "seconds_per_architecture": self.seconds,
        }


def rank(contenders: Sequence[Contender], test: np.ndarray, rows: np.ndarray, networks: str, seed: int) -> list[Ranked]:
    """All contenders on one set, in the same resamples of its networks.

    Args:
        contenders: one of them is the parameter count.
        test: test accuracies of all networks, float [n].
        rows: of the set.
        networks: its name.
        seed: of the resamples.
    """
    counts = resamples(len(rows), RESAMPLES, child_seed(seed, "resamples"))
    whole = np.ones((1, len(rows)), np.float32)
    values, drawn = {}, {}
    for one in contenders:
        values[one.name] = agreement(one.values[rows], test[rows], whole)
        drawn[one.name] = agreement(one.values[rows], test[rows], counts)
    against, against_drawn = values[PARAMETERS][KENDALL][0], drawn[PARAMETERS][KENDALL]
    return [
        Ranked(
            name=one.name,
            kind=one.kind,
            seconds=one.seconds,
            networks=networks,
            count=len(rows),
            estimates={name: interval(float(values[one.name][name][0]), drawn[one.name][name]) for name in QUANTITIES},
            gain=interval(float(values[one.name][KENDALL][0] - against), drawn[one.name][KENDALL] - against_drawn),
        )
        for one in contenders
    ]
