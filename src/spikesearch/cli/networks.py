"""How trained networks are shown by the commands that end with some."""

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from spikesearch.cli.output import print_json, print_table, print_text
from spikesearch.strategies.constraints import in_words

if TYPE_CHECKING:
    from spikesearch.results import Run, TrainedNetwork


def finish(run: "Run", as_json: bool) -> None:
    """Print what a run found and where its report is."""
    if as_json:
        print_json(run.as_dict())
        return
    if run.only_searches:
        for one in run.found:
            by = f"score {one['score']:.5g}" if "score" in one else f"λ = {one['lam']:g}, fitness {one['fitness']:.4f}"
            print_text(f"{one['architecture']} ({by})")
        print_text(f"nothing was trained; to train: spikesearch train {run.path}\nreport: {run.path / 'report.html'}")
        return
    print_networks(run.networks, balanced=run.unequal_classes)
    if run.rank_correlation is not None:
        print_text(f"\n{run.rank_correlation}")
    print_text(f"\nreport: {run.path / 'report.html'}")


def print_networks(networks: "Sequence[TrainedNetwork]", *, balanced: bool = False) -> None:
    """Print trained networks as a table: test accuracy, spikes, size; with repeats means and standard deviations.

    Args:
        networks: in the order to be shown.
        balanced: whether balanced accuracy has a column: where classes are unequal, or may be.
    """
    budgets = any(network.constraints for network in networks)
    print_table(
        [
            *("network", "architecture", "test accuracy"),
            *(["balanced"] if balanced else []),
            *("spikes/image", "firing rate", "parameters"),
            *(["constraints"] if budgets else []),
        ],
        [
            [
                network.label,
                network.architecture,
                _spread(100 * network.accuracy_mean, network.accuracy_deviation, 2, "%", 100),
                *([_percent(network.balanced_accuracy_mean)] if balanced else []),
                *(_spikes(network) if network.spiking else ("–", "–")),
                f"{network.parameters:,}",
                *[_kept(network)] * budgets,
            ]
            for network in networks
        ],
    )
    if not all(network.spiking for network in networks):
        print_text("\n–: an ordinary network, with ReLUs for neurons, has no spikes")


def _spikes(network: "TrainedNetwork") -> tuple[str, str]:
    """Spikes per image and firing rate."""
    rate = fmean(one.firing_rate for one in network.repeats)
    return _spread(network.spikes_per_image_mean, network.spikes_per_image_deviation, 0), f"{100 * rate:.2f}%"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f}%"


def _spread(mean: float, deviation: float | None, decimals: int, unit: str = "", scale: float = 1.0) -> str:
    """`97.40%`, or `97.40 ± 0.31%` of several trainings."""
    wide = "" if deviation is None else f" ± {scale * deviation:,.{decimals}f}"
    return f"{mean:,.{decimals}f}{wide}{unit}"


def _kept(network: "TrainedNetwork") -> str:
    return "; ".join(in_words(check) for check in network.constraints if not check["kept"]) or "kept"
