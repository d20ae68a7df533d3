"""Table 4: the plain Hamming distance against the sparsity-aware one, as the score of a search."""

from collections.abc import Sequence

from spikesearch.reproduction.claims import Claim, jackknife
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.snasnet.search_spaces import by_score
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES
from spikesearch.reproduction.snasnet.trainings import Found, above_by_seed, cell_row, group_row

# The paper's accuracy in per cent on CIFAR-100, mean and deviation of five searches.
TABLE4 = {
    "forward": {"hamming": (64.16, 2.02), "sahd": (70.06, 0.45)},
    "feedback": {"hamming": (66.80, 1.73), "sahd": (73.04, 0.36)},
}


def table4(lab: Lab) -> Result:
    """Both scores see the same cells, and their winners are trained alike."""
    data = lab.scale.ablation
    groups = {score: list(by_score(lab, score, data).values()) for score in ("hamming", "sahd")}
    rows, listed, claims = [], [], list[Claim]()
    for number, direction in enumerate(DIRECTIONS):
        for score, found in groups.items():
            paper, spread = TABLE4[direction][score]
            row = group_row(f"{NAMES[direction]}, {score}", found[number])
            rows.append({**row, "paper's, CIFAR-100": f"{paper:.2f} ± {spread:.2f}"})
            listed += [cell_row(f"{NAMES[direction]}, {score}", one) for one in found[number]]
        plain, aware = groups["hamming"][number], groups["sahd"][number]
        says = f"SAHD finds more accurate cells than the Hamming distance: {NAMES[direction]}"
        claims += above_by_seed(says, aware, plain)
        claims.append(
            _steadier(f"what SAHD finds varies less (deviation of accuracy): {NAMES[direction]}", plain, aware)
        )
    tables = [
        Table(f"Winners of {lab.scale.seeds} searches by each score, {data.name}; mean ± standard deviation.", rows),
        Table("Each of them.", listed),
    ]
    return Result(tables, claims)


def _steadier(says: str, larger: Sequence[Found], smaller: Sequence[Found]) -> Claim:
    """That one deviation is smaller than the other, over the same seeds.

    Where both scores found one cell they share its accuracy, so the error is a jackknife's: a seed left out of both.
    """
    pairs = [(a.network.accuracy.mean, b.network.accuracy.mean) for a, b in zip(larger, smaller, strict=True)]
    difference, n = _apart(pairs), len(pairs)
    if difference is None:
        return Claim(says=says, difference=None, n=(n,), why="one seed")
    error = jackknife(pairs, _apart)
    return Claim(says=says, difference=difference, error=error, freedom=n - 1, n=(n,), unit="points")


def _apart(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Deviation of the first ones less that of the second; None of one pair."""
    first, second = (Sample(values).deviation for values in zip(*pairs, strict=True))
    return None if first is None or second is None else first - second
