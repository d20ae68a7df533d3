"""What a search asks about an architecture, and the answer: accuracy and spikes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from spikesearch.architectures.architecture import Architecture


@dataclass(frozen=True, kw_only=True)
class LayerActivity:
    """The spikes of one layer, as means over all images.

    Attributes:
        name: the layer's name in `describe`, such as `tbd1.neuron1`.
        positions: its neurons or pooling outputs per image and timestep.
        spikes_per_image: spikes summed over the layer and all T timesteps.
        firing_rate: spikes_per_image / (positions · T).
    """

    name: str
    positions: int
    spikes_per_image: float
    firing_rate: float

    def as_dict(self) -> dict[str, Any]:
        """The attributes as plain JSON values; `from_dict` reads them back."""
        return {
            "name": self.name,
            "positions": self.positions,
            "spikes_per_image": self.spikes_per_image,
            "firing_rate": self.firing_rate,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LayerActivity":
        """The layer that `as_dict` wrote."""
        return cls(
            name=values["name"],
            positions=values["positions"],
            spikes_per_image=values["spikes_per_image"],
            firing_rate=values["firing_rate"],
        )


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What one network did on one set of images, in evaluation mode and without augmentation.

    Attributes:
        accuracy: correct / images, 0…1. A field of its own, because a published table may hold nothing else.
        spikes_per_image: all spikes over all T, FC neurons included: AutoSNN's count.
        firing_rate: spikes without the FC neurons / (spiking positions · T · images).
        layers: the layers that emit spikes, in network order.
        images: images seen.
        correct: images whose class has the largest voted spike count.
    """

    accuracy: float
    spikes_per_image: float
    firing_rate: float
    layers: tuple[LayerActivity, ...]
    images: int
    correct: int

    def as_dict(self) -> dict[str, Any]:
        """The attributes as plain JSON values; `from_dict` reads them back."""
        return {
            "accuracy": self.accuracy,
            "spikes_per_image": self.spikes_per_image,
            "firing_rate": self.firing_rate,
            "layers": [layer.as_dict() for layer in self.layers],
            "images": self.images,
            "correct": self.correct,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Measurement":
        """The measurement that `as_dict` wrote."""
        return cls(
            accuracy=values["accuracy"],
            spikes_per_image=values["spikes_per_image"],
            firing_rate=values["firing_rate"],
            layers=tuple(LayerActivity.from_dict(layer) for layer in values["layers"]),
            images=values["images"],
            correct=values["correct"],
        )


class Evaluator(Protocol):
    """Measures architectures for a search: with shared weights, from scratch, or out of a table.

    The numbers of an architecture depend on nothing but the architecture: not on which others are asked for, not on
    their order, not on what was evaluated before. That is what lets a killed search repeat itself exactly and lets
    several processes share the work.
    """

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        """One measurement for each architecture, in the order given.

        A batch of architectures, because those that share a prefix can share its computation; an iterator, so that
        each result is stored as soon as it is there.
        """
        ...
