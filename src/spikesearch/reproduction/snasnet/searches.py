"""Searches of the papers' kind: cells are drawn at random and scored, the best one counts. All items share them."""

from collections.abc import Mapping
from typing import Any

from spikesearch.architectures.cell_edges import NODES
from spikesearch.architectures.cells import CellArchitecture
from spikesearch.architectures.spaces.cells import CELL_SPACES
from spikesearch.architectures.text import parse
from spikesearch.reproduction.lab import Lab, Searched
from spikesearch.reproduction.scales import DataSet
from spikesearch.strategies.score_names import DEFAULT_SCORE

DIRECTIONS = ("forward", "feedback")
NAMES = {"forward": "SNASNet-Fw", "feedback": "SNASNet-Bw"}
SCORES = ("hamming", "sahd", DEFAULT_SCORE)
"""Of one seed all of them see the same cells, as drawing does not depend on scores."""

_A_ROUND = 100  # draws; a search of the paper has 50 rounds


def searched(lab: Lab, score: str, direction: str, seed: int, data: DataSet) -> Searched:
    """The cells that one search drew, in order, each once, with their scores.

    Args:
        lab: whose `scale.draws` is the number of draws.
        score: name of the score.
        direction: `forward`, or `feedback`, whose cells may have forward edges alone too.
        seed: of the search: of what it draws, of weights and of images.
        data: whose training images are scored on.
    """
    name = "-".join((score, direction, *([data.name] if data.recipe or data.settings else []), str(seed)))
    rounds = max(1, lab.scale.draws // _A_ROUND)
    own: dict[str, Any] = {
        "space": {"name": CELL_SPACES[f"snasnet-{direction}"].name},
        "search": {"strategy": "random", "score": score, "rounds": rounds, "population": lab.scale.draws // rounds},
    }
    return lab.searched(name, data.laid_over(own | {"run": {"seed": seed}}), recipe=data.recipe)


def winner(scores: Mapping[str, float]) -> str:
    """The cell of the highest score; of equals the text that sorts first."""
    return min(scores, key=lambda text: (-scores[text], text))


def without_feedback(text: str) -> str | None:
    """The cell without its feedback edges; None if it has none, or has dead nodes without them."""
    cell = as_cell(text)
    rows = tuple(tuple(digit if j > i else 0 for j, digit in enumerate(row)) for i, row in enumerate(cell.matrix))
    if not cell.has_feedback or not rows[0][NODES - 1]:
        return None
    rest = CellArchitecture(rows)
    return str(rest) if rest in CELL_SPACES["snasnet-forward"] else None


def as_cell(text: str) -> CellArchitecture:
    """A cell from its text."""
    cell = parse(text)
    assert isinstance(cell, CellArchitecture)
    return cell
