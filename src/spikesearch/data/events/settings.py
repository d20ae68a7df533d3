"""How recordings become frames: plain values that name a cache."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from spikesearch.errors import UserError

Slices = Literal["count", "time"]


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """What of a recording counts, and how it is cut into frames.

    In this order: the window of time, denoising, the crop, the size; then the slices.

    Attributes:
        timesteps: T, frames of a recording.
        slices: `count`: n // T events a frame, the last takes the rest, which gives every frame the same load whatever
            the speed (AutoSNN's code); `time`: frames of equal time.
        window_ms: (begin, end) in milliseconds from the first event; what lies outside is dropped. None: everything.
        denoise_ms: an event stays if one of the eight pixels around it, or its own, had one in so many milliseconds
            before (background activity filter, Delbruck 2008); 0 keeps all.
        crop: side of the square in the middle of the sensor that counts, in pixels; 0 takes the whole sensor.
        size: height and width of frames: events of size/side as many pixels fall together; None leaves the sensor's.

    Raises:
        UserError: a value that cannot be.
    """

    timesteps: int = 8
    slices: Slices = "count"
    window_ms: tuple[float, float] | None = None
    denoise_ms: float = 0.0
    crop: int = 0
    size: int | None = None

    def __post_init__(self) -> None:
        if self.timesteps < 1:
            raise UserError(f"timesteps {self.timesteps}: frames of a recording, 1 or more (AutoSNN takes 20)")
        if self.slices not in get_args(Slices):
            raise UserError(f"data.slices = {self.slices!r}: give 'count' (equal events) or 'time' (equal times)")
        if self.window_ms is not None:
            begin, end = self.window_ms
            if not 0 <= begin < end:
                raise UserError(
                    f"data.window_ms = [{begin:g}, {end:g}]: give begin and end in milliseconds from the first event, "
                    "0 ≤ begin < end"
                )
        if self.denoise_ms < 0 or self.crop < 0 or (self.size is not None and self.size < 1):
            raise UserError(
                f"data.denoise_ms = {self.denoise_ms:g}, data.crop = {self.crop}, data.size = {self.size}: 0 or more"
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def frame(self, width: int, height: int) -> tuple[int, int]:
        """(height, width) of the frames of a sensor.

        Raises:
            UserError: the crop is larger than the sensor, or the size larger than what is left.
        """
        if self.crop:
            if self.crop > min(width, height):
                raise UserError(
                    f"data.crop = {self.crop}: the sensor has {width}×{height} pixels; give at most as many"
                )
            width = height = self.crop
        if self.size is not None:
            if self.size > min(width, height):
                raise UserError(
                    f"data.size = {self.size}: frames have {width}×{height} pixels, and events can only fall together; "
                    "give at most as many"
                )
            width = height = self.size
        return height, width
