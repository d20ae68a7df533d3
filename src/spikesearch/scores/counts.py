"""Baselines that need no network: what any better score has to beat. Exact integers from the plan."""

from spikesearch.architectures.describe import describe_plan
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score


class _Count(Score):
    """Arithmetic: nothing is drawn and nothing runs, so neither batch nor seed matter."""

    network = False


class Parameters(_Count):
    """`parameters`: trainable parameters. On SpikeNAS-Bench a strong baseline (Kendall τ 0.39)."""

    def measure(self, sample: Sample) -> float:
        """The count."""
        return float(describe_plan(sample.plan).parameters)


class Macs(_Count):
    """`macs`: multiply-accumulates of one image over all timesteps."""

    def measure(self, sample: Sample) -> float:
        """The count."""
        return float(describe_plan(sample.plan).macs)


class Depth(_Count):
    """`depth`: layers of neurons, those of the fully connected layers included."""

    def measure(self, sample: Sample) -> float:
        """The count."""
        return float(describe_plan(sample.plan).depth)
