"""What a figure's file may hold, by kind: a damaged or edited file is refused before its numbers reach a page."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spikesearch.architectures.text import parse

Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]


class _Values(BaseModel):
    """Strict types and finite numbers; keys that a later version added do no harm."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class Environment(_Values):
    """Where something was measured.

    Attributes:
        processor: its name and cores; None in a figure that is older than this key.
        python: its version.
        versions: of spikesearch, torch and others.
    """

    processor: str | None = None
    python: str
    versions: dict[str, str]

    @model_validator(mode="after")
    def _has_torch(self) -> Self:
        if "torch" not in self.versions:
            raise ValueError("the version of torch is missing")
        return self


class Figure(_Values):
    """What all kinds have.

    Attributes:
        settings: everything that the numbers depend on.
        environment: where it was measured; None in a figure that is older than this key.
    """

    settings: dict[str, Any]
    environment: Environment | None = None


class Training(_Values):
    """One training from scratch; figures are those of test images.

    Attributes:
        accuracy: 0…1.
        validation_accuracy: 0…1; None where D_val was trained on.
        spikes_per_image: of all layers and timesteps.
        firing_rate: spikes without FC / (spiking positions · T).
        layers: (name, positions, spikes per image, firing rate), in network order.
        curve: (training loss, training accuracy 0…1) of each epoch; None in a figure that is older than this key.
    """

    accuracy: Share
    validation_accuracy: Share | None = None
    spikes_per_image: NonNegative
    firing_rate: Share
    layers: Annotated[list[tuple[str, Positive, NonNegative, Share]], Field(min_length=1)]
    curve: Annotated[list[tuple[float, Share]], Field(min_length=1)] | None = None


class TrainedFigure(Figure):
    """An architecture that was trained from scratch.

    Attributes:
        parameters: trainable ones.
        macs: multiply-accumulates per image.
        repeats: its trainings, each with a seed of its own.
        seconds: of all of them together.
    """

    parameters: Positive
    macs: Annotated[int, Field(ge=0)]
    repeats: Annotated[list[Training], Field(min_length=1)]
    seconds: NonNegative

    @model_validator(mode="after")
    def _one_network(self) -> Self:
        if len({tuple((name, positions) for name, positions, _, _ in one.layers) for one in self.repeats}) > 1:
            raise ValueError("its trainings have different layers")
        return self


class _Search(Figure):
    """What searches with and without shared weights have.

    Attributes:
        seconds: of work on each phase.
        count: number of candidates; None in a figure that is older than this key.
    """

    seconds: dict[str, NonNegative]
    count: Positive | None = None

    def _check(self, texts: Sequence[str]) -> None:
        if "search" not in self.seconds:
            raise ValueError("seconds of the search are missing")
        if self.count is not None and self.count != len(texts):
            raise ValueError(f"{len(texts)} candidates, of {self.count} that were measured")


class SearchedFigure(_Search):
    """Candidates of a search with shared weights.

    Attributes:
        average_spikes: N_avg of the supernet's last epoch; 0 of ordinary networks.
        space: its name.
        candidates: texts of the blocks; a trial's code has the place of each slot's block among them.
        trials: (code, accuracy on D_val 0…1, spikes per image), in order; searches with several λ may share some.
    """

    average_spikes: NonNegative
    space: str
    candidates: Annotated[list[str], Field(min_length=1, max_length=10)]
    trials: Annotated[list[tuple[str, Share, NonNegative]], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        codes = [code for code, _, _ in self.trials]
        self._check(codes)
        digits, slots = "0123456789"[: len(self.candidates)], len(codes[0])
        if wrong := [code for code in codes if len(code) != slots or not set(code) <= set(digits)]:
            raise ValueError(f"no candidate has the code {wrong[0]!r}")
        parse(self.text(codes[0]))
        whole = len(self.candidates) ** slots
        if self.settings.get("search", {}).get("strategy") == "exhaustive" and len(set(codes)) != whole:
            raise ValueError(f"{len(set(codes))} candidates, of {whole} that the space has")
        if not self.average_spikes and any(spikes for _, _, spikes in self.trials):
            raise ValueError("average_spikes is 0, and candidates spike")
        return self

    def text(self, code: str) -> str:
        """The canonical text of a trial."""
        return f"{self.space}: {' '.join(self.candidates[int(digit)] for digit in code)}"


class ScoredFigure(_Search):
    """Candidates of a search by a training-free score.

    Attributes:
        scores: (canonical text, score), in order.
    """

    scores: Annotated[list[tuple[str, float]], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        texts = [text for text, _ in self.scores]
        self._check(texts)
        if len(set(texts)) < len(texts):
            raise ValueError("a candidate is in it twice")
        for text in texts:
            parse(text)
        return self


Shares = dict[str, Annotated[list[Annotated[list[Share], Field(min_length=2)]], Field(min_length=1)]]


class SilenceFigure(Figure):
    """The share of silent neurons by layer, timestep and image, with LIF neurons and with ReLUs.

    Attributes:
        lif: layer → timestep → image → 0…1.
        relu: the same with ReLUs, of one timestep.
    """

    lif: Annotated[Shares, Field(min_length=1)]
    relu: Annotated[Shares, Field(min_length=1)]

    @model_validator(mode="after")
    def _same_layers(self) -> Self:
        if self.lif.keys() != self.relu.keys():
            raise ValueError("lif and relu have different layers")
        if len({len(row) for table in (self.lif, self.relu) for rows in table.values() for row in rows}) > 1:
            raise ValueError("not every layer has values of the same images")
        return self


def first_fault(error: ValidationError) -> str:
    """What is wrong, in one line: `repeats.0.accuracy: Input should be less than or equal to 1`."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
