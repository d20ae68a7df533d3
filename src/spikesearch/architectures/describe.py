"""What an architecture costs at a given size, by arithmetic alone: nothing is built and torch is not imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.layers import Layer
from spikesearch.architectures.plan import Plan
from spikesearch.architectures.text import as_architecture


@dataclass(frozen=True, kw_only=True)
class Description:
    """The counts of one network.

    Attributes:
        architecture: canonical text.
        parameters: trainable ones, the neurons' decay weights included.
        macs: multiply-accumulates per image: Σ over layers of `macs` · `applications`.
        spiking_positions: outputs of neurons and max pooling, without the neurons of the fully connected layer.
        layers: all layers in order, that of the fully connected layer and its neurons included.
    """

    architecture: str
    parameters: int
    macs: int
    spiking_positions: int
    layers: tuple[Layer, ...]

    @property
    def depth(self) -> int:
        """Layers of neurons, those of the fully connected layers included."""
        return sum(layer.kind == "neuron" for layer in self.layers)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON can hold them."""
        return {
            "architecture": self.architecture,
            "parameters": self.parameters,
            "macs": self.macs,
            "spiking_positions": self.spiking_positions,
            "layers": [layer.as_dict() for layer in self.layers],
        }


def describe(
    text_or_architecture: str | Architecture, *, blocks: Mapping[str, Block] | None = None, **keywords: Any
) -> Description:
    """Counts parameters, multiply-accumulates and spiking positions.

    Args:
        text_or_architecture: as `parse` reads it.
        blocks: the user's own blocks by name.
        **keywords: `channels`, `timesteps`, `classes`, `image` and the other fields of `Dimensions`; what is not given
            has the space's default.

    Raises:
        UserError: no architecture, an unknown keyword, or a size the architecture cannot be built at.
    """
    architecture = as_architecture(text_or_architecture, blocks)
    return describe_plan(architecture.plan(architecture.dimensions(**keywords)))


def describe_plan(plan: Plan) -> Description:
    """Counts a network that is already laid out."""
    layers = plan.layers()
    return Description(
        architecture=plan.architecture,
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs * layer.applications for layer in layers),
        spiking_positions=sum(layer.positions for layer in layers if not layer.readout),
        layers=layers,
    )
