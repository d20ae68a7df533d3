"""The networks that a run trains from scratch, or shows beside its winners: which they are, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.naming import file_name
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.assembly.workbench import Workbench
from spikesearch.seeds import child_seed


@dataclass(frozen=True)
class Candidate:
    """A network beside others.

    Attributes:
        label: what the run calls it.
        architecture: what it is.
        lam: λ if it won a search.
        trained: whether it is trained from scratch.
        repeat: which of its trainings, from 0.
    """

    label: str
    architecture: Architecture
    lam: float | None = None
    trained: bool = True
    repeat: int = 0

    @property
    def name(self) -> str:
        """File name of its checkpoint: the blocks, readable, and unique in the run."""
        return file_name(self.architecture, self.repeat)

    @property
    def title(self) -> str:
        """Label and, if there are several, number of the training."""
        return f"{self.label}, repeat {self.repeat + 1}" if self.repeat else self.label


def comparisons(bench: Workbench) -> list[Candidate]:
    """The networks that the recipe puts beside the winners, those that are trained first."""
    section = bench.config.compare
    drawn = section.random + section.random_estimates
    found = [_random(bench, index, drawn) for index in range(drawn)]
    named = [_named(bench, text) for text in section.architectures]
    estimates = [replace(candidate, trained=False) for candidate in found[section.random :]]
    estimates += [replace(one, trained=False) for text in section.estimates if (one := _estimate(bench, text))]
    return [*named, *found[: section.random], *estimates]


def without_estimate(bench: Workbench) -> list[str]:
    """What the recipe wants to see with the supernet's weights, though the supernet has no such architecture."""
    return [text for text in bench.config.compare.estimates if _estimate(bench, text) is None]


def _estimate(bench: Workbench, text: str) -> Candidate | None:
    """A network that is shown without training; None where nothing could be shown of it."""
    candidate = _named(bench, text)
    if bench.config.scored:  # a score needs no supernet
        return candidate
    inside = counterpart(bench.space, candidate.architecture)
    return None if inside is None else replace(candidate, architecture=inside)


def counterpart(space: SlotSpace, architecture: Architecture) -> Architecture | None:
    """The architecture itself if it is in the space; of one block in every slot the same in the space; else None.

    So a recipe that names `autosnn:SCB_k3` can be searched in another space, where all SCB_k3 has other slots.
    """
    if architecture in space:
        return architecture
    blocks = set(getattr(architecture, "slots", ()))
    if len(blocks) != 1 or not blocks <= set(space.candidates):
        return None
    filled = space.decode([space.candidates.index(blocks.pop())] * len(space.slot_names))
    return filled if filled in space else None


def _named(bench: Workbench, text: str, label: str = "") -> Candidate:
    architecture = bench.architecture(text)
    return Candidate(label or _label(text, architecture), architecture)


def _random(bench: Workbench, index: int, count: int) -> Candidate:
    rng = np.random.default_rng(child_seed(bench.config.run.seed, "compare", index))
    # Within the budgets of parameters and MACs: a larger network would be no comparison.
    return Candidate("random" if count == 1 else f"random {index + 1}", bench.search_space.sample(rng))


def _label(text: str, architecture: Architecture) -> str:
    slots = {str(block) for block in getattr(architecture, "slots", ())}
    return f"all {slots.pop()}" if len(slots) == 1 else text


def candidates(bench: Workbench) -> list[Candidate]:
    """Everything that the run trains from scratch: winners, what was chosen beside them, comparisons."""
    if bench.config.train_only:
        labels = bench.folder.config.get("source", {}).get("labels", {})
        return [_named(bench, text, labels.get(text, "")) for text in bench.config.train_only]
    stored = bench.folder.read_json("winners.json")
    won = [
        Candidate(winner_label(entry), bench.architecture(entry["architecture"]), entry["lam"])
        for entry in stored["winners"]
    ]
    chosen = [_named(bench, entry["architecture"], entry["label"]) for entry in stored.get("chosen", ())]
    return [*won, *chosen, *(candidate for candidate in comparisons(bench) if candidate.trained)]


def winner_label(entry: Mapping[str, Any]) -> str:
    """What a winner of `winners.json` is called: by its λ, or, where a score alone decided, just that."""
    return "winner" if "score" in entry else f"λ = {entry['lam']:g}"


def trainings(bench: Workbench) -> list[Candidate]:
    """One candidate for each training: an architecture that has two names once, and each repeat.

    First trainings come first, so that a run that is stopped early has something of every network.
    """
    different: dict[str, Candidate] = {}
    for candidate in candidates(bench):
        # Two λ may choose the same architecture: it is trained, and tested, once.
        different.setdefault(candidate.name, candidate)
    return [
        replace(candidate, repeat=repeat)
        for repeat in range(bench.config.train.repeats)
        for candidate in different.values()
    ]
