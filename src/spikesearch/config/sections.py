"""What a recipe may say: strict models, unknown keys forbidden.

Library classes never see these models: the composition root turns them into plain keyword values.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from spikesearch.strategies.constraints import NOT_WITH_RACING, Constraints
from spikesearch.strategies.score_names import check_score_names

Positive = Annotated[int, Field(gt=0)]
Natural = Annotated[int, Field(ge=0)]
NonNegative = Annotated[float, Field(ge=0)]
Lambda = Annotated[float, Field(le=0)]


class Section(BaseModel):
    """Base of all sections: strict types (no "3" for 3) and no key that nobody reads."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class DataSection(Section):
    """`[data]`: which images, how many of them, and how the training part is divided; of event data, how recordings
    become frames."""

    name: str = "digits"
    folder: str | None = None
    size: Positive | None = None
    limit: Natural = 0  # training images used, 0 = all
    test_limit: Natural = 0
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2  # D_train : D_val = 8 : 2 (AutoSNN, section 5.1)
    slices: Literal["count", "time"] = "count"  # this and what follows: event data only
    window_ms: list[NonNegative] = []  # [begin, end] from the first event, none = everything
    denoise_ms: NonNegative = 0.0  # 0 = off
    crop: Natural = 0  # pixels of the middle, 0 = the whole sensor
    sensor: list[Positive] | None = None  # [width, height] of event-folder
    cache: str | None = None  # folder for frames; none: the user's own cache

    @field_validator("window_ms", "sensor")
    @classmethod
    def _pair(cls, values: list[float] | None) -> list[float] | None:
        if values and len(values) != 2:
            raise ValueError("give two numbers, or leave it out")
        return values


class SpaceSection(Section):
    """`[space]`: what may be searched."""

    name: str = "autosnn"
    candidates: list[str] | None = None  # block texts; none: the space's own
    sampling: Literal["uniform", "authors"] = "uniform"  # of SNASNet's spaces: how random cells are drawn


class NetworkSection(Section):
    """`[network]`: width, timesteps, neurons. None means the space's default."""

    channels: Positive | None = None
    timesteps: Positive | None = None
    votes: Positive = 10
    hidden: Positive | None = None  # these four: networks of cells only
    pooling: Positive | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    fc_std: Annotated[float, Field(gt=0)] | None = None
    neuron: Literal["plif", "lif", "if", "relu"] | None = None
    reset: Literal["hard", "soft"] = "hard"
    tau: Annotated[float, Field(gt=1)] | None = None
    v_threshold: Annotated[float, Field(gt=0)] = 1.0
    surrogate: str = "atan"
    scale: Annotated[float, Field(gt=0)] = 2.0
    detach_reset: bool = True
    batch_norm: Literal["folded", "per-timestep"] = "folded"

    @property
    def spiking(self) -> bool:
        """Whether the networks spike; ordinary ones, with ReLUs, do not."""
        return self.neuron != "relu"


class TrainingSection(Section):
    """`[supernet]` and `[train]`: one loop, two settings. Defaults are AutoSNN's (appendix A)."""

    epochs: Positive = 600
    batch_size: Positive = 96
    loss: Literal["mse", "cross-entropy", "tet"] = "mse"
    tet_weight: Annotated[float, Field(ge=0, le=1)] = 0.001
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    spike_penalty: NonNegative = 0.0  # λ_reg (AutoSNN, B.3)
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: NonNegative = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    minimum_lr_fraction: Annotated[float, Field(ge=0, le=1)] = 0.0
    clip_norm: NonNegative = 0.0  # 0 = off
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0  # decay of the average of the weights, 0 = off
    pad: Natural = 4
    flip: bool = True
    cutout: Natural = 0
    time_shift: Natural = 0  # timesteps, event data only


