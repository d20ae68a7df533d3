"""The figures that an item took from its lab, as data that stand beside its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spikesearch.reproduction.sample import Sample

if TYPE_CHECKING:
    from spikesearch.reproduction.lab import Searched, Trained

Settings = Mapping[str, Any]


@dataclass
class Taken:
    """Figures by file name, each with the settings that it depends on.

    Attributes:
        networks: trained, with as many repeats as were taken.
        searches: with and without shared weights.
        measurements: of other kinds.
        environments: versions with which each was measured; figures that are older than this key have none.
    """

    networks: "dict[str, tuple[Settings, Trained]]" = field(default_factory=dict)
    searches: "dict[str, tuple[Settings, Searched]]" = field(default_factory=dict)
    measurements: dict[str, Settings] = field(default_factory=dict)
    environments: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add_network(self, file: str, settings: Settings, network: "Trained") -> None:
        """Some items take a network more than once: the most repeats count."""
        before = self.networks.get(file)
        if before is None or len(before[1].repeats) < len(network.repeats):
            self.networks[file] = (settings, network)

    @property
    def places(self) -> list[Mapping[str, Any]]:
        """The different environments, in the order in which they were met."""
        found: list[Mapping[str, Any]] = []
        for one in self.environments.values():
            if one not in found:
                found.append(one)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: `networks`, `searches`, `measurements` and `environments`; accuracy in per cent."""
        return {
            "networks": [
                {
                    "figure": _place(file),
                    "architecture": network.architecture,
                    "parameters": network.parameters,
                    "macs": network.macs,
                    "accuracy": numbers(network.accuracy, "%"),
                    "spikes": numbers(network.spikes, "per image"),
                    "settings": settings,
                }
                for file, (settings, network) in self.networks.items()
            ],
            "searches": [
                {
                    "figure": _place(file),
                    "candidates": len(searched.trials),
                    "average_spikes": searched.average_spikes,
                    "seconds": dict(searched.seconds),
                    "settings": settings,
                }
                for file, (settings, searched) in self.searches.items()
            ],
            "measurements": [
                {"figure": _place(file), "settings": settings} for file, settings in self.measurements.items()
            ],
            "environments": self.places,
        }


def numbers(sample: Sample, unit: str) -> dict[str, Any]:
    """A sample as JSON values; of one value the deviation is null."""
    return {
        "unit": unit,
        "n": len(sample.values),
        "mean": sample.mean,
        "deviation": sample.deviation,
        "values": list(sample.values),
    }


def _place(file: str) -> str:
    return f"figures/{file}"
