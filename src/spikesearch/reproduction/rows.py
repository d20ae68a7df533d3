"""Rows that stand in several tables: a trained network beside the paper's figures."""

from spikesearch.reproduction.lab import Trained
from spikesearch.reproduction.sample import Sample, signed


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
