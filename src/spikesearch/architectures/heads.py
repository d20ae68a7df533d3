"""The fully connected layers at the end of a network, as data."""

from dataclasses import dataclass, replace

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Layer, Shape, linear, neuron, norm


@dataclass(frozen=True)
class VotingHead:
    """FC without bias – neuron – vote: the class's output is its firing rate (AutoSNN §4.1)."""

    def layers(self, features: int, outputs: int) -> list[Layer]:
        """The layers by their full names.

        Args:
            features: inputs, C·H·W.
            outputs: K·classes.
        """
        return [linear("fc.linear", features, outputs), neuron("fc.neuron", (outputs,), readout=True)]


@dataclass(frozen=True)
class VoltageHead:
    """Dropout – FC without bias – neuron – FC with bias – vote: the class's output is a mean voltage (SNASNet's code).

    The last layer has no neurons and nothing is integrated: the output is the plain mean over T of what it gives.

    Attributes:
        hidden: neurons of the first fully connected layer.
        dropout: probability with which a feature of an image is dropped in training, for all its timesteps.
    """

    hidden: int = 1024
    dropout: float = 0.5

    def layers(self, features: int, outputs: int) -> list[Layer]:
        """As those of `VotingHead`."""
        return [
            linear("fc.hidden", features, self.hidden),
            neuron("fc.neuron", (self.hidden,), readout=True),
            linear("fc.linear", self.hidden, outputs, bias=True),
        ]


@dataclass(frozen=True)
class MeanHead:
    """FC without bias and without neurons – mean over T – vote: the class's output is a mean voltage (BNTT's code)."""

    def layers(self, features: int, outputs: int) -> list[Layer]:
        """As those of `VotingHead`."""
        return [linear("fc.linear", features, outputs)]


@dataclass(frozen=True)
class SwitchedHead:
    """Spikes summed over T – BatchNorm – FC without bias – vote: the Switched-BN of SALT (Kim & Panda 2021).

    The sums are no spikes any more, so BatchNorm and FC run once for each image.
    """

    def layers(self, features: int, outputs: int) -> list[Layer]:
        """As those of `VotingHead`; these say themselves how often they are applied."""
        found = [norm("fc.bn", Shape(features, 1, 1)), linear("fc.linear", features, outputs)]
        return [replace(layer, applications=1) for layer in found]


@dataclass(frozen=True)
class LinearHead:
    """FC without bias straight to the classes: that of an ANN in AutoSNN's code, which neither votes nor spikes."""

    def layers(self, features: int, outputs: int) -> list[Layer]:
        """As those of `VotingHead`."""
        return [linear("fc.linear", features, outputs)]


Head = VotingHead | VoltageHead | MeanHead | SwitchedHead | LinearHead

VOTING = VotingHead()


def head_of(dimensions: Dimensions, head: Head = VOTING) -> Head:
    """The head that a network with such neurons has in place of `head`: an ANN has no neurons that could vote."""
    return LinearHead() if isinstance(head, VotingHead) and not dimensions.spiking else head
