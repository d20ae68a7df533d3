"""Several trainings of one network as one measurement, and how far they lie apart."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from spikesearch.reports import numbers
from spikesearch.reports.data import Network
from spikesearch.strategies.evaluator import LayerActivity, Measurement

Figures = TypeVar("Figures", Measurement, LayerActivity)


def mean_of(repeats: Sequence[Measurement]) -> Measurement:
    """Means of all figures, layer by layer; of one the measurement itself."""
    if len(repeats) == 1:
        return repeats[0]
    layers = zip(*(one.layers for one in repeats), strict=True)
    return replace(
        _means(repeats),
        layers=tuple(_means(same) for same in layers),
        class_images=_summed([one.class_images for one in repeats]),
        class_correct=_summed([one.class_correct for one in repeats]),
    )


def _summed(counts: Sequence[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    """Over all trainings, class by class: so the balanced accuracy is the mean of theirs."""
    known = [one for one in counts if one is not None]
    return tuple(map(sum, zip(*known, strict=True))) if len(known) == len(counts) else None


def _means(alike: Sequence[Figures]) -> Figures:
    """Every number with a fraction is averaged; names and counts are the first one's."""
    values = {field.name: [getattr(one, field.name) for one in alike] for field in fields(alike[0])}
    shares: dict[str, Any] = {name: statistics.fmean(found) for name, found in values.items() if _all_float(found)}
    return replace(alike[0], **shares)


def _all_float(values: Sequence[object]) -> bool:
    return all(isinstance(value, float) for value in values)


def accuracy(network: Network, beside: Sequence[Network] = ()) -> str:
    """Test accuracy in percent: `97.4%`, or `97.4 ± 0.3%` of several trainings.

    Args:
        network: whose it is.
        beside: the networks of the same column, which all get as many decimals as one of them needs.
    """
    test = network.test
    if test is None:
        return numbers.NONE
    decimals = max(map(_accuracy_decimals, (network, *beside)))
    wide = accuracy_deviation(network)
    spread = "" if wide is None else f" ± {100 * wide:.{decimals}f}"
    return f"{100 * test.accuracy:.{decimals}f}{spread}%"


def _accuracy_decimals(network: Network) -> int:
    """The deviation says how exact the mean is: at least one digit of it is shown."""
    if network.test is None:
        return 0
    wide = accuracy_deviation(network)
    return max(numbers.percent_decimals(network.test.images), 2 if wide is not None and 100 * wide < 0.95 else 1)


def spikes(network: Network, beside: Sequence[Network] = ()) -> str:
    """Spikes per image on the test images: `4,120`, or `4,120 ± 35`; `beside` as in `accuracy`."""
    test = network.test
    if test is None or not math.isfinite(test.spikes_per_image):
        return numbers.NONE
    decimals = max(map(_spikes_decimals, (network, *beside)))
    wide = spikes_deviation(network)
    if test.spikes_per_image == 0 and not wide:
        return "0"
    spread = "" if wide is None else f" ± {wide:,.{decimals}f}"
    return f"{test.spikes_per_image:,.{decimals}f}{spread}"


def _spikes_decimals(network: Network) -> int:
    """Those of the mean."""
    if network.test is None:
        return 0
    return len(numbers.spikes(network.test.spikes_per_image).partition(".")[2])


def accuracy_deviation(network: Network) -> float | None:
    """Standard deviation (n − 1) of the test accuracy over the trainings; None of one."""
    return _deviation([one.accuracy for one in _repeats(network)])


def spikes_deviation(network: Network) -> float | None:
    """The same of the spikes per image."""
    return _deviation([one.spikes_per_image for one in _repeats(network)])


def _repeats(network: Network) -> tuple[Measurement, ...]:
    return network.trained.repeats if network.trained else ()


def _deviation(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return statistics.stdev(known) if len(known) > 1 else None
