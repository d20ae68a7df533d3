"""Table 4: the plain Hamming distance against the sparsity-aware one, as the score of a search."""

from spikesearch.reproduction.item import Claim, Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.snasnet.search_spaces import by_score
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES
from spikesearch.reproduction.snasnet.trainings import above_by_seed, accuracy, cell_row, group_row

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
        claims += _steadier(f"and more even ones: {NAMES[direction]}", accuracy(plain), accuracy(aware))
    tables = [
        Table(f"Winners of {lab.scale.seeds} searches by each score, {data.name}; mean ± deviation.", rows),
        Table("Each of them.", listed),
    ]
    return Result(tables, claims)


def _steadier(says: str, larger: Sample, smaller: Sample) -> list[Claim]:
    """That one deviation is smaller than the other, with the error of a deviation of so few: s / √(2 (n − 1))."""
    if larger.deviation is None or smaller.deviation is None:
        return []
    variance = sum((one.deviation or 0.0) ** 2 / (2 * (len(one.values) - 1)) for one in (larger, smaller))
    return [Claim(says=says, difference=larger.deviation - smaller.deviation, error=variance**0.5, unit="points")]
