"""The built-in scores by name."""

from collections.abc import Mapping

from spikesearch.scores.counts import Depth, Macs, Parameters
from spikesearch.scores.gradients import GradNorm, JacobianCovariance, Snip
from spikesearch.scores.kernels import Hamming, Naswot, Sahd
from spikesearch.scores.score import Score
from spikesearch.scores.spike_paths import SpikePaths
from spikesearch.scores.spikes import Spikes
from spikesearch.scores.synflow import Synflow
from spikesearch.strategies.score_names import SCORES, SECOND_NAMES

_OWN_NAMES: Mapping[str, Score] = {
    "spike-paths": SpikePaths(),
    "grad-norm": GradNorm(),
    "sahd": Sahd("code"),
    "sahd-paper": Sahd("paper"),
    "hamming": Hamming(),
    "parameters": Parameters(),
    "macs": Macs(),
    "depth": Depth(),
    "spikes": Spikes(),
    "synflow": Synflow(),
    "snip": Snip(),
    "jacobian-covariance": JacobianCovariance(),
    "naswot": Naswot(),
}

SCORES_TABLE: Mapping[str, Score] = {name: _OWN_NAMES[SECOND_NAMES.get(name, name)] for name in SCORES}
"""Name → score; the names and their order are those of `strategies.score_names.SCORES`."""