class TrainSection(TrainingSection):
    """`[train]`: training the networks found. `on`: D_train alone leaves validation figures that mean something;
    the authors' from-scratch training takes both parts."""

    cutout: Natural = 16
    on: Literal["train", "train+validation"] = "train"
    warm_start: bool = False  # from the supernet's weights
    choose: Literal["winner", "top", "front", "nothing"] = "winner"  # what is trained of a search
    top: Positive = 3  # of each λ, for choose = "top"
    front_limit: Natural = 10  # networks of the front that are trained, 0 = all
    repeats: Positive = 1  # trainings of each network, with seeds of their own

    @property
    def chooses_more(self) -> bool:
        """Whether more than the winner of each λ is trained."""
        return self.choose in ("top", "front")


class SearchSection(Section):
    """`[search]`: Algorithm 1 of AutoSNN with its published settings. `random` and `predictor` take `rounds` and
    `population` of it, `exhaustive` nothing: it evaluates the whole space."""

    strategy: Literal["evolution", "random", "predictor", "exhaustive"] = "evolution"
    lam: Lambda | Annotated[list[Lambda], Field(min_length=1)] = -0.08
    fitness: Literal["exponential", "linear"] = "exponential"
    rounds: Positive = 10
    population: Positive = 20
    parents: Positive = 10
    mutations: Natural = 10
    crossovers: Natural = 10
    mutation_probability: Annotated[float, Field(gt=0, le=1)] = 0.2
    initial: Positive = 20  # of predictor: random candidates before the model is asked
    model: Literal["gaussian-process", "forest"] = "gaussian-process"  # of predictor
    batch_size: Positive = 500
    images: Natural = 0  # validation images that candidates are measured on, 0 = all
    racing: bool = False  # candidates that are out of the best stop early
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95  # of racing
    recalibrate: Natural = 0  # training images on which each path gets BatchNorm statistics of its own, 0 = inherited
    finalists: Natural = 0  # the best of each λ that are measured again, in fp32 on all of D_val; 0 = none
    constraints: list[str] = []  # hard budgets, such as "spikes<=50k"
    score: str = ""  # a training-free score instead of shared weights; empty: the space's own way
    first_stage: Natural = 0  # candidates that are scored before the search with shared weights, 0 = none
    keep: Positive = 50  # of them the best that are searched

    @field_validator("constraints")
    @classmethod
    def _readable(cls, constraints: list[str]) -> list[str]:
        Constraints.parse(constraints)
        return constraints

    @field_validator("score")
    @classmethod
    def _known(cls, score: str) -> str:
        if score:
            check_score_names([score])
        return score

    @field_validator("lam")
    @classmethod
    def _different(cls, lam: float | list[float]) -> float | list[float]:
        if isinstance(lam, list) and len(set(lam)) != len(lam):
            raise ValueError("each λ may stand there only once")
        return lam

    @field_validator("racing", mode="before")
    @classmethod
    def _on_or_off(cls, racing: object) -> object:
        if isinstance(racing, float | int) and not isinstance(racing, bool):
            raise ValueError("racing is true or false; how sure it has to be is search.confidence")
        return racing

    @model_validator(mode="after")
    def _within_the_population(self) -> Self:
        if self.strategy == "evolution" and self.mutations + self.crossovers > self.population:
            raise ValueError(
                f"mutations + crossovers = {self.mutations} + {self.crossovers} exceeds population = "
                f"{self.population}; change all three together, for example population=6, mutations=3, crossovers=3"
            )
        return self

    @model_validator(mode="after")
    def _exact_or_racing(self) -> Self:
        if self.racing and self.strategy == "exhaustive":
            raise ValueError(
                "racing = true does not go with strategy = 'exhaustive', whose point is that every architecture is "
                "measured exactly; leave racing out, or take evolution or random"
            )
        return self

    @model_validator(mode="after")
    def _measured_or_racing(self) -> Self:
        measured = self.budgets.measured
        if self.racing and measured:
            raise ValueError(f"racing = true does not go with the constraint {measured[0]}: {NOT_WITH_RACING}")
        return self

    @model_validator(mode="after")
    def _kept_of_scored(self) -> Self:
        if self.first_stage and self.keep > self.first_stage:
            raise ValueError(
                f"keep = {self.keep} exceeds first_stage = {self.first_stage}, of which the best are kept; give a "
                "smaller keep, or 0 for first_stage to leave it out"
            )
        return self

    @property
    def budgets(self) -> Constraints:
        """`constraints`, read."""
        return Constraints.parse(self.constraints)

    @property
    def lambdas(self) -> list[float]:
        """λ as a list, in the order given."""
        return list(self.lam) if isinstance(self.lam, list) else [self.lam]


