"""Figure 9: accuracy and time over how many cells a search scores."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikesearch.reproduction.claims import Claim, above, paired, scatters_more
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES, searched, winner
from spikesearch.reproduction.snasnet.trainings import Found, above_by_seed, accuracy, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = (0.05, 0.2, 1.0)
"""Of a search's draws; and one cell, which is a random one."""


def figure9(lab: Lab) -> Result:
    """Winners of the beginnings of each search by SAHD, trained alike."""
    data = lab.scale.ablation
    found = beginnings(lab, data)
    seconds = {direction: _seconds(lab, direction, data) for direction in DIRECTIONS}
    rows = [
        {
            "cells": NAMES[direction],
            "cells scored, at most": f"{number:,}",
            "accuracy, %": accuracy(cells).text(2),
            "seconds of scoring": seconds[direction][number].text(1),
        }
        for direction, by_number in found.items()
        for number, cells in by_number.items()
    ]
    claims = []
    for direction, by_number in found.items():
        first, *_, last = by_number.values()
        says = f"searching longer finds more accurate cells: {NAMES[direction]}"
        claims += above_by_seed(says, last, first)
    claims.append(_gains_more(found))
    ends = {direction: accuracy(list(by_number.values())[-1]) for direction, by_number in found.items()}
    says = "what searching with feedback finds varies more (deviation of accuracy)"
    claims.append(scatters_more(says, ends["feedback"], ends["forward"], unit="points"))
    whole = {direction: list(values.values())[-1] for direction, values in seconds.items()}
    claims.append(above("searching with feedback takes longer", whole["feedback"], whole["forward"], unit="s"))
    for direction, taken in whole.items():
        if lab.scale.hours is not None:
            left = Sample(tuple(lab.scale.hours - value / 3600 for value in taken.values))
            says = f"the search takes less than {lab.scale.hours:g} hours: {NAMES[direction]}"
            claims.append(paired(says, left, unit="hours"))
    caption = f"Best of the first cells of {lab.scale.seeds} searches, {data.name}; mean ± standard deviation."
    notes = [
        "A cell that is drawn again is not scored again and not counted. The seconds of a beginning are its share of "
        "the search's, all of whose cells count alike.",
        "Seconds are of the machine that searched, whatever else it did.",
    ]
    return Result([Table(caption, rows)], claims, {"samples": lambda: _drawn(found, seconds)}, notes)


def lengths(lab: Lab) -> list[int]:
    """Numbers of cells after which the best one is looked at."""
    return sorted({1, *(max(1, round(share * lab.scale.draws)) for share in SHARES)})


def beginnings(lab: Lab, data: DataSet) -> dict[str, dict[int, list[Found]]]:
    """Direction → number of cells → the winner among so many first ones of each seed, trained."""
    best: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for direction in DIRECTIONS:
        for seed in range(lab.scale.seeds):
            scores = list(searched(lab, "sahd", direction, seed, data).trials.items())
            for number in lengths(lab):
                best.setdefault((direction, number), []).append((seed, winner(dict(scores[:number]))))
    networks = train(lab, [one for some in best.values() for one in some], data)
    found: dict[str, dict[int, list[Found]]] = {direction: {} for direction in DIRECTIONS}
    for (direction, number), some in best.items():
        found[direction][number] = [networks[one] for one in some]
    return found


def _seconds(lab: Lab, direction: str, data: DataSet) -> dict[int, Sample]:
    """Of scoring so many cells, over the seeds."""
    searches = [searched(lab, "sahd", direction, seed, data) for seed in range(lab.scale.seeds)]
    return {
        number: Sample(tuple(one.seconds["search"] * min(1.0, number / len(one.trials)) for one in searches))
        for number in lengths(lab)
    }


def _gains_more(found: Mapping[str, Mapping[int, list[Found]]]) -> Claim:
    """That feedback gains more by searching than forward does."""
    gains = {}
    for direction, by_number in found.items():
        first, *_, last = by_number.values()
        pairs = zip(last, first, strict=True)
        gains[direction] = Sample(tuple(a.network.accuracy.mean - b.network.accuracy.mean for a, b in pairs))
    says = "searching longer gains more with feedback than without"
    return above(says, gains["feedback"], gains["forward"], unit="points")


def _drawn(found: Mapping[str, Mapping[int, list[Found]]], seconds: Mapping[str, Mapping[int, Sample]]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    right, time = figure.subplots(1, 2)
    for direction, by_number in found.items():
        means = [accuracy(cells) for cells in by_number.values()]
        spread = [one.deviation or 0.0 for one in means]
        right.errorbar(
            list(by_number), [one.mean for one in means], yerr=spread, marker="o", capsize=3, label=NAMES[direction]
        )
        taken = seconds[direction].values()
        spread = [one.deviation or 0.0 for one in taken]
        time.errorbar(list(by_number), [one.mean for one in taken], yerr=spread, marker="o", capsize=3)
    right.set_ylabel("test accuracy, %")
    time.set_ylabel("seconds of scoring")
    right.set_xscale("log")
    right.legend()
    for axes in (right, time):
        axes.set_xlabel("cells scored")
        axes.grid(alpha=0.3)
    return figure
