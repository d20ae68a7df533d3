"""The data sets by name, and the parts of them that a quick run may take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.data.cifar10 import load_cifar10
from spikesearch.data.cifar100 import load_cifar100
from spikesearch.data.dataset import Dataset, Images
from spikesearch.data.digits import load_digits
from spikesearch.data.events.cifar10_dvs import load_cifar10_dvs
from spikesearch.data.events.dvs128_gesture import load_dvs128_gesture
from spikesearch.data.events.event_folder import load_event_folder
from spikesearch.data.events.n_mnist import load_n_mnist
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.image_folder import load_image_folder
from spikesearch.data.split import stratified_part
from spikesearch.data.svhn import load_svhn
from spikesearch.data.tiny_imagenet import load_tiny_imagenet
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed

_EVENT_KEYS = ("slices", "window_ms", "denoise_ms", "crop")


@dataclass(frozen=True, kw_only=True)
class Source:
    """How a named data set is loaded.

    Attributes:
        load: takes `folder` if `needs_folder`, `size` if `sizes`, and for events `settings` (an `EventSettings`) and
            `cache`; returns the whole data set.
        needs_folder: whether the user must say where the files lie.
        sizes: whether images can be had in a size the user chooses.
        events: whether it holds recordings of event cameras, which become frames.
        sensors: whether the size of the sensor may be given, as `sensor`.
        description: one line for `spikesearch list datasets`.
    """

    load: Callable[..., Dataset]
    needs_folder: bool = False
    sizes: bool = False
    events: bool = False
    sensors: bool = False
    description: str = ""


DATASETS: Mapping[str, Source] = {
    "digits": Source(
        load=load_digits,
        sizes=True,
        description="1,797 handwritten digits, grey, 8×8 or enlarged; from scikit-learn",
    ),
    "cifar10": Source(
        load=load_cifar10,
        needs_folder=True,
        description="60,000 colour images, 32×32; from cifar-10-batches-py",
    ),
    "cifar100": Source(
        load=load_cifar100,
        needs_folder=True,
        description="60,000 colour images of 100 classes, 32×32; from cifar-100-python",
    ),
    "svhn": Source(
        load=load_svhn,
        needs_folder=True,
        description="99,289 house number digits, colour, 32×32; from train_32x32.mat and test_32x32.mat",
    ),
    "tiny-imagenet": Source(
        load=load_tiny_imagenet,
        needs_folder=True,
        description="110,000 colour images of 200 classes, 64×64; from tiny-imagenet-200",
    ),
    "n-mnist": Source(
        load=load_n_mnist,
        needs_folder=True,
        events=True,
        description="70,000 event recordings of digits, 34×34; from Train.zip and Test.zip",
    ),
    "cifar10-dvs": Source(
        load=load_cifar10_dvs,
        needs_folder=True,
        events=True,
        description="10,000 event recordings of CIFAR-10 images, 128×128; from airplane.zip … truck.zip",
    ),
    "dvs128-gesture": Source(
        load=load_dvs128_gesture,
        needs_folder=True,
        events=True,
        description="event recordings of 11 gestures, 128×128; from DvsGesture",
    ),
    "image-folder": Source(
        load=load_image_folder,
        needs_folder=True,
        sizes=True,
        description="your own images: DIR/train/<class>/… and DIR/test/<class>/…; PNG, JPEG, BMP, GIF, WebP, TIFF",
    ),
    "event-folder": Source(
        load=load_event_folder,
        needs_folder=True,
        events=True,
        sensors=True,
        description="your own event recordings: DIR/train/<class>/… and DIR/test/<class>/…; .npz, .npy, .bin, .aedat",
    ),
}


def load_dataset(
    name: str,
    folder: str | Path | None = None,
    *,
    size: int | None = None,
    limit: int | None = None,
    test_limit: int | None = None,
    events: EventSettings | None = None,
    sensor: Sequence[int] | None = None,
    cache: str | Path | None = None,
    datasets: Mapping[str, Source] = DATASETS,
) -> Dataset:
    """Load a data set by name, whole or a stratified part of it.

    The part is drawn by a constant, not by the run's seed: runs with different seeds see the same images, so that
    their results compare, and the test images stay the same ones. Every class keeps its share.

    Args:
        name: a key of `datasets`.
        folder: where the files lie, for those that need it.
        size: height and width in pixels, for those that come in any size.
        limit: number of images to keep of the training part, validation included; None keeps all.
        test_limit: the same for the test part.
        events: for event data, how recordings become frames; `size` is set in it.
        sensor: for event data whose sensor is not known, its (width, height) in pixels.
        cache: for event data, the folder for frames; None: the user's own cache.
        datasets: the table of names; the user's own is passed here.

    Raises:
        UserError: the name is unknown, a folder is missing, a size is not to be chosen, a setting of events is given
            for images, a limit is larger than the data set or smaller than its number of classes, or the files cannot
            be read.
    """
    if name not in datasets:
        raise UserError(f"unknown data set {name!r}{did_you_mean(name, datasets)}: known are {', '.join(datasets)}")
    source = datasets[name]
    arguments: dict[str, object] = {}
    if source.needs_folder:
        if folder is None:
            raise UserError(f"data set {name} needs a folder: give it with --data DIR (folder=… from Python)")
        arguments["folder"] = folder
    elif folder is not None:
        raise UserError(f"data set {name} comes with the package and needs no folder: leave out {str(folder)!r}")
    if source.events:
        arguments |= {"settings": replace(events or EventSettings(), size=size), "cache": cache}
    else:
        _refuse_event_settings(name, events)
        if size is not None:
            if not source.sizes:
                raise UserError(f"data set {name} comes in one size: leave out size {size}")
            arguments["size"] = size
    if sensor is not None:
        if not source.sensors:
            raise UserError(f"data.sensor = {list(sensor)}: the sensor of data set {name} is known; leave it out")
        arguments["sensor"] = tuple(sensor)
    return limited(source.load(**arguments), limit=limit, test_limit=test_limit)


def event_keywords(section: Mapping[str, Any], timesteps: int) -> dict[str, Any]:
    """Arguments of `load_dataset` that tell of events, from the keys of `[data]`; those that are missing, as in what
    was written before there were any, mean their defaults.

    Args:
        section: keys and values.
        timesteps: T, frames of a recording.

    Raises:
        UserError: a value that cannot be.
    """
    window = section.get("window_ms") or None
    settings = EventSettings(
        timesteps=timesteps,
        slices=section.get("slices", "count"),
        window_ms=None if window is None else (float(window[0]), float(window[1])),
        denoise_ms=section.get("denoise_ms", 0.0),
        crop=section.get("crop", 0),
    )
    return {"events": settings, "sensor": section.get("sensor"), "cache": section.get("cache")}


def _refuse_event_settings(name: str, events: EventSettings | None) -> None:
    default = EventSettings()
    given = [] if events is None else [key for key in _EVENT_KEYS if getattr(events, key) != getattr(default, key)]
    if given:
        raise UserError(
            f"data set {name} holds images: leave out {', '.join(f'data.{key}' for key in given)}, which say how event "
            "recordings become frames"
        )


def limited(whole: Dataset, *, limit: int | None = None, test_limit: int | None = None) -> Dataset:
    """A stratified part of a data set, drawn by a constant; see `load_dataset`.

    Raises:
        UserError: a limit is larger than the part or smaller than its number of classes, or would leave a class out.
    """
    if limit is None and test_limit is None:
        return whole
    return replace(
        whole,
        train=_part(whole, "train", whole.train, limit),
        test=_part(whole, "test", whole.test, test_limit),
    )


def _part(whole: Dataset, part: str, images: Images, limit: int | None) -> Images:
    """The stratified part of `limit` images, in their old order."""
    if limit is None or limit == len(images):
        return images
    smallest = len(np.unique(images.labels))
    if not smallest <= limit <= len(images):
        key = "limit" if part == "train" else "test_limit"
        raise UserError(
            f"{key} {limit}: the {part} part of {whole.name} has {len(images)} images of {smallest} classes; "
            f"allowed is {smallest}…{len(images)}, or 0 for all in a recipe, None from Python"
        )
    chosen = images.select(stratified_part(images.labels, limit, child_seed(0, "limit", part)))
    gone = np.setdiff1d(images.labels, chosen.labels)
    if len(gone):
        label = int(gone[0])
        count = int((images.labels == label).sum())
        name = whole.class_names[label]
        key = "limit" if part == "train" else "test_limit"
        raise UserError(
            f"{key} {limit} leaves no image of {name} in the {part} part of {whole.name} ({count:,} of {len(images):,} "
            f"images show it): give at least {-(-len(images) // count):,}, or 0 for all in a recipe, None from Python"
        )
    return chosen
