"""Which networks the figures show, and the label, colour and marker that each keeps through all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikesearch.reports import numbers
from spikesearch.reports.data import Network, ReportData, Winner
from spikesearch.reports.style import COMPARISONS, WINNERS
from spikesearch.reports.text import numbered, shorten

_WINNER_MARKERS = ("*", "o", "X", "P", "p", "h")
_COMPARISON_MARKERS = ("s", "^", "D", "v", "<", ">", "8", "d")
_LABEL_LENGTH = 30


@dataclass(frozen=True, kw_only=True)
class Series:
    """One network of the figures."""

    label: str
    network: Network
    colour: str
    marker: str
    winner: bool

    @property
    def size(self) -> float:
        """Area of the marker in square points: stars look smaller than they are."""
        return 190.0 if self.marker == "*" else 75.0


def all_series(data: ReportData) -> list[Series]:
    """Winners in the order of their λ, then the comparison networks."""
    alone = len(data.winners) == 1
    winners = [
        Series(
            label=_winner_label(data, winner, alone),
            network=winner.network,
            colour=WINNERS[i % len(WINNERS)],
            marker=_WINNER_MARKERS[i // len(WINNERS) % len(_WINNER_MARKERS)] if i >= len(WINNERS) else "*",
            winner=True,
        )
        for i, winner in enumerate(data.winners)
    ]
    comparisons = [
        Series(
            label=label,
            network=network,
            colour=COMPARISONS[i % len(COMPARISONS)],
            marker=_COMPARISON_MARKERS[i % len(_COMPARISON_MARKERS)],
            winner=False,
        )
        for i, (network, label) in enumerate(zip(data.comparisons, comparison_labels(data), strict=True))
    ]
    return winners + comparisons


def _winner_label(data: ReportData, winner: Winner, alone: bool) -> str:
    if data.by_score:  # which knows no λ
        return "winner"
    return f"winner, λ = {numbers.lam(winner.lam)}" if alone else f"λ = {numbers.lam(winner.lam)}"


def comparison_labels(data: ReportData) -> list[str]:
    """A label of its own for each comparison network, from its architecture where it has none."""
    return numbered([shorten(network.label or network.architecture, _LABEL_LENGTH) for network in data.comparisons])


def focus(data: ReportData, series: Sequence[Series]) -> list[Series]:
    """The headline's winner and at most three comparisons: what a figure with bars has room for."""
    winner = data.headline_winner
    chosen = [one for one in series if winner is not None and one.network is winner.network]
    return chosen + [one for one in series if not one.winner][: 4 - len(chosen)]