class ScoreSection(Section):
    """`[score]`: the network and the batches on which a training-free score is computed. None: the score's default."""

    channels: Positive | None = None
    timesteps: Positive | None = None
    batch_size: Positive | None = None
    repeats: Positive | None = None  # initialisations, each with a batch of its own, whose mean counts


class CompareSection(Section):
    """`[compare]`: networks beside the winners: trained in the same way, or with the supernet's weights alone."""

    architectures: list[str] = []  # trained from scratch
    random: Natural = 0  # drawn from the space and trained from scratch
    estimates: list[str] = []  # shown with the supernet's weights only, which costs seconds
    random_estimates: Natural = 0


class RunSection(Section):
    """`[run]`: decided once at the start and kept by the run."""

    seed: Natural = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Natural = 0  # 0: the cores this process may use
    workers: Positive = 1  # processes that evaluate candidates together and train networks side by side
    sync_batch_norm: bool = True  # of several processes that train together
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: Literal["auto"] | bool = "auto"
    tf32: bool = True  # fp32 on CUDA only
    cuda_graphs: Literal["auto"] | bool = "auto"  # training on CUDA only
    recompute: bool = False  # the insides of blocks are computed again in the backward pass, not kept
    time_chunk: Natural = 0  # timesteps computed at a time in training, 0 = all
    supernet: str | None = None  # a run whose trained supernet is used


class Config(Section):
    """A whole recipe. `description` is for people; `train_only` names architectures of a run that does not search."""

    description: str = ""
    data: DataSection = DataSection()
    space: SpaceSection = SpaceSection()
    network: NetworkSection = NetworkSection()
    supernet: TrainingSection = TrainingSection()
    search: SearchSection = SearchSection()
    score: ScoreSection = ScoreSection()
    train: TrainSection = TrainSection()
    compare: CompareSection = CompareSection()
    run: RunSection = RunSection()
    train_only: list[str] = []

    @model_validator(mode="after")
    def _nothing_is_trained(self) -> Self:
        if self.train.choose == "nothing" and (self.compare.architectures or self.compare.random):
            raise ValueError(
                "train.choose = 'nothing' trains nothing, but compare.architectures and compare.random name networks "
                "to train: empty them, or move the architectures to compare.estimates"
            )
        return self

    @property
    def trainings(self) -> int:
        """Trainings from scratch, at most; a front without a limit is taken to have ten networks."""
        networks = len(self.train_only)
        if not self.train_only and "train" in self.phases:
            winners = len(self.search.lambdas)
            others = {"winner": 0, "top": winners * (self.train.top - 1), "front": self.train.front_limit or 10}
            networks = winners + others[self.train.choose] + len(self.compare.architectures) + self.compare.random
        return networks * self.train.repeats

    @property
    def scored(self) -> bool:
        """Whether a resolved run searches by a training-free score alone, without a supernet."""
        return not self.train_only and bool(self.search.score) and not self.search.first_stage

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases of such a run, in order."""
        if self.train_only:
            return ("train", "report")
        phases = ("search", "train", "report") if self.scored else ("supernet", "search", "train", "report")
        return tuple(phase for phase in phases if phase != "train" or self.train.choose != "nothing")
