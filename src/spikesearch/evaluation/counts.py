"""What is counted while images run through a path: whole numbers, which add up exactly in any order and grouping."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spikesearch.strategies.evaluator import LayerActivity, Measurement


@dataclass(frozen=True, slots=True)
class LayerCount:
    """The spikes of one layer.

    Attributes:
        name: as in `describe`, such as `tbd1.neuron1`.
        positions: its neurons or pooling outputs per image and timestep.
        readout: whether it is the last layer, which the overall firing rate leaves out.
        spikes: over all images and timesteps.
    """

    name: str
    positions: int
    readout: bool
    spikes: int


@dataclass(frozen=True, slots=True)
class PathCounts:
    """What one path did on some images.

    Attributes:
        images: how many.
        frames: images · T.
        correct: images classified rightly.
        layers: those that emit spikes, in network order.
    """

    images: int
    frames: int
    correct: int
    layers: tuple[LayerCount, ...]

    @property
    def spikes(self) -> int:
        """All spikes, FC neurons included."""
        return sum(layer.spikes for layer in self.layers)

    def measurement(self) -> Measurement:
        """The means over the images."""
        inner = [layer for layer in self.layers if not layer.readout]
        chances = sum(layer.positions for layer in inner) * self.frames
        return Measurement(
            accuracy=self.correct / self.images,
            spikes_per_image=self.spikes / self.images,
            firing_rate=sum(layer.spikes for layer in inner) / chances if chances else 0.0,
            layers=tuple(
                LayerActivity(
                    name=layer.name,
                    positions=layer.positions,
                    spikes_per_image=layer.spikes / self.images,
                    firing_rate=layer.spikes / (layer.positions * self.frames),
                )
                for layer in self.layers
            ),
            images=self.images,
            correct=self.correct,
        )

    def as_dict(self) -> dict[str, Any]:
        """The attributes as plain JSON values; `from_dict` reads them back."""
        layers = [[layer.name, layer.positions, layer.readout, layer.spikes] for layer in self.layers]
        return {"images": self.images, "frames": self.frames, "correct": self.correct, "layers": layers}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PathCounts":
        """The counts that `as_dict` wrote."""
        layers = tuple(LayerCount(*layer) for layer in values["layers"])
        return cls(values["images"], values["frames"], values["correct"], layers)


def added(parts: Iterable[PathCounts]) -> PathCounts:
    """The counts of one path over all parts of the images; at least one."""
    found = list(parts)
    layers = zip(*(part.layers for part in found), strict=True)
    return PathCounts(
        images=sum(part.images for part in found),
        frames=sum(part.frames for part in found),
        correct=sum(part.correct for part in found),
        layers=tuple(
            LayerCount(same[0].name, same[0].positions, same[0].readout, sum(layer.spikes for layer in same))
            for same in layers
        ),
    )
