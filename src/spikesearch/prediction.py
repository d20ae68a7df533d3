"""What a trained network says about images or recordings of events: files, or arrays of the caller's."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.data.events.event_folder import FORMATS
from spikesearch.data.events.single_recording import Cutter, stored_frames
from spikesearch.data.single_image import SingleImage, read_image
from spikesearch.errors import UserError
from spikesearch.networks.recorder import record
from spikesearch.networks.supernet import Supernet
from spikesearch.results import Run
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.training.checkpoints import CheckpointInfo, load_checkpoint
from spikesearch.training.normalised import NormalisedNetwork

PathLike = str | Path
Images = PathLike | Sequence[PathLike] | np.ndarray[Any, Any] | Tensor

Prepared = tuple[Sequence[Tensor], list[str], list[str]]  # inputs, what to call them, what was done to them
Found = TypeVar("Found")

_NAMED = 3  # of many files in one notice


@dataclass(frozen=True, kw_only=True)
class ClassRate:
    """How much a network is for one class.

    Attributes:
        label: number of the class, from 0.
        name: of the class; its number where the checkpoint does not know names.
        rate: voted firing rate, 0…1: of the class's voting neurons and all timesteps, the share with a spike. Of an
            ordinary network, with ReLUs, the softmax of its outputs.
        share: of all votes (spikes of the last layer), the share that were for this class; 0 if there was no vote.
    """

    label: int
    name: str
    rate: float
    share: float


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a network says about one image, or about one recording of an event camera.

    Attributes:
        image: the file, or the number in the array, from 0; of DVS128 Gesture also the line of the label file.
        spikes: of this image, AutoSNN's count: all neurons and pooling outputs over all T, the last layer's included.
            0 of an ordinary network.
        classes: the highest rates first; of equal ones the lower label first.
        spiking: whether the network spikes.
    """

    image: str
    spikes: int
    classes: tuple[ClassRate, ...]
    spiking: bool = True

    @property
    def best(self) -> ClassRate | None:
        """The class with the highest rate; None if no neuron of the last layer fired: then the network names none."""
        return self.classes[0] if self.classes[0].rate else None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; `best` is the name of the class."""
        return {
            "image": self.image,
            "best": self.best.name if self.best else None,
            "spikes": self.spikes,
            "classes": [asdict(one) for one in self.classes],
        }


def predictions(
    target: Path, images: Images, *, top: int | None, blocks: Mapping[str, Block] | None, reporter: Reporter
) -> list[Prediction]:
    """See `app.predict`."""
    if top is not None and top < 1:
        raise UserError(f"top {top}: must be 1 or more; all classes without it")
    path, known, notes = _checkpoint(target)
    network, info = _load(path, blocks)
    names = _class_names(info, known, network.network.dimensions.classes)
    dimensions = network.network.dimensions
    if dimensions.events:
        batch, titles, remarks = _recordings(images, dimensions, info.extra)
    else:
        batch, titles, remarks = _stacked(images, dimensions.image)
    for note in (*notes, *remarks):  # nothing is told before all that was given has been found right
        reporter.note(note)
    return [_predict(network, image, title, names, top) for image, title in zip(batch, titles, strict=True)]


def _checkpoint(target: Path) -> tuple[Path, Sequence[str], Sequence[str]]:
    """The file to load, the class names that its run knows, and what to say of it."""
    if not target.is_dir():
        if not target.exists():
            raise UserError(f"there is no checkpoint or run {target}: give a .safetensors file or a run's folder")
        return target, (), ()
    folder = RunFolder.open(target)
    run = Run(folder)
    best, others = run.best, [one for one in run.networks if one.checkpoint != run.best.checkpoint]
    notes = [f"network: {best.label}, {best.architecture}"]
    if others:
        beside = ", ".join(dict.fromkeys(one.checkpoint for one in others))
        notes.append(f"others of this run: {beside}")
    return Path(best.checkpoint), tuple(folder.config["facts"].get("class_names", ())), notes


def _load(path: Path, blocks: Mapping[str, Block] | None) -> tuple[NormalisedNetwork, CheckpointInfo]:
    if path.name.endswith(".state.safetensors"):
        raise UserError(f"{path} is a training under way: resume its run, then give the network that comes out")
    network, info = load_checkpoint(path, blocks=blocks)
    if isinstance(network, Supernet):
        raise UserError(
            f"{path} holds a supernet, whose weights many architectures share: give the checkpoint of a trained "
            "network, or a run's folder"
        )
    return NormalisedNetwork(network, info.normalisation).eval(), info


def _class_names(info: CheckpointInfo, known: Sequence[str], classes: int) -> Sequence[str]:
    names = info.extra.get("class_names") or known
    if len(names) != classes:  # written before checkpoints had them
        names = [str(label) for label in range(classes)]
    return names


def _stacked(images: Images, shape: tuple[int, int, int]) -> Prepared:
    """Images [C, H, W] as uint8, or floats in 0…1, what to call them, and what was done to them."""
    if isinstance(images, np.ndarray | Tensor):
        batch = torch.from_numpy(np.ascontiguousarray(images)) if isinstance(images, np.ndarray) else images.cpu()
        _check(batch, shape)
        return batch.unbind(), [str(number) for number in range(len(batch))], []
    paths = [images] if isinstance(images, str | Path) else list(images)
    if not paths:
        raise UserError("no image: give at least one")
    files = _read(paths, shape)
    notes = []
    resized = [
        f"{path} ({file.size[0]}×{file.size[1]})"
        for path, file in zip(paths, files, strict=True)
        if file.size != shape[1:]
    ]
    if resized:
        more = f" and {len(resized) - _NAMED} more" if len(resized) > _NAMED else ""
        notes.append(
            f"resized to the network's {shape[1]}×{shape[2]} (height × width): {', '.join(resized[:_NAMED])}{more}"
        )
    return [torch.from_numpy(file.pixels) for file in files], [str(path) for path in paths], notes


def _read(paths: Sequence[PathLike], shape: tuple[int, int, int]) -> list[SingleImage]:
    """All files, or one error that names each that cannot be read."""

    def image(path: PathLike) -> SingleImage:
        if Path(path).suffix.lower() in FORMATS and Path(path).is_file():
            raise UserError(
                f"{path}: a recording of events or an array by its name, and the network was trained on images: give "
                "image files, or from Python an array"
            )
        return read_image(path, shape)

    return _each(paths, image, "images")


def _each(paths: Sequence[PathLike], read: Callable[[PathLike], Found], what: str) -> list[Found]:
    """What is read of each file.

    Raises:
        UserError: files cannot be read; all of them are named.
    """
    files, problems = [], []
    for path in paths:
        try:
            files.append(read(path))
        except UserError as error:
            problems.append(str(error))
    problems = list(dict.fromkeys(problems))  # what is wrong with the network is wrong for every file
    if len(problems) > 1:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise UserError(f"{len(problems)} of {len(paths)} {what} cannot be read:\n{listed}")
    if problems:
        raise UserError(problems[0])
    return files


def _recordings(images: Images, dimensions: Dimensions, extra: Mapping[str, Any]) -> Prepared:
    """Frames [T, C, H, W] of counts for each recording, what to call them, and what was done to them."""
    if isinstance(images, np.ndarray | Tensor):
        batch = _frames(images, dimensions)
        return batch, [str(number) for number in range(len(batch))], []
    paths = [images] if isinstance(images, str | Path) else list(images)
    if not paths:
        raise UserError("no recording: give at least one")

    def recordings(path: PathLike) -> list[tuple[Tensor, str, Sequence[str]]]:
        stored = stored_frames(Path(path))
        if stored is None:
            cutter = Cutter.of_checkpoint(extra, dimensions.image, dimensions.timesteps)
            return [(torch.from_numpy(one.frames), one.title, one.notices) for one in cutter.read(path)]
        try:
            batch = _frames(stored, dimensions)
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
        return [(one, f"{path}, recording {number}", ()) for number, one in enumerate(batch)]

    found = [one for file in _each(paths, recordings, "recordings") for one in file]
    notices = [notice for *_, some in found for notice in some]
    return [one for one, *_ in found], [title for _, title, _ in found], notices


def _frames(given: np.ndarray[Any, Any] | Tensor, dimensions: Dimensions) -> Sequence[Tensor]:
    """Frames [T, C, H, W] of each recording in [T, N, C, H, W].

    Raises:
        UserError: another shape, or values that are no counts.
    """
    if isinstance(given, np.ndarray):
        if given.dtype.kind not in "iuf":
            raise UserError(f"frames of type {given.dtype}: wanted are counts of events, as whole numbers or floats")
        # Torch knows no other order of bytes, and little of wide unsigned numbers.
        plain = given if given.dtype == np.uint8 else given.astype(np.float64 if given.dtype.kind == "f" else np.int64)
        given = torch.from_numpy(np.ascontiguousarray(plain))
    _check_frames(given, dimensions)
    return given.cpu().unbind(1)


def _check_frames(batch: Tensor, dimensions: Dimensions) -> None:
    shape = (dimensions.timesteps, *dimensions.image)
    t, *rest = map(str, shape)
    wanted = f"wanted are counts of events [T, N, C, H, W], here [{t}, N, {', '.join(rest)}]"
    if batch.dim() != 5 or (batch.shape[0], *batch.shape[2:]) != shape or not batch.shape[1]:
        exchanged = batch.dim() == 5 and tuple(batch.shape[1:]) == shape
        cure = "; data sets have [N, T, C, H, W]: exchange the first two axes" if exchanged else ""
        raise UserError(f"frames {list(batch.shape)}: {wanted}{cure}")
    if batch.is_complex() or batch.dtype == torch.bool:
        raise UserError(f"frames of type {str(batch.dtype).removeprefix('torch.')}: {wanted}")
    low, high = float(batch.min()), float(batch.max())
    if not 0 <= low <= high < math.inf:  # nan is in no order
        raise UserError(f"frames with values from {low:g} to {high:g}: {wanted}, 0 or more")


def _check(batch: Tensor, shape: tuple[int, int, int]) -> None:
    wanted = f"wanted is [N, {', '.join(map(str, shape))}] as uint8 in 0…255 or floats in 0…1"
    if batch.dim() != 4 or tuple(batch.shape[1:]) != shape or not len(batch):
        raise UserError(f"images {list(batch.shape)}: {wanted}")
    if batch.dtype == torch.uint8:
        return
    if not batch.is_floating_point():
        raise UserError(f"images of type {str(batch.dtype).removeprefix('torch.')}: {wanted}")
    low, high = float(batch.min()), float(batch.max())
    if not 0 <= low <= high <= 1:  # nan is in no order
        raise UserError(f"images with values from {low:g} to {high:g}: {wanted}")


def _predict(
    network: NormalisedNetwork, image: Tensor, title: str, names: Sequence[str], top: int | None
) -> Prediction:
    """One image or recording by itself: spikes are counted over all that a network is given at a time."""
    one = image if image.dtype == torch.uint8 else image.float()
    one = one[:, None] if network.network.dimensions.events else one[None]  # [T, 1, C, H, W] or [1, C, H, W]
    with torch.inference_mode(), record(network.network) as activity:
        rates = network(one)[0]  # [classes]
    spiking = network.network.dimensions.spiking
    if not spiking:
        rates = rates.softmax(0)
    votes = float(rates.sum())
    order = torch.argsort(rates, descending=True, stable=True).tolist()
    classes = tuple(
        ClassRate(
            label=label,
            name=names[label],
            rate=float(rates[label]),
            share=float(rates[label]) / votes if votes else 0.0,
        )
        for label in order[:top]
    )
    return Prediction(image=title, spikes=activity.spikes, classes=classes, spiking=spiking)
