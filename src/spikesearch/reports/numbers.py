"""Numbers as people read them: one way of writing each quantity, in tables, sentences and figures alike."""

import math

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"

# One image in 5,000 is 0.02 points: below that many images a second decimal would be noise.
_FINE_IMAGES = 5000


def count(value: int | None) -> str:
    """12345 → `12,345`."""
    return NONE if value is None else f"{value:,}"


def spikes(value: float | None) -> str:
    """A mean number of spikes: `12,345` from 100 on, below with three digits (`34.5`, `3.45`), and `0`."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    decimals = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:,.{decimals}f}"


def percent_decimals(images: int | None) -> int:
    """Decimals of an accuracy in percent that was measured on `images` images; None or 0: on an unknown number."""
    return 2 if images and images >= _FINE_IMAGES else 1


def percent(fraction: float | None, images: int | None = None) -> str:
    """0.9742 → `97.4%`, or `97.42%` when measured on 5,000 images or more."""
    if fraction is None or not math.isfinite(fraction):
        return NONE
    return f"{100 * fraction:.{percent_decimals(images)}f}%"


def points(fraction: float, other: float, images: int | None = None) -> str:
    """The difference of two accuracies in percentage points, `+0.3 points`, of the figures as they are printed.

    Of the printed and not of the exact ones, so that a reader who subtracts gets the same.
    """
    decimals = percent_decimals(images)
    difference = round(round(100 * fraction, decimals) - round(100 * other, decimals), decimals)
    if difference == 0:
        return "the same accuracy"
    sign = "+" if difference > 0 else MINUS
    return f"{sign}{abs(difference):.{decimals}f} points"


def rate(value: float | None) -> str:
    """A firing rate: `0.093`; below 0.0005 `<0.001`, so that only silence is written 0."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def fitness(value: float | None) -> str:
    """Four decimals; 0 for a silent network."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.4f}".replace("-", MINUS)


def lam(value: float) -> str:
    """λ without trailing zeros and with a true minus: `−0.08`, `0`."""
    return f"{value + 0.0:g}".replace("-", MINUS)


def fewer_spikes(value: float, other: float) -> str:
    """How many spikes `value` is against `other`: `34% fewer spikes`, `12% more spikes`, `2.4 times the spikes`."""
    if other == 0:
        return "the same number of spikes (none)" if value == 0 else "spikes where the other emits none"
    change = value / other - 1
    if abs(change) < 0.0005:
        return "the same number of spikes"
    if change > 1:
        return f"{value / other:.1f} times the spikes"
    decimals = 0 if abs(change) >= 0.0095 else 1
    # Rounding must not turn a nearly silent network into a silent one.
    text = ">99" if -1 < change < -0.995 else f"{100 * abs(change):.{decimals}f}"
    return f"{text}% {'fewer' if change < 0 else 'more'} spikes"


def magnitude(value: float | None) -> str:
    """A large count in three digits: `417,626` → `418 k`, `1462954` → `1.46 M`."""
    if value is None or not math.isfinite(value):
        return NONE
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= 0.9995 * size:
            scaled = value / size
            decimals = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
            return f"{scaled:.{decimals}f}{unit}"
    return f"{value:g}" if value == int(value) else spikes(value)


def duration(seconds: float | None) -> str:
    """`4.2 s`, `48 s`, `2 min 13 s`, `1 h 02 min`."""
    if seconds is None or not math.isfinite(seconds):
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def shape(values: tuple[int, int, int]) -> str:
    """`16 × 32 × 32`: channels, height, width."""
    return " × ".join(map(str, values))


def standard_error(fraction: float, images: int) -> float:
    """Standard error of an accuracy measured on `images` images, √(p·(1−p)/n), as a fraction.

    Agresti and Coull's p = (correct + 2)/(n + 4), because at 0% and 100% the plain formula would claim certainty.
    """
    p = (fraction * images + 2) / (images + 4)
    return math.sqrt(p * (1 - p) / (images + 4))
