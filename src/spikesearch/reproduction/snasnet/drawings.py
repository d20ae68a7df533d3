"""Figure 6: the cells found, drawn."""

from typing import TYPE_CHECKING

from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import signless
from spikesearch.reproduction.snasnet.searches import DIRECTIONS, NAMES, as_cell, searched, winner

if TYPE_CHECKING:
    from spikesearch.reports.style import Picture


def figure6(lab: Lab) -> Result:
    """All winners by SAHD on the scale's first data set, those of the first seed on the others."""
    rows, cells = [], []
    for place, data in enumerate(lab.scale.data_sets):
        for seed in range(lab.scale.seeds if place == 0 else 1):
            for direction in DIRECTIONS:
                scores = searched(lab, "sahd", direction, seed, data).trials
                text = winner(scores)
                cells.append((f"{NAMES[direction]}, {data.name}, seed {seed}", text))
                rows.append(
                    {
                        "cells": NAMES[direction],
                        "searched on": data.name,
                        "seed": f"{seed}",
                        "cell": f"`{text.removeprefix('snasnet: ')}`",
                        "SAHD score": signless(scores[text], 1),
                        "cells scored": f"{len(scores):,}",
                    }
                )

    def drawn() -> "Picture":
        from spikesearch.reports.cell_drawing import Panel, draw_panels

        panels = [Panel(cell=as_cell(text), title=title, notes=(text,)) for title, text in cells]
        return draw_panels(panels, "snasnet-figure6")

    note = "The paper draws one cell for each data set and direction, the most accurate of its searches."
    return Result([Table("The best cell of each search.", rows)], pictures={"cells": drawn}, notes=[note])
