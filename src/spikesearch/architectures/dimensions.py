"""Everything about a network that its architecture's text leaves open: width, timesteps, classes, image."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from operator import index
from typing import Any, Literal

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError

NeuronKind = Literal["plif", "lif", "if", "relu"]
NEURON_KINDS: tuple[NeuronKind, ...] = ("plif", "lif", "if", "relu")
OPTIONAL_NAMES: tuple[str, ...] = ("hidden", "pooling")
"""Dimensions that only some networks have; None elsewhere."""

_OF_AN_ANN = {"timesteps": 1, "votes": 1}


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """Width, timesteps, classes and image of a network. The defaults are AutoSNN's code values for CIFAR-10.

    Attributes:
        channels: initial channels C, those of the stem; later stages have 2C and 4C.
        timesteps: T, how often the network is applied to one image.
        classes: number of classes.
        image: (channels, height, width) of the input.
        votes: K, output neurons per class; the voting layer averages over them.
        events: the input differs from timestep to timestep (event cameras), so the stem's convolution runs T times
            instead of once.
        neuron: `plif` has one trainable decay weight per neuron layer, `lif` and `if` none. `relu` makes an ordinary
            network of it, an ANN (AutoSNN §5.5): ReLUs for neurons, one timestep, and no votes, since the last layer
            goes straight to the classes. Nothing of it spikes.
        hidden: neurons of the fully connected layer before the last, which networks of cells have; None: the macro
            architecture's own.
        pooling: side of the windows of the last pooling of networks of cells; None: the macro architecture's own.

    Raises:
        UserError: a number below 1, an image that is not three numbers, an unknown kind of neuron, or an ANN with
            timesteps or votes.
    """

    channels: int = 16
    timesteps: int = 8
    classes: int = 10
    image: tuple[int, int, int] = (3, 32, 32)
    votes: int = 10
    events: bool = False
    neuron: NeuronKind = "plif"
    hidden: int | None = None
    pooling: int | None = None

    def __post_init__(self) -> None:
        for name in ("channels", "timesteps", "classes", "votes"):
            object.__setattr__(self, name, _positive(name, getattr(self, name)))
        for name in OPTIONAL_NAMES:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _positive(name, getattr(self, name)))
        object.__setattr__(self, "image", _image(self.image))
        if not isinstance(self.events, bool):
            raise UserError(f"events={self.events!r}: give true (event data) or false (static images)")
        if self.neuron not in NEURON_KINDS:
            raise UserError(f"neuron={self.neuron!r}: give one of {', '.join(NEURON_KINDS)}")
        given = [name for name, only in _OF_AN_ANN.items() if not self.spiking and getattr(self, name) != only]
        if given:
            raise UserError(
                f"{given[0]}={getattr(self, given[0])} with neuron='relu': an ordinary network runs once for an image, "
                f"and its last layer has one output for each class; leave {' and '.join(given)} out, or give 1"
            )

    @property
    def spiking(self) -> bool:
        """Whether anything spikes; not in an ordinary network, `neuron="relu"`."""
        return self.neuron != "relu"

    def replace(self, **keywords: Any) -> "Dimensions":
        """A copy with some values changed. With `neuron="relu"` one timestep and one vote, where nothing else is given.

        Raises:
            UserError: an unknown keyword, or a value that cannot be.
        """
        _check_names(keywords)
        implied = _OF_AN_ANN if keywords.get("neuron") == "relu" else {}
        return replace(self, **{**implied, **keywords})

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON can hold them. What is None is left out: most networks have no such thing, and files that
        were written before there was any say the same."""
        values = {**asdict(self), "image": list(self.image)}
        return {name: value for name, value in values.items() if name not in OPTIONAL_NAMES or value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Dimensions":
        """The inverse of `as_dict`; missing keys have their defaults.

        Raises:
            UserError: an unknown key, or a value that cannot be.
        """
        _check_names(values)
        return cls(**values)


DIMENSION_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Dimensions))


def _check_names(names: Mapping[str, Any]) -> None:
    unknown = [name for name in names if name not in DIMENSION_NAMES]
    if unknown:
        hints = "; ".join(f"{name!r}{did_you_mean(name, DIMENSION_NAMES)}" for name in unknown)
        raise UserError(f"unknown keyword {hints}; known are {', '.join(DIMENSION_NAMES)}")


def _whole(value: Any) -> int | None:
    """The value as an int, None for what is not a whole number; `True` is an answer to another question."""
    if isinstance(value, bool):
        return None
    try:
        return index(value)
    except TypeError:
        return None


def _positive(name: str, value: Any) -> int:
    number = _whole(value)
    if number is None or number < 1:
        raise UserError(f"{name}={value!r}: give a whole number of at least 1")
    return number


def _image(value: Any) -> tuple[int, int, int]:
    wanted = f"image={value!r}: give three whole numbers of at least 1, (channels, height, width), such as (3, 32, 32)"
    if not isinstance(value, tuple | list) or len(value) != 3:
        raise UserError(wanted)
    channels, height, width = (_whole(side) for side in value)
    if channels is None or height is None or width is None or min(channels, height, width) < 1:
        raise UserError(wanted)
    return channels, height, width
