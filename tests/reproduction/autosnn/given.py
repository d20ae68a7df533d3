"""A laboratory whose figures are given: items compute everything else from them."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikesearch.architectures.text import parse
from spikesearch.config.reading import load_config, merged, read_recipe
from spikesearch.reproduction.figures import Store
from spikesearch.reproduction.lab import Lab, Searched, Trained
from spikesearch.reproduction.scales import Scale, Settings

Pairs = Sequence[tuple[float, float]]  # (accuracy in per cent, spikes) of each training


@dataclass
class Given:
    """What would be measured.

    Attributes:
        networks: text and settings → its trainings; more than are asked for are left out.
        searches: name → candidates.
        layers: text → (name, positions, spikes per image, firing rate) of each layer.
        parameters: text → parameters.
        asked: (texts, item's settings, trainings, recipe) of each call for trainings.
        searched: (name, item's settings) of each search.
    """

    networks: Callable[[str, Mapping[str, Any]], Pairs] = lambda text, settings: [(50.0, 800.0)]
    searches: dict[str, Searched] = field(default_factory=dict)
    layers: Callable[[str], list[tuple[str, int, float, float]]] = lambda text: []
    parameters: Callable[[str], int] = lambda text: 1000
    asked: list[tuple[list[str], dict[str, Any], int, str]] = field(default_factory=list)
    searched: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


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
        laid = merged(self.scale.settings, settings or {})
        load_config(read_recipe(recipe or self.scale.recipe), laid)
        wanted, texts = repeats or self.scale.repeats, [str(parse(text)) for text in architectures]
        self.given.asked.append((texts, dict(settings or {}), wanted, recipe or self.scale.recipe))
        return [self._one(text, laid, wanted) for text in texts]

    def _one(self, text: str, settings: Mapping[str, Any], wanted: int) -> Trained:
        layers = self.given.layers(text)
        repeats = [
            {"accuracy": accuracy / 100, "spikes_per_image": spikes, "firing_rate": 0.1, "layers": layers}
            for accuracy, spikes in self.given.networks(text, settings)[:wanted]
        ]
        return Trained(text, self.given.parameters(text), 7000, repeats)

    def searched(self, name: str, settings: Settings | None = None, *, recipe: str | None = None) -> Searched:
        load_config(read_recipe(recipe or self.scale.recipe), merged(self.scale.settings, settings or {}))
        self.given.searched.append((name, dict(settings or {})))
        return self.given.searches[name]


def filled(space: str, slots: int, worth: Callable[[int], tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """All fillings with skip and SRB_k3: how many are SRB_k3 decides accuracy (0…1) and spikes."""
    found = {}
    for blocks in itertools.product(("skip", "SRB_k3"), repeat=slots):
        found[f"{space}: {' '.join(blocks)}"] = worth(blocks.count("SRB_k3"))
    return found
