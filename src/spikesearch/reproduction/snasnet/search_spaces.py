"""Table 1: cells found by the search, without and with feedback."""

from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES, without_feedback
from spikesearch.reproduction.snasnet.trainings import (
    Found,
    above_by_seed,
    accuracy,
    beside_paper,
    cell_row,
    group_row,
    random_cells,
    train,
    winners,
)
from spikesearch.strategies.score_names import DEFAULT_SCORE

# The paper's accuracy in per cent, mean and deviation of five searches: data set (and timesteps, where not 5) →
# direction.
TABLE1 = {
    "cifar10": {"forward": (93.12, 0.42), "feedback": (93.73, 0.32)},
    "cifar10-T8": {"forward": (93.64, 0.35), "feedback": (94.12, 0.25)},
    "cifar100": {"forward": (70.06, 0.45), "feedback": (73.04, 0.36)},
    "tiny-imagenet": {"forward": (52.81, 0.56), "feedback": (54.60, 0.48)},
}
SEARCHED = "searched by SAHD"
OWN_SCORE = f"searched by {DEFAULT_SCORE}"
RANDOM = "random"
CUT = "feedback winners without their feedback"


def table1(lab: Lab) -> Result:
    """On the scale's first data set beside random cells; on the others the searched ones, as in the paper."""
    first, *others = lab.scale.data_sets
    groups = {first.name: everything(lab, first)} | {data.name: by_score(lab, "sahd", data) for data in others}
    tables, claims = [], []
    for data_set, found in groups.items():
        rows = [
            {**group_row(kind, cells), **beside_paper(cells, _papers(data_set, kind))} for kind, cells in found.items()
        ]
        caption = f"Cells of {lab.scale.seeds} searches, {data_set}; test images, mean ± standard deviation."
        tables.append(Table(caption, rows))
        claims += _claims(found, f" on {data_set}" if others else "")
    listed = [cell_row(kind, one) for kind, cells in groups[first.name].items() for one in cells]
    tables.append(Table("Each of them.", listed))
    notes = [
        f"Of each search the first {len(cells) // lab.scale.seeds} it draws stand for random cells."
        for kind, cells in groups[first.name].items()
        if kind == kind_of("forward", RANDOM)
    ]
    left_out = lab.scale.seeds - len(groups[first.name][CUT])
    if left_out:
        notes.append(f"Not cut, as they have no feedback or dead nodes without it: {left_out} of the feedback winners.")
    return Result(tables, claims, notes=notes)


def kind_of(direction: str, how: str) -> str:
    """Name of a group of cells."""
    return f"{NAMES[direction]}, {how}"


def _papers(data_set: str, kind: str) -> tuple[float, float] | None:
    return TABLE1[data_set][_direction(kind)] if kind.endswith(SEARCHED) and data_set in TABLE1 else None


def _direction(kind: str) -> str:
    return next(direction for direction in DIRECTIONS if kind.startswith(NAMES[direction]))


def by_score(lab: Lab, score: str, data: DataSet) -> dict[str, list[Found]]:
    """The winners of one score, trained; by group."""
    best = {kind_of(direction, _how(score)): winners(lab, score, direction, data) for direction in DIRECTIONS}
    return _trained(lab, {kind: list(cells.items()) for kind, cells in best.items()}, data)


def everything(lab: Lab, data: DataSet) -> dict[str, list[Found]]:
    """Winners of SAHD and of our default score, random cells, and feedback winners without feedback; by group."""
    wanted: dict[str, list[tuple[int, str]]] = {}
    for score in ("sahd", DEFAULT_SCORE):
        for direction in DIRECTIONS:
            best = winners(lab, score, direction, data)
            wanted[kind_of(direction, _how(score))] = list(best.items())
    for direction in DIRECTIONS:
        drawn = random_cells(lab, direction, data)
        wanted[kind_of(direction, RANDOM)] = [(seed, cell) for seed, cells in drawn.items() for cell in cells]
    found = wanted[kind_of("feedback", SEARCHED)]
    wanted[CUT] = [(seed, rest) for seed, cell in found if (rest := without_feedback(cell)) is not None]
    return _trained(lab, wanted, data)


def _how(score: str) -> str:
    return {"sahd": SEARCHED}.get(score, f"searched by {score}")


def _trained(lab: Lab, wanted: dict[str, list[tuple[int, str]]], data: DataSet) -> dict[str, list[Found]]:
    found = train(lab, [one for cells in wanted.values() for one in cells], data)
    return {kind: [found[one] for one in cells] for kind, cells in wanted.items()}


def _claims(found: dict[str, list[Found]], where: str) -> list[Claim]:
    forward, feedback = (found[kind_of(direction, SEARCHED)] for direction in DIRECTIONS)
    claims = [
        above(
            f"cells found with feedback are more accurate than those found without{where}",
            accuracy(feedback),
            accuracy(forward),
            unit="points",
        )
    ]
    for direction in DIRECTIONS:
        drawn = found.get(kind_of(direction, RANDOM))
        if drawn:
            says = f"searched cells are more accurate than random ones: {NAMES[direction]}"
            best = found[kind_of(direction, SEARCHED)]
            claims.append(above(says, accuracy(best), accuracy(drawn), unit="points", own=True))
    says = "feedback edges make the cells that have them more accurate"
    return claims + above_by_seed(says, feedback, found.get(CUT, []), own=True)
