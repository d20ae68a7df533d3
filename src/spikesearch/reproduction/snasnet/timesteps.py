"""Table 5 and Figure 1: the cells found, trained with other numbers of timesteps."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES
from spikesearch.reproduction.snasnet.trainings import (
    Found,
    above_by_seed,
    accuracy,
    beside_paper,
    group_row,
    train,
    winners,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The paper's accuracy in per cent by timesteps, on CIFAR-100.
TABLE5 = {
    "forward": {5: 70.06, 10: 70.08, 15: 70.56, 20: 70.52},
    "feedback": {5: 73.04, 10: 73.46, 15: 73.49, 20: 74.24},
}
# Of Figure 1(a), from Table 1: mean and deviation on CIFAR-10.
FIGURE1 = {
    "forward": {5: (93.12, 0.42), 8: (93.64, 0.35)},
    "feedback": {5: (93.73, 0.32), 8: (94.12, 0.25)},
}
# Others in Table 1 on CIFAR-10: timesteps and accuracy.
OTHERS = {
    "Sengupta et al.": (2500, 91.55),
    "Lee et al.": (100, 90.45),
    "Rueckauer et al.": (400, 90.85),
    "Wu et al. (surrogate)": (12, 90.53),
    "Wu et al. (tandem)": (8, 89.04),
    "Rathi et al. (hybrid)": (100, 90.50),
    "Han et al.": (2048, 93.63),
    "Garg et al.": (48, 89.94),
    "Kundu et al.": (100, 91.29),
    "Zheng et al.": (6, 93.16),
    "Deng et al.": (16, 92.42),
    "Li et al.": (32, 93.00),
    "Fang et al.": (8, 93.50),
    "Rathi et al. (ResNet20)": (10, 92.54),
    "Rathi et al. (VGG16)": (5, 92.70),
}

ByTime = Mapping[str, Mapping[int, list[Found]]]


def by_timesteps(lab: Lab, data: DataSet, timesteps: Sequence[int]) -> ByTime:
    """SAHD's winners, searched at the data set's own T: direction → T → the networks trained with it."""
    cells = {direction: list(winners(lab, "sahd", direction, data).items()) for direction in DIRECTIONS}
    found: dict[str, dict[int, list[Found]]] = {direction: {} for direction in DIRECTIONS}
    for steps in timesteps:
        both = [one for direction in DIRECTIONS for one in cells[direction]]
        networks = train(lab, both, data, {"network": {"timesteps": steps}})
        for direction in DIRECTIONS:
            found[direction][steps] = [networks[one] for one in cells[direction]]
    return found


def table5(lab: Lab) -> Result:
    """More timesteps."""
    data = lab.scale.ablation
    found = by_timesteps(lab, data, lab.scale.timesteps)
    rows = []
    for direction, networks in found.items():
        for steps, cells in networks.items():
            paper = TABLE5[direction].get(steps) if data.name == "cifar100" else None
            row = group_row(NAMES[direction], cells, {"T": f"{steps}"})
            rows.append({**row, **beside_paper(cells, None if paper is None else (paper, None))})
    least, most = min(lab.scale.timesteps), max(lab.scale.timesteps)
    claims = []
    for direction, networks in found.items():
        says = f"T = {most} is more accurate than T = {least}: {NAMES[direction]}"
        claims += above_by_seed(says, networks[most], networks[least])
    claims.append(_gains_more(found, least, most))
    caption = f"Winners of {lab.scale.seeds} searches by SAHD, {data.name}, each T; mean ± standard deviation."
    notes = [f"The paper's, on CIFAR-100: {_told(direction)}." for direction in DIRECTIONS if data.name != "cifar100"]
    return Result([Table(caption, rows)], claims, notes=notes)


def _told(direction: str) -> str:
    values = ", ".join(f"{value:.2f} at T = {steps}" for steps, value in TABLE5[direction].items())
    return f"{NAMES[direction]} {values}"


def _gains_more(found: ByTime, least: int, most: int) -> Claim:
    """Feedback's gain by timesteps less forward's; the gain of a cell is one value."""
    gains = {
        direction: Sample(
            tuple(
                late.network.accuracy.mean - early.network.accuracy.mean
                for late, early in zip(networks[most], networks[least], strict=True)
            )
        )
        for direction, networks in found.items()
    }
    says = "feedback cells gain more from timesteps than forward cells"
    return above(says, gains["feedback"], gains["forward"], unit="points")


def figure1(lab: Lab) -> Result:
    """Accuracy over timesteps, on the scale's first data set."""
    data = lab.scale.data_sets[0]
    timesteps = lab.scale.figure1_timesteps or lab.scale.timesteps
    found = by_timesteps(lab, data, timesteps)
    known = FIGURE1 if data.name == "cifar10" else {}
    rows = [
        {
            **group_row(NAMES[direction], cells, {"T": f"{steps}"}),
            **beside_paper(cells, known.get(direction, {}).get(steps)),
        }
        for direction, networks in found.items()
        for steps, cells in networks.items()
    ]
    claims = []
    for steps in timesteps:
        says = f"feedback cells are more accurate than forward cells at T = {steps}"
        claims += above_by_seed(says, found["feedback"][steps], found["forward"][steps])
    caption = f"Winners of {lab.scale.seeds} searches by SAHD, {data.name}, each T; mean ± standard deviation."
    notes = ["The same cells are trained with every T; they were found with the T of the scale's networks."]
    if known:
        notes.append("Other authors' networks are drawn where their publications have them and not measured again.")
    return Result(
        [Table(caption, rows)],
        claims,
        {"timesteps": lambda: _drawn(found, others=bool(known))},
        notes,
    )


def _drawn(found: ByTime, *, others: bool) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for direction, networks in found.items():
        means = [accuracy(cells) for cells in networks.values()]
        axes.errorbar(
            list(networks),
            [one.mean for one in means],
            yerr=[one.deviation or 0.0 for one in means],
            marker="o",
            capsize=3,
            label=f"{NAMES[direction]}, here",
        )
    if others:
        for direction, marker in (("forward", "s"), ("feedback", "D")):
            values = FIGURE1[direction]
            label = f"{NAMES[direction]}, paper"
            axes.plot(list(values), [mean for mean, _ in values.values()], marker, mfc="none", label=label)
        axes.plot(*zip(*OTHERS.values(), strict=True), "x", color="grey", label="others, as published")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_formatter("")
    else:
        axes.set_xticks(sorted({steps for networks in found.values() for steps in networks}))
    axes.set_xlabel("timesteps")
    axes.set_ylabel("test accuracy, %")
    axes.legend()
    axes.grid(alpha=0.3)
    return figure
