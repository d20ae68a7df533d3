"""A laboratory whose figures are given: items compute everything else from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spikesearch.architectures.text import parse
from spikesearch.config.reading import load_config, merged, read_recipe
from spikesearch.reproduction.figures import Store
from spikesearch.reproduction.lab import Lab, Searched, Trained
from spikesearch.reproduction.scales import DataSet, Scale, Settings

Accuracy = Callable[[int, str, Mapping[str, Any]], float]


@dataclass
class Given:
    """What would be measured.

    Attributes:
        scores: (score, direction, seed) → cell without prefix → value; of a seed that is missing those of seed 0; with
            a data set as fourth part, on that one alone.
        accuracy: (seed, cell without prefix, settings) → per cent.
        curve: cell without prefix → (loss, accuracy) by epoch.
        trained: what was asked for, (seed, cells without prefix) of each call.
    """

    scores: dict[tuple[Any, ...], dict[str, float]]
    accuracy: Accuracy
    curve: Callable[[str], list[tuple[float, float]]] = lambda cell: [(1.0, 0.5)]
    trained: list[tuple[int, list[str]]] = field(default_factory=list)


class GivenLab(Lab):
    """Runs nothing, but checks that the settings it is asked with make a configuration."""

    def __init__(self, store: Store, scale: Scale, given: Given) -> None:
        super().__init__(store, scale)
        self.given = given

    def trained(
        self,
        architectures: Sequence[str],
        settings: Settings | None = None,
        *,
        repeats: int | None = None,
        recipe: str | None = None,
    ) -> list[Trained]:
        settings = merged(self.scale.settings, settings or {})
        load_config(read_recipe(recipe or self.scale.recipe), settings)
        seed = settings["run"]["seed"]
        cells = [text.removeprefix("snasnet: ") for text in architectures]
        self.given.trained.append((seed, cells))
        return [self._one(text, seed, settings) for text in cells]

    def _one(self, cell: str, seed: int, settings: Settings) -> Trained:
        values = {
            "accuracy": self.given.accuracy(seed, cell, settings) / 100,
            "spikes_per_image": 1000.0,
            "curve": self.given.curve(cell),
        }
        return Trained(str(parse(f"snasnet: {cell}")), 5000, 7000, [values])

    def searched(self, name: str, settings: Settings | None = None, *, recipe: str | None = None) -> Searched:
        config = load_config(read_recipe(recipe or self.scale.recipe), merged(self.scale.settings, settings or {}))
        direction = config.space.name.removeprefix("snasnet-")
        assert config.search.strategy == "random"
        assert config.search.rounds * config.search.population == self.scale.draws
        kind = (config.search.score, direction)
        wanted = [(*kind, config.run.seed, config.data.name), (*kind, config.run.seed), (*kind, 0)]
        found = next(self.given.scores[key] for key in wanted if key in self.given.scores)
        seconds = {"search": 100.0 if direction == "forward" else 160.0}
        return Searched({f"snasnet: {cell}": value for cell, value in found.items()}, None, seconds)


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., GivenLab]:
    """Makes a laboratory of two searches of four draws each, on CIFAR-10; keywords change the scale."""

    def make(given: Given, **changes: Any) -> GivenLab:
        size: dict[str, Any] = {
            "name": "small",
            "recipe": "snasnet-cifar10-feedback",
            "repeats": 1,
            "seeds": 2,
            "draws": 4,
            "few": 4,
            "timesteps": (3, 5),
            "deviations": (),
        }
        return GivenLab(Store(tmp_path), Scale(**(size | changes)), given)

    return make


FORWARD = {
    "0003 0000 0000 0000": 1.0,
    "0303 0003 0000 0000": 4.0,
    "0103 0003 0000 0000": 3.0,
    "0403 0004 0000 0000": 2.0,
}
FEEDBACK = {
    "0002 0000 0000 0000": 5.0,
    "0302 0030 1002 0000": 7.0,
    "0302 0030 3003 0000": 1.0,
    "0032 0003 0200 0000": 6.0,
}


@pytest.fixture
def given() -> Given:
    """All searches of a direction see the same four cells; the Hamming distance orders them the other way round."""
    scores = {}
    for score, factor in (("hamming", -1), ("sahd", 1), ("spike-paths", 1)):
        for direction, cells in (("forward", FORWARD), ("feedback", FEEDBACK)):
            scores[score, direction, 0] = {cell: factor * value for cell, value in cells.items()}
    return Given(scores, lambda seed, cell, settings: 10.0)


@pytest.fixture
def cifar100() -> DataSet:
    return DataSet(name="cifar100", recipe="snasnet-cifar100-feedback")
