"""How well a model predicts the networks of a table that were not trained, from some that were and from scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesearch.bench.contenders import Contender
from spikesearch.errors import UserError
from spikesearch.seeds import child_seed
from spikesearch.strategies.gaussian_process import GaussianProcess, Inputs
from spikesearch.strategies.predictor import winsorised
from spikesearch.strategies.score_file import as_ranks
from spikesearch.strategies.table import Table

DRAWS = 20
"""Choices of the labelled networks."""

CODE, CODE_AND_BASELINES, CODE_AND_SCORES = "code", "code, baselines", "code, baselines, scores"
_LEAST_LABELLED, _LEAST_REST = 5, 10


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One model, over all choices of the labelled networks.

    Attributes:
        inputs: what it sees of an architecture.
        networks: `all` or `trained`, the set that it was fitted to and asked about.
        labelled: networks whose validation accuracy it was told.
        kendall: τ-b with the test accuracy of the others, for each choice.
    """

    inputs: str
    networks: str
    labelled: int
    kendall: tuple[float, ...]

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """First quartile, median and third quartile of τ."""
        low, middle, high = np.quantile(self.kendall, [0.25, 0.5, 0.75])
        return float(low), float(middle), float(high)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        low, middle, high = self.quartiles
        return {
            "inputs": self.inputs,
            "networks": self.networks,
            "labelled": self.labelled,
            "draws": len(self.kendall),
            "first_quartile": low,
            "median": middle,
            "third_quartile": high,
        }


def check_labelled(numbers: Sequence[int], networks: int) -> None:
    """Whether each number leaves enough networks to learn from, and to predict.

    Raises:
        UserError: one does not.
    """
    for number in numbers:
        if not _LEAST_LABELLED <= number <= networks - _LEAST_REST:
            raise UserError(
                f"labelled = {number} of {networks:,} networks: give a number from {_LEAST_LABELLED} to "
                f"{networks - _LEAST_REST:,}, which leaves {_LEAST_REST} to be predicted"
            )


def predictions(
    table: Table,
    rows: np.ndarray,
    networks: str,
    numbers: Sequence[int],
    known: Mapping[str, Sequence[Contender]],
    seed: int,
) -> list[Prediction]:
    """A Gaussian process fitted to validation accuracies, asked for the order of all other networks.

    All models see the same choices. Scores and baselines enter as ranks among the networks of the set, which are known
    before anything is trained. Test accuracy only judges.

    Args:
        table: of trained networks.
        rows: the networks of the set.
        networks: its name.
        numbers: of labelled networks.
        known: what the models see beside the code, by a name for each model.
        seed: of the choices.
    """
    found = []
    for number in numbers:
        chosen = [
            np.random.default_rng(child_seed(seed, "labelled", number, draw)).permutation(len(rows))
            for draw in range(DRAWS)
        ]
        for name, contenders in known.items():
            inputs = Inputs(table.codes[rows], _features(contenders, rows))
            values = tuple(_predicted(table, rows, inputs, order[:number], order[number:]) for order in chosen)
            found.append(Prediction(inputs=name, networks=networks, labelled=number, kendall=values))
    return found


def _features(contenders: Sequence[Contender], rows: np.ndarray) -> np.ndarray:
    """Ranks among the networks of the set, float [n, features]; what orders them alike, or not at all, tells it once.

    The parameter count of a cell is a multiple of its convolutions: three copies of it would be three weights to learn.
    """
    found: dict[bytes, np.ndarray] = {}
    for one in contenders:
        ranks = as_ranks(one.values[rows])
        if ranks.any():
            found.setdefault(ranks.tobytes(), ranks)
    return np.array([*found.values()]).reshape(len(found), len(rows)).T


def _predicted(table: Table, rows: np.ndarray, inputs: Inputs, told: np.ndarray, asked: np.ndarray) -> float:
    """τ-b of the predicted order with that of the test accuracies; 0 where one of them is all ties."""
    # Imported here: it takes longer than the rest of the package.
    from scipy.stats import kendalltau

    accuracies = table.validation[rows[told]]
    if np.ptp(accuracies) == 0:
        return 0.0
    model = GaussianProcess(inputs.take(told), winsorised(accuracies))
    # Rounded: what differs by rounding only is a tie.
    tau = kendalltau(np.round(model.mean(inputs.take(asked)), 9), table.test[rows[asked]]).statistic
    return 0.0 if np.isnan(tau) else float(tau)
