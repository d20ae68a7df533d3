"""What the event data sets by name have in common: finding files, and making a `Dataset` of frames."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from spikesearch.data.dataset import Dataset
from spikesearch.data.events.building import frames_of
from spikesearch.data.events.cache import default_cache
from spikesearch.data.events.frames import Reader
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import Events
from spikesearch.data.file_tree import FileTree, FolderTree, ZipTree, reading
from spikesearch.errors import UserError

Format = Callable[[BinaryIO], Iterator[Events]]
SENSOR = "sensor"
"""Key of `Dataset.about` with the sensor's [width, height] in pixels."""


def recording_in(tree: FileTree, name: str, label: int, read: Format) -> Recording:
    """A file of a tree as a recording. One that is not there (a link to nothing) fails later, where all are read."""
    try:
        stamp = tree.stamp(name)
    except OSError:
        stamp = ""
    return Recording(tree.title(name), label, stamp, reader_of(tree, name, read))


def reader_of(tree: FileTree, name: str, read: Format) -> Reader:
    """Opens a file of a tree anew for each pass."""

    def events() -> Iterator[Events]:
        with reading(tree, name) as stream:
            yield from read(stream)

    return events


def trees_in(folder: Path, archives: Sequence[str] = ()) -> list[FileTree]:
    """Where files may lie: a zip archive that is given itself, or a folder and archives of these names inside it.

    Raises:
        UserError: there is no such folder or archive, or an archive is damaged.
    """
    if folder.is_file() and folder.suffix.lower() == ".zip":
        return [ZipTree(folder)]
    if not folder.is_dir():
        raise UserError(f"{folder} {'is neither a folder nor a zip archive' if folder.exists() else 'does not exist'}")
    return [FolderTree(folder), *(ZipTree(folder / name) for name in archives if (folder / name).is_file())]


def dataset_of(
    name: str,
    parts: Mapping[str, Sequence[Recording]],
    class_names: Sequence[str],
    sensor: tuple[int, int],
    settings: EventSettings,
    cache: str | Path | None,
    notices: Sequence[str] = (),
) -> Dataset:
    """The data set of these recordings.

    Args:
        name: of the data set.
        parts: recordings of `train` and `test`.
        class_names: in the order of labels.
        sensor: (width, height) in pixels.
        settings: how recordings become frames.
        cache: folder for frames; None: the user's own.
        notices: what a user should know beside what the frames tell.

    Raises:
        UserError: recordings cannot be read, or the cache cannot be written.
    """
    folder = default_cache() if cache is None else Path(cache).expanduser()
    found = frames_of(name, parts, sensor, settings, folder)
    both = found.parts["train"], found.parts["test"]
    about = {**found.about, SENSOR: list(sensor)}
    return Dataset(name, *both, tuple(class_names), (*notices, *found.notices), about)
