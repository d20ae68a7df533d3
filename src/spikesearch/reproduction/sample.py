"""A few measurements of one thing: mean and spread."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from spikesearch.reports.numbers import MINUS


@dataclass(frozen=True)
class Sample:
    """Values of repeats or seeds; at least one."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of all values."""
        return statistics.fmean(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation (n − 1); None of one value."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def error(self) -> float | None:
        """Standard error of the mean; None of one value."""
        return None if self.deviation is None else self.deviation / math.sqrt(len(self.values))

    def text(self, digits: int = 2) -> str:
        """`55.10 ± 0.42`; of one value the value."""
        mean = signless(self.mean, digits)
        return mean if self.deviation is None else f"{mean} ± {signless(self.deviation, digits)}"


def signless(value: float, digits: int) -> str:
    """A number with thousands separated, and a real minus."""
    return f"{value:,.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int) -> str:
    """`+1.25` or `−0.40`."""
    return f"{value:+,.{digits}f}".replace("-", MINUS)


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 epoch`, `3 epochs`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
