"""`ReportData`: everything a report shows, as plain values.

The page and its figures are a pure function of this tree; it knows no run folder, no clock and no network. Whatever
is unknown yet is left out (an empty tuple, None), and the page then says what is missing instead of inventing it.
Accuracies and firing rates are fractions 0…1, spikes are counts per image summed over all T timesteps (AutoSNN's
count: stem, every neuron of every block, pooling outputs and FC neurons).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spikesearch.architectures.blocks import FixedBlock
from spikesearch.architectures.describe import describe_plan
from spikesearch.architectures.heads import VotingHead
from spikesearch.architectures.plan import Plan
from spikesearch.strategies.evaluator import Measurement


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """The images of a run.

    Attributes:
        name: the data set's name, such as `cifar10`.
        image: channels, height, width.
        classes: number of classes.
        train, validation, test: images in each of the three parts; train and validation are disjoint.
        part: which part of the data set was used, in words ("the first 2,000 training images"); empty: all of it.
        per_class: how many images the classes have, in words ("100 each"); empty: unknown.
    """

    name: str
    image: tuple[int, int, int]
    classes: int
    train: int
    validation: int
    test: int
    part: str = ""
    per_class: str = ""


@dataclass(frozen=True, kw_only=True)
class EpochFigures:
    """One epoch of a training, as means over the epoch's augmented training images.

    `accuracy` and `spikes_per_image` may be None where the training did not record them.
    """

    epoch: int
    loss: float
    accuracy: float | None = None
    spikes_per_image: float | None = None


@dataclass(frozen=True, kw_only=True)
class Training:
    """A network trained from scratch.

    Attributes:
        test: the one measurement on the test images, of several trainings their mean; None while the training has not
            ended.
        validation: the network of the first training on the validation images.
        curve: the epochs of the first training so far, in order.
        repeats: of several trainings the test measurement of each; empty for one.
    """

    test: Measurement | None = None
    validation: Measurement | None = None
    curve: tuple[EpochFigures, ...] = ()
    repeats: tuple[Measurement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DrawnStep:
    """One box of the drawing: a step of the plan, or the FC.

    Attributes:
        name: the step's name, the first part of its layers' names (`tbd1`, `ds1`, `fc`).
        block: the block's canonical text (`SRB_k5`), for fixed steps its kind (`Stem`, `MaxPool`, `FC`).
        input, output: channels, height, width.
        slot: True where the search chose the block.
        parameters: trainable parameters of the step's layers.
    """

    name: str
    block: str
    input: tuple[int, int, int]
    output: tuple[int, int, int]
    slot: bool
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Network:
    """One architecture and what was measured of it.

    Attributes:
        label: what people call it: `all SRB_k3`, `random`. Empty for winners, which λ names.
        architecture: canonical text.
        parameters, macs, spiking_positions: as `describe` counts them, macs per image.
        steps: the boxes of its drawing, in order.
        shared: estimate with the supernet's weights on the validation images.
        trained: the same architecture trained from scratch, or None.
        checks: for each constraint of the search `constraint`, `value` and `kept`, of the trained network.
        score: the training-free score by which the search went; None where there is none.
        learned: False of a trained network that is silent or hardly better than guessing: its spikes say nothing.
    """

    label: str = ""
    architecture: str
    parameters: int
    macs: int
    spiking_positions: int
    steps: tuple[DrawnStep, ...] = ()
    shared: Measurement | None = None
    trained: Training | None = None
    checks: tuple[Mapping[str, Any], ...] = ()
    score: float | None = None
    learned: bool = True

    @property
    def test(self) -> Measurement | None:
        """The test measurement of the trained network, if there is one."""
        return self.trained.test if self.trained else None

    @property
    def curve(self) -> tuple[EpochFigures, ...]:
        """The training curve, empty where nothing was trained."""
        return self.trained.curve if self.trained else ()


@dataclass(frozen=True, kw_only=True)
class FinalistFigures:
    """One of the best candidates of a λ, measured a second time with the supernet's weights.

    Attributes:
        architecture: canonical text.
        searched, searched_fitness: what the search measured, and the fitness of that.
        again, fitness: the same of the second time, which decides.
    """

    architecture: str
    searched: Measurement
    searched_fitness: float
    again: Measurement
    fitness: float


@dataclass(frozen=True, kw_only=True)
class Winner:
    """The architecture that the search chose for one λ, with its fitness and the number of its trial.

    Attributes:
        finalists: the winner first; empty where nothing was measured again. `fitness` is that of the second figures.
    """

    lam: float
    network: Network
    fitness: float | None = None
    number: int | None = None
    finalists: tuple[FinalistFigures, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrialFigures:
    """One evaluated candidate: shared weights, validation images.

    An architecture that is evaluated for several λ is a trial for each of them, with the same measurement and
    another fitness.
    """

    number: int
    generation: int
    architecture: str
    lam: float
    accuracy: float
    spikes_per_image: float
    fitness: float
    kept: bool = True  # all measured constraints


@dataclass(frozen=True, kw_only=True)
class ScoredFigures:
    """One candidate that was scored without training; parameters and MACs are those of the network to be trained."""

    number: int
    generation: int
    architecture: str
    score: float
    parameters: int
    macs: int


@dataclass(frozen=True, kw_only=True)
class ScoreFacts:
    """The training-free score of a search.

    Attributes:
        name: such as `sahd`.
        description: what it is, one line, and where it comes from.
        network: width, timesteps, batch and repeats on which it was computed, in the order to be shown.
        kept: how many of the best were then searched with shared weights; 0: the score alone decided.
    """

    name: str
    description: str = ""
    network: Mapping[str, Any] = field(default_factory=dict)
    kept: int = 0


@dataclass(frozen=True, kw_only=True)
class SearchFacts:
    """How the search was done.

    Attributes:
        strategy: its name, `evolution`, `random`, `predictor` or `exhaustive`.
        fitness: `exponential`, `linear`, or the name of the user's own objective.
        settings: whatever else identifies the search, in the order to be shown ("population": 20).
        budget: candidates that may be evaluated for each λ; None: unknown.
    """

    strategy: str = "evolution"
    fitness: str = "exponential"
    settings: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line that repeats the run or a part of it, and what it does."""

    text: str
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """Everything the report of one run shows.

    Attributes:
        run: the run's name.
        data: the images.
        space: name of the searched space; empty for a run that only trains.
        space_size: architectures in that space; None: not stated.
        dimensions: `Dimensions.as_dict()`: channels, timesteps, classes, image and so on.
        seed: the run's seed.
        created: when the run began, as it shall be shown; empty: not shown.
        state: what the reader must know before anything else: that the run is unfinished and how to go on, or that a
            network has learned nothing; empty where all is well.
        machine: device, threads, precision and the like, in the order to be shown.
        versions: package → version.
        durations: phase → seconds, in order.
        supernet: the supernet's epochs.
        average_spikes: N_avg, spikes per image of the sampled architectures over the supernet's last epoch.
        search: the settings of the search.
        trials: all evaluated candidates, in order of evaluation.
        winners: one for each λ, in the order the user gave; the first trained one makes the headline.
        comparisons: networks beside the winners. The first trained one makes the headline's comparison.
        repeat: commands that repeat the run.
        notes: remarks on the data protocol and on deviations from it, a sentence each.
        ranks: how well the estimates or scores ranked the trained networks, in words; empty: unknown.
        score: the training-free score that the search went by, alone or in a first stage; None: neither.
        scored: all candidates that it was computed for, in order.
    """

    run: str
    data: DataFacts
    seed: int
    dimensions: Mapping[str, Any]
    space: str = ""
    space_size: int | None = None
    created: str = ""
    state: str = ""
    machine: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    durations: Mapping[str, float] = field(default_factory=dict)
    supernet: tuple[EpochFigures, ...] = ()
    average_spikes: float | None = None
    search: SearchFacts = SearchFacts()
    trials: tuple[TrialFigures, ...] = ()
    winners: tuple[Winner, ...] = ()
    comparisons: tuple[Network, ...] = ()
    repeat: tuple[Command, ...] = ()
    notes: tuple[str, ...] = ()
    ranks: str = ""
    score: ScoreFacts | None = None
    scored: tuple[ScoredFigures, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain JSON values."""
        return asdict(self)

    @property
    def spiking(self) -> bool:
        """Whether the networks spike; spikes and firing rates of ordinary ones, with ReLUs, are nan here."""
        return self.dimensions.get("neuron") != "relu"

    @property
    def by_score(self) -> bool:
        """Whether a score alone decided, so that there are no estimates."""
        return self.score is not None and not self.score.kept

    @property
    def headline_winner(self) -> Winner | None:
        """The first winner that was trained and tested, else the first one."""
        tested = [winner for winner in self.winners if winner.network.test]
        return next(iter([*tested, *self.winners]), None)


def network_from_plan(
    plan: Plan,
    *,
    label: str = "",
    shared: Measurement | None = None,
    trained: Training | None = None,
    checks: tuple[Mapping[str, Any], ...] = (),
    score: float | None = None,
    learned: bool = True,
) -> Network:
    """A `Network` with the counts and boxes of `plan`, which `architecture.plan(dimensions)` returns.

    From the plan and not from the text, so that a user's own blocks are drawn like the built-in ones.
    """
    counts = describe_plan(plan)
    parameters: dict[str, int] = {}
    for layer in counts.layers:
        step_name = step_of(layer.name)
        parameters[step_name] = parameters.get(step_name, 0) + layer.parameters
    steps = [
        DrawnStep(
            name=step.name,
            block=type(step.block).__name__ if isinstance(step.block, FixedBlock) else str(step.block),
            input=step.input,
            output=step.output,
            slot=step.slot,
            parameters=parameters.get(step.name, 0),
        )
        for step in plan.steps
    ]
    steps.append(
        DrawnStep(
            name="fc",
            block="FC" if isinstance(plan.head, VotingHead) else type(plan.head).__name__,
            input=(plan.features, 1, 1),
            output=(plan.outputs, 1, 1),
            slot=False,
            parameters=parameters["fc"],
        )
    )
    return Network(
        label=label,
        architecture=plan.architecture,
        parameters=counts.parameters,
        macs=counts.macs,
        spiking_positions=counts.spiking_positions,
        steps=tuple(steps),
        shared=shared,
        trained=trained,
        checks=checks,
        score=score,
        learned=learned,
    )


def step_of(layer: str) -> str:
    """The step a layer belongs to: `tbd1.neuron2` → `tbd1`."""
    return layer.partition(".")[0]
