"""Normalisation and augmentation of whole batches: every image its own draw, no Python loop over images.

Order, as AutoSNN §5.1 and its code have it: crop (of the padded bytes), flip, normalise, cutout (filled with 0 after
normalisation). Evaluation normalises and does nothing else. Frames of events are moved in time before that, and all
frames of a recording are cropped, mirrored and cut alike; their counts stay as they are (`Normalisation.counts`).
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from spikesearch.data.dataset import UInt8Array
from spikesearch.errors import UserError

_TOP, _LEFT, _FLIP, _CENTRE_Y, _CENTRE_X, _SHIFT = range(6)  # columns of a table of draws


@dataclass(frozen=True)
class Normalisation:
    """Channel-wise `(x - mean) / std` of images scaled to 0…1.

    Args:
        mean: one for each channel, in units of full brightness.
        std: the same; above 0.

    Raises:
        UserError: different lengths, or a number that cannot be used.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        finite = all(map(math.isfinite, self.mean + self.std))
        if not self.mean or len(self.mean) != len(self.std) or not finite or min(self.std) <= 0:
            raise UserError(
                f"normalisation mean {self.mean} and std {self.std}: wanted is one finite number for each channel, "
                "and every std above 0"
            )

    @classmethod
    def counts(cls, channels: int) -> "Normalisation":
        """The one that leaves counts of events what they are: AutoSNN's code feeds raw counts."""
        return cls((0.0,) * channels, (1 / 255,) * channels)

    @classmethod
    def measure(cls, images: npt.NDArray[Any]) -> "Normalisation":
        """Mean and standard deviation of uint8 images [N, C, H, W]; give it D_train only. Of frames of events
        [N, T, C, H, W] nothing is measured: see `counts`.

        Sums are exact integers, so the result does not depend on order or machine. A channel without any variation
        gets std 1: it carries nothing, and stays a constant.
        """
        if images.ndim == 5:
            return cls.counts(images.shape[2])
        count = images.shape[0] * images.shape[2] * images.shape[3]
        means, stds = [], []
        for channel in range(images.shape[1]):
            counts = _histogram(images[:, channel]).tolist()  # Python integers: no overflow
            total = sum(value * n for value, n in enumerate(counts))
            squares = sum(value * value * n for value, n in enumerate(counts))
            means.append(total / count / 255)
            stds.append(math.sqrt(squares * count - total * total) / count / 255 or 1.0)
        return cls(tuple(means), tuple(stds))

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 images [N, C, H, W] → float32 of the same shape; frames [N, T, C, H, W], uint8 or int16, → float32
        [T, N, C, H, W], as networks take them. On the same device."""
        if images.shape[-3] != len(self.mean):
            kind = "[N, C, H, W]" if images.dim() == 4 else "[N, T, C, H, W]"
            raise UserError(f"images {list(images.shape)} {kind}: the normalisation has {len(self.mean)} channels")
        scale, shift = _scale_and_shift(self, images.device)
        if images.dim() == 5:
            frames = images.transpose(0, 1)  # [T, N, C, H, W]
            return torch.empty(frames.shape, device=images.device).copy_(frames).mul_(scale).sub_(shift)
        return images.to(torch.float32).mul_(scale).sub_(shift)

    def as_dict(self) -> dict[str, list[float]]:
        """Plain JSON values; `from_dict` reads them back."""
        return {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Normalisation":
        """The normalisation that `as_dict` wrote."""
        return cls(tuple(map(float, values["mean"])), tuple(map(float, values["std"])))


def _histogram(values: UInt8Array) -> npt.NDArray[np.int64]:
    """How often each byte occurs. In parts: numpy counts in a copy of eight times the size."""
    counts = np.zeros(256, np.int64)
    step = max(1, 2**22 // max(1, values[:1].size))
    for begin in range(0, len(values), step):
        counts += np.bincount(values[begin : begin + step].reshape(-1), minlength=256)
    return counts


@functools.lru_cache(maxsize=32)
def _scale_and_shift(normalisation: Normalisation, device: torch.device) -> tuple[Tensor, Tensor]:
    """`x/255·1/std` and `mean/std` as [1, C, 1, 1], copied to the device once and not at every step."""
    with torch.inference_mode(False):  # else the first caller's mode would stick to them
        mean = torch.tensor(normalisation.mean, dtype=torch.float64)
        std = torch.tensor(normalisation.std, dtype=torch.float64)
        scale, shift = (1 / (255 * std)).float(), (mean / std).float()
        return scale.view(1, -1, 1, 1).to(device), shift.view(1, -1, 1, 1).to(device)


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random crop, flip and cutout of training images. Defaults are AutoSNN's for its supernet on CIFAR-10.

    Args:
        pad: pixels of black added on each side before a window of the old size is cut out; 0 switches cropping off.
        flip: whether half of the images are mirrored left to right.
        cutout: side of the square that is set to 0, in pixels, clipped at the border (DeVries and Taylor 2017); 0
            switches it off. AutoSNN's code takes 16 when it trains a single network, 0 for the supernet.
        time_shift: of frames of events, the timesteps that a recording may begin earlier or later; what moves in from
            outside is empty. 0 switches it off. What cropping is in space, in time; AutoSNN has none.

    Raises:
        UserError: a negative number.
    """

    pad: int = 4
    flip: bool = True
    cutout: int = 0
    time_shift: int = 0

    def __post_init__(self) -> None:
        if self.pad < 0 or self.cutout < 0:
            raise UserError(f"augmentation pad {self.pad}, cutout {self.cutout}: pixels, 0 (off) or more")
        if self.time_shift < 0:
            raise UserError(f"augmentation time_shift {self.time_shift}: timesteps, 0 (off) or more")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; without `time_shift` where it is off, as states say that were written before it was."""
        values = asdict(self)
        return values if self.time_shift else {name: value for name, value in values.items() if name != "time_shift"}

    def draw(self, count: int, shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """The random decisions for `count` images of shape (C, H, W): int64 [count, 5] on the CPU, with a sixth
        column where there is a shift in time.

        They are drawn apart from their use, for an epoch at once: one copy to the device an epoch, the same numbers
        on every device and for every batch size. All columns are always drawn, so that switching one part off leaves
        the others as they were.
        """
        _, height, width = shape
        draws = torch.empty(count, 6 if self.time_shift else 5, dtype=torch.int64)
        for column, end in (
            (_TOP, 2 * self.pad + 1),
            (_LEFT, 2 * self.pad + 1),
            (_FLIP, 2),
            (_CENTRE_Y, height),
            (_CENTRE_X, width),
        ):
            draws[:, column] = torch.randint(end, (count,), generator=generator)
        if self.time_shift:
            draws[:, _SHIFT] = torch.randint(2 * self.time_shift + 1, (count,), generator=generator)
        return draws

    def apply(self, images: Tensor, draws: Tensor, normalisation: Normalisation) -> Tensor:
        """uint8 images [N, C, H, W] and their draws [N, 5], on one device → float32 [N, C, H, W]; frames
        [N, T, C, H, W] → [T, N, C, H, W]."""
        if images.dim() == 5:
            moved = self._move_in_time(images, draws)
            cropped = self._crop_and_flip(moved.flatten(1, 2), draws)  # [N, T·C, H, W]
            x = normalisation(cropped.view(images.shape))
        else:
            x = normalisation(self._crop_and_flip(images, draws))
        return self._cut_out(x, draws) if self.cutout else x

    def __call__(self, images: Tensor, normalisation: Normalisation, generator: torch.Generator) -> Tensor:
        """Draw and apply in one call, see `apply`."""
        c, h, w = images.shape[-3:]
        draws = self.draw(len(images), (c, h, w), generator).to(images.device)
        return self.apply(images, draws, normalisation)

    def _move_in_time(self, frames: Tensor, draws: Tensor) -> Tensor:
        """Frames [N, T, C, H, W], each recording `draw - time_shift` timesteps later."""
        if not self.time_shift:
            return frames
        n, timesteps = frames.shape[:2]
        source = torch.arange(timesteps, device=frames.device) - (draws[:, _SHIFT, None] - self.time_shift)  # [N, T]
        inside = (source >= 0) & (source < timesteps)
        rows = torch.arange(n, device=frames.device)[:, None]
        return frames[rows, source.clamp(0, timesteps - 1)] * inside.view(n, timesteps, 1, 1, 1)

    def _crop_and_flip(self, images: Tensor, draws: Tensor) -> Tensor:
        """Both at once, as one gather of bytes: half the time of an unfold, and flipping costs nothing more."""
        if not (self.pad or self.flip):
            return images
        n, c, h, w = images.shape
        padded = F.pad(images, (self.pad,) * 4)  # [N, C, H+2p, W+2p]
        rows = draws[:, _TOP, None] + torch.arange(h, device=images.device)  # [N, H]
        columns = torch.arange(w, device=images.device).expand(n, w)  # [N, W]
        if self.flip:
            columns = torch.where(draws[:, _FLIP, None].bool(), w - 1 - columns, columns)
        columns = columns + draws[:, _LEFT, None]
        index = rows[:, :, None] * padded.shape[3] + columns[:, None, :]  # [N, H, W]
        index = index.view(n, 1, h * w).expand(n, c, h * w)
        return padded.flatten(2).gather(2, index).view(n, c, h, w)

    def _cut_out(self, x: Tensor, draws: Tensor) -> Tensor:
        """Zero the square whose row `size // 2` and column `size // 2` are the drawn centre."""
        h, w = x.shape[-2:]
        rows = torch.arange(h, device=x.device) - (draws[:, _CENTRE_Y, None] - self.cutout // 2)  # [N, H]
        columns = torch.arange(w, device=x.device) - (draws[:, _CENTRE_X, None] - self.cutout // 2)  # [N, W]
        inside_rows = (rows >= 0) & (rows < self.cutout)
        inside_columns = (columns >= 0) & (columns < self.cutout)
        hole = inside_rows[:, None, :, None] & inside_columns[:, None, None, :]  # [N, 1, H, W]
        return x.masked_fill_(hole, 0.0)


NO_AUGMENTATION = Augmentation(pad=0, flip=False, cutout=0)
"""Training images as they are."""
