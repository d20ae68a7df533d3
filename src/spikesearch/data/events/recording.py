"""A recording of a data set: where it lies, what it shows, and what tells that it is still the same."""

from dataclasses import dataclass

from spikesearch.data.events.frames import Reader


@dataclass(frozen=True)
class Recording:
    """One recording, not read yet.

    Attributes:
        title: how messages call it: its path, and in an archive the name there.
        label: its class, from 0.
        stamp: changes when its content does: size and time of change, in an archive size and checksum.
        reader: opens it.
    """

    title: str
    label: int
    stamp: str
    reader: Reader
