"""What a data set is, in figures: to be looked at before a run is spent on it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikesearch.data.balance import class_counts
from spikesearch.data.dataset import Dataset, Images

_AT_A_TIME = 256  # images whose sums are taken at once: frames on the disk are not read whole


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """Counts, shapes, classes and values of a data set, as JSON values."""
    return {
        "data": dataset.name,
        "image": list(dataset.shape),
        "timesteps": dataset.timesteps,
        "classes": dataset.classes,
        "class_names": list(dataset.class_names),
        "parts": {
            part: {
                "images": len(images),
                "class_images": class_counts(images.labels, dataset.classes),
                "type": str(images.images.dtype),
                **_values(images),
                **dataset.about.get(part, {}),
            }
            for part, images in (("train", dataset.train), ("test", dataset.test))
        },
        "notices": list(dataset.notices),
    }


def _values(images: Images) -> dict[str, Any]:
    """Range of all values, and mean and deviation of each channel; of frames also the most of each timestep's mean."""
    axes = (0, *range(images.images.ndim - 2, images.images.ndim))  # N, H, W: channels and timesteps stay
    low, high, count = 2**31, -(2**31), 0
    total: Any = 0.0
    squares: Any = 0.0
    for begin in range(0, len(images), _AT_A_TIME):
        part = images.images[begin : begin + _AT_A_TIME]
        low, high = min(low, int(part.min())), max(high, int(part.max()))
        wide = part.astype(np.int64)
        total, squares = total + wide.sum(axes), squares + (wide * wide).sum(axes)
        count += part.shape[0] * part.shape[-1] * part.shape[-2]
    means = total / count  # [C] or [T, C]
    frames: dict[str, Any] = {}
    if images.timesteps is not None:
        frames["timestep_means"] = _rounded(means.mean(1))
        total, squares, count = total.sum(0), squares.sum(0), count * images.timesteps
    deviations = np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0))
    return {"values": [low, high], "means": _rounded(total / count), "deviations": _rounded(deviations), **frames}


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in values]
