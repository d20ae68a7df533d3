"""The size at which networks are scored: smaller than they will be trained, because nothing is trained here."""

from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions

PROXY_CHANNELS = 16
"""C of scored networks of wider spaces; a cell of SNASNet's 128 channels costs 64 times as much."""


def proxy_dimensions(
    architecture: Architecture,
    *,
    image: tuple[int, int, int],
    classes: int,
    channels: int | None = None,
    timesteps: int | None = None,
) -> Dimensions:
    """Dimensions at which an architecture is scored: those of its space, with at most `PROXY_CHANNELS` channels.

    Args:
        architecture: whose space gives the defaults.
        image: (channels, height, width) of the images of the batches.
        classes: of the data set.
        channels: another C.
        timesteps: another T.

    Raises:
        UserError: a number that cannot be.
    """
    width = min(PROXY_CHANNELS, architecture.defaults.channels) if channels is None else channels
    given: dict[str, Any] = {"timesteps": timesteps} if timesteps is not None else {}
    return architecture.dimensions(image=image, classes=classes, channels=width, **given)
