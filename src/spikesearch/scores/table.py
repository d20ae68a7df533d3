"""The built-in scores by name."""

from collections.abc import Mapping

from spikesearch.scores.counts import Depth, Macs, Parameters
from spikesearch.scores.gradients import GradNorm
from spikesearch.scores.kernels import Hamming, Sahd
from spikesearch.scores.score import Score

SCORES_TABLE: Mapping[str, Score] = {
    "grad-norm": GradNorm(),
    "sahd": Sahd("code"),
    "sahd-paper": Sahd("paper"),
    "sahd-code": Sahd("code"),
    "hamming": Hamming(),
    "parameters": Parameters(),
    "macs": Macs(),
    "depth": Depth(),
}
"""Name → score; each name has a line in `strategies.score_names.SCORES`."""
