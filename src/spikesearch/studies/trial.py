"""One evaluated architecture of a search, as a study stores it."""

from collections.abc import Iterable
from dataclasses import dataclass

from spikesearch.strategies.evaluator import LayerActivity, Measurement


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """An architecture, what was measured, and what the search made of it.

    Attributes:
        number: position in the study, from 0; trials are numbered in the order in which they were added.
        architecture: canonical text.
        digest: the architecture's digest.
        lam: λ of the search that proposed it.
        generation: round of that search, from 0.
        fitness: under that λ; larger is better.
        accuracy: share of validation images classified rightly, 0…1.
        spikes_per_image: all spikes over all T, FC neurons included.
        firing_rate: spikes without FC / (spiking positions · T).
        layers: the layers that emit spikes, in network order.
        images: validation images.
        correct: how many of them were classified rightly.
        source: how it was measured, for example `shared-weights`.
        reused_from: number of the trial, of another λ, whose measurement this one repeats; None if it was measured.
    """

    number: int
    architecture: str
    digest: str
    lam: float
    generation: int
    fitness: float
    accuracy: float
    spikes_per_image: float
    firing_rate: float
    layers: tuple[LayerActivity, ...]
    images: int
    correct: int
    source: str
    reused_from: int | None = None

    @property
    def measurement(self) -> Measurement:
        """What was measured, without what the search made of it."""
        return Measurement(
            accuracy=self.accuracy,
            spikes_per_image=self.spikes_per_image,
            firing_rate=self.firing_rate,
            layers=self.layers,
            images=self.images,
            correct=self.correct,
        )


def best_trial(trials: Iterable[TrialRecord]) -> TrialRecord:
    """The winner: highest fitness; of equals fewer spikes, then the canonical text that sorts first.

    A network without spikes wins only among its like: its fitness is 0 by definition, which linear fitness can
    undercut.

    Raises:
        ValueError: no trials.
    """
    return min(
        trials,
        key=lambda trial: (trial.spikes_per_image == 0, -trial.fitness, trial.spikes_per_image, trial.architecture),
    )
