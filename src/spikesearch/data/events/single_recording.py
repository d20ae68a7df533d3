"""Single recordings as a trained network takes them: cut into frames as those that it learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from spikesearch.data.datasets import event_keywords
from spikesearch.data.events import n_mnist
from spikesearch.data.events.aedat2 import SIDE
from spikesearch.data.events.aedat3 import read_aedat3
from spikesearch.data.events.building import damage
from spikesearch.data.events.cache import LARGEST_COUNT
from spikesearch.data.events.cifar10_dvs import read_upright
from spikesearch.data.events.dvs128_gesture import gestures
from spikesearch.data.events.event_folder import FORMATS
from spikesearch.data.events.forty_bits import read_forty_bits
from spikesearch.data.events.frames import integrate
from spikesearch.data.events.loading import SENSOR, Format, reader_of
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.events.stream import DamagedError
from spikesearch.data.file_tree import READING_ERRORS, FolderTree
from spikesearch.errors import UserError

_GESTURES = "dvs128-gesture"
_ARRAYS = {suffix: FORMATS[suffix] for suffix in (".npz", ".npy")}
# Of each data set its own files, read as it reads them (CIFAR10-DVS turns them upright), and arrays of events.
_FILES: Mapping[str, Mapping[str, Format]] = {
    "n-mnist": {".bin": read_forty_bits, **_ARRAYS},
    "cifar10-dvs": {".aedat": read_upright, **_ARRAYS},
    _GESTURES: {".aedat": read_aedat3, **_ARRAYS},
    "event-folder": FORMATS,
}
_SENSORS = {"n-mnist": n_mnist.SENSOR, "cifar10-dvs": (SIDE, SIDE), _GESTURES: (SIDE, SIDE)}


@dataclass(frozen=True, eq=False)
class SingleRecording:
    """One recording, cut.

    Attributes:
        title: how messages call it: its file, and of DVS128 Gesture the line of the label file.
        frames: int32 counts [T, 2, H, W], darker (off) first.
        notices: what was done to it that a user should know.
    """

    title: str
    frames: npt.NDArray[np.int32]
    notices: tuple[str, ...]


def stored_frames(path: Path) -> npt.NDArray[Any] | None:
    """Numbers [T, N, C, H, W] of a `.npy` file; None if it holds anything else, which the readers of events look at."""
    if path.suffix.lower() != ".npy" or not path.is_file():
        return None
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)  # the header alone is read
    except Exception:  # a damaged file may raise nearly anything
        return None
    return np.array(found) if found.ndim == 5 else None


@dataclass(frozen=True)
class Cutter:
    """How recordings become frames.

    Attributes:
        dataset: the named data set whose files are read.
        settings: what of a recording counts, and T.
        sensor: (width, height) in pixels.
    """

    dataset: str
    settings: EventSettings
    sensor: tuple[int, int]

    @classmethod
    def of_checkpoint(cls, extra: Mapping[str, Any], image: Sequence[int], timesteps: int) -> Self:
        """As the data were cut that a network learned from.

        Args:
            extra: what its checkpoint holds beside the network.
            image: (C, H, W) that the network takes.
            timesteps: T.

        Raises:
            UserError: the checkpoint does not tell how its data were cut.
        """
        cure = (
            f"; give frames of counts instead, [{timesteps}, N, {', '.join(map(str, image))}], as .npy or from Python"
        )
        section = extra.get("data") or {}
        name = section.get("name")
        if name not in _FILES or extra.get("dataset", name) != name:
            found = extra.get("dataset", name)
            raise UserError(
                "the network was trained on frames that its checkpoint cannot cut recordings into"
                f"{f' (data set {found})' if found else ''}{cure}"
            )
        settings = replace(event_keywords(section, timesteps)["events"], size=section.get("size"))
        height, width = image[1:]
        sensor = _SENSORS.get(name) or extra.get(SENSOR) or section.get("sensor")
        if sensor is None and not settings.crop and settings.size is None:  # nothing lies between sensor and frames
            sensor = width, height
        if sensor is None:  # written before checkpoints told it
            raise UserError(f"the checkpoint does not tell how many pixels the sensor had, which data.crop needs{cure}")
        cutter = cls(name, settings, (int(sensor[0]), int(sensor[1])))
        if settings.frame(*cutter.sensor) != (height, width):
            raise UserError(
                f"the checkpoint contradicts itself: its network takes {height}×{width} pixels (height × width), its "
                f"settings of {name} give other frames{cure}"
            )
        return cutter

    def read(self, path: str | Path) -> list[SingleRecording]:
        """The recordings of a file: one, or of DVS128 Gesture one for each line of the `_labels.csv` beside it.

        Raises:
            UserError: no such file, one of another kind, or a damaged one.
        """
        return [self._cut(recording) for recording in self._recordings(Path(path))]

    def _recordings(self, path: Path) -> list[Recording]:
        known = _FILES[self.dataset]
        wanted = f"the network was trained on {self.dataset}: give event recordings ({', '.join(known)})"
        if not path.is_file():
            raise UserError(f"{path}: {f'a folder; {wanted}' if path.is_dir() else 'no such file'}")
        read = known.get(path.suffix.lower())
        if read is None:
            raise UserError(f"{path}: no such recording by its name; {wanted}")
        labels = path.with_name(f"{path.stem}_labels.csv")
        if self.dataset == _GESTURES and path.suffix.lower() not in _ARRAYS and labels.is_file():
            problems: list[str] = []
            found = list(gestures(path, labels, problems))
            if problems:
                raise UserError(problems[0])
            return found
        return [Recording(str(path), 0, "", reader_of(FolderTree(path.parent), path.name, read))]

    def _cut(self, recording: Recording) -> SingleRecording:
        try:
            found = integrate(recording.reader, self.settings, *self.sensor)
        except (DamagedError, *READING_ERRORS) as error:
            raise UserError(damage(recording.title, error)) from error
        notices = []
        if found.sorted:
            notices.append(f"{recording.title}: its events were out of order and were sorted by time")
        if not found.kept:
            notices.append(f"{recording.title}: empty after data.window_ms, data.denoise_ms and data.crop")
        frames = np.minimum(found.frames, LARGEST_COUNT)  # as training data are kept
        return SingleRecording(recording.title, frames, tuple(notices))
