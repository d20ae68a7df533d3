"""Rows that stand in several tables: a trained network beside the paper's figures."""

from collections.abc import Iterable

from spikesearch.reproduction.lab import Trained
from spikesearch.reproduction.sample import Sample, counted, signed
from spikesearch.reproduction.scale import Settings


def network_row(
    name: str, network: Trained, paper_accuracy: float | None = None, paper_spikes: float | None = None
) -> dict[str, str]:
    """Accuracy in per cent and spikes per image, each beside the paper's, with the difference."""
    return {
        "network": name,
        **beside("accuracy, %", network.accuracy, paper_accuracy, 2),
        **beside("spikes", network.spikes, paper_spikes, 0),
    }


def beside(quantity: str, measured: Sample, paper: float | None, digits: int) -> dict[str, str]:
    """Three columns: measured, the paper's, and the difference of both."""
    return {
        quantity: measured.text(digits),
        f"paper's {quantity}": "–" if paper is None else f"{paper:,.{digits}f}",
        f"difference in {quantity.split(',')[0]}": "–" if paper is None else signed(measured.mean - paper, digits),
    }


def trained_with(settings: Settings) -> list[str]:
    """The note of an item whose trainings have settings of their own."""
    shown = [f"`{section}.{name} = {value}`" for section, values in settings.items() for name, value in values.items()]
    return [f"Networks are trained here with {', '.join(shown)}."] if shown else []


def how_often(networks: Iterable[Trained]) -> str:
    """`each trained 2 times, mean ± standard deviation`: ends the caption of a table of networks."""
    times = sorted({len(one.repeats) for one in networks})
    if times == [1]:
        return "each trained once"
    often = counted(times[0], "time") if len(times) == 1 else f"{times[0]} to {times[-1]} times"
    return f"each trained {often}, mean ± standard deviation"
