"""What exists by name, with a line about each: the tables behind `spikesearch list`."""

import tomllib
from collections.abc import Callable

from spikesearch.architectures.hand_made import HAND_MADE
from spikesearch.architectures.published import PUBLISHED
from spikesearch.architectures.spaces.cells import CellSpace
from spikesearch.architectures.spaces.named import SPACES
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.config.reading import read_recipe, recipe_names
from spikesearch.strategies.score_names import SCORES

Entries = list[tuple[str, str]]


def _spaces() -> Entries:
    entries = []
    for name, space in SPACES.items():
        places = "slots of" if isinstance(space, SlotSpace) else "connections, each one of"
        candidates = " ".join(map(str, space.candidates))
        if isinstance(space, CellSpace):
            feedback = space.feedback
            candidates += f", forward{' or feedback' * feedback}; from input to output"
            candidates += f" never zero{' and never feedback' * feedback}"
        entries.append((name, f"{space.size:,} architectures: {len(space.slot_names)} {places} {candidates}"))
    return entries


def _datasets() -> Entries:
    from spikesearch.data.datasets import DATASETS  # not above: everything there needs torch or scikit-learn

    return [(name, source.description) for name, source in DATASETS.items()]


def _recipes() -> Entries:
    return [(name, str(tomllib.loads(read_recipe(name)).get("description", ""))) for name in recipe_names()]


def _strategies() -> Entries:
    return [
        ("evolution", "AutoSNN's Algorithm 1: mutation and crossover of the ten best"),
        ("exhaustive", "every architecture of the space: the exact optimum for every λ at once"),
        ("predictor", "a model of the fitness, learned from the evaluations so far, chooses what is evaluated next"),
        ("random", "unseen architectures drawn uniformly, with the same budget"),
    ]


CATALOGUE: dict[str, Callable[[], Entries]] = {
    "spaces": _spaces,
    "architectures": lambda: [*PUBLISHED.items(), *((name, made.summary) for name, made in HAND_MADE.items())],
    "datasets": _datasets,
    "recipes": _recipes,
    "strategies": _strategies,
    "scores": lambda: [(name, f"{info.description} ({info.source})") for name, info in SCORES.items()],
}
