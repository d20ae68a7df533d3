"""What budgets, a limited front and repeats did in a run: sentences for its report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spikesearch.phases.choosing import tied_in_words
from spikesearch.strategies.constraints import in_words
from spikesearch.studies.trial import TrialRecord

# Below twice the accuracy of guessing, a network's spikes say nothing about its architecture.
_NEAR_CHANCE = 2.0
# Of few classes, twice is too much to ask: there it is a ninth of the way from guessing to perfect, as for ten classes.
_NEAR_CHANCE_SHARE = 1 / 9
_MOST_NAMED = 5  # networks in a sentence


def untaught(results: Sequence[Mapping[str, Any]], classes: int, *, spiking: bool = True) -> list[str]:
    """A sentence about trained networks that emit no spike, and one about those that are hardly better than guessing.

    Args:
        results: of `results.json`; of several trainings the means count.
        classes: of the data.
        spiking: whether they are networks of which spikes are expected.
    """
    silent = [entry for entry in results if spiking and _silent(entry)]
    poor = [entry for entry in results if entry not in silent and _near_chance(entry, classes)]
    lines = []
    if silent:
        one = len(silent) == 1
        lines.append(f"{_named(silent)} emit{'s' * one} no spike: {'it has' if one else 'they have'} learned nothing.")
    if poor:
        right = _range([_figure(entry, "accuracy") for entry in poor])
        by_class = [found for entry in poor if (found := _balanced(entry)) is not None]
        balanced = _range(by_class) if len(by_class) == len(poor) else right
        of_classes = "" if balanced == right else f" (balanced accuracy {balanced})"
        lines.append(
            f"{_named(poor)} {'is' if len(poor) == 1 else 'are'} right for {right} of the test images{of_classes}, "
            f"guessing would be for {100 / classes:.1f}%: train longer before comparing "
            f"{'spikes' if spiking else 'them'}."
        )
    return lines


def has_learned(entry: Mapping[str, Any], classes: int, *, spiking: bool = True) -> bool:
    """Whether `untaught` has nothing to say about a trained network."""
    return not (spiking and _silent(entry)) and not _near_chance(entry, classes)


def _silent(entry: Mapping[str, Any]) -> bool:
    return _figure(entry, "spikes_per_image") == 0


def _near_chance(entry: Mapping[str, Any], classes: int) -> bool:
    """By balanced accuracy where it is known: whoever names the largest class always is often right."""
    chance = 1 / classes
    return _fair(entry) < min(_NEAR_CHANCE * chance, chance + _NEAR_CHANCE_SHARE * (1 - chance))


def _figure(entry: Mapping[str, Any], name: str) -> float:
    """The mean over the trainings of a network, or the figure of its only one."""
    return float(entry.get(f"{name}_mean", entry[name]))


def _fair(entry: Mapping[str, Any]) -> float:
    """Balanced accuracy, or accuracy in results of versions that did not count by class."""
    balanced = _balanced(entry)
    return _figure(entry, "accuracy") if balanced is None else balanced


def _balanced(entry: Mapping[str, Any]) -> float | None:
    found: float | None = entry.get("balanced_accuracy_mean", entry.get("balanced_accuracy"))
    return found


def _named(entries: Sequence[Mapping[str, Any]]) -> str:
    """`front 1`, `front 1 and front 2`, `front 1, … front 5 and 4 more`."""
    labels = [entry["label"] for entry in entries]
    if len(labels) > _MOST_NAMED:
        return f"{', '.join(labels[:_MOST_NAMED])} and {len(labels) - _MOST_NAMED} more"
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def _range(shares: Sequence[float]) -> str:
    """`10.0%`, or `9.5% to 10.6%`."""
    return " to ".join(dict.fromkeys(f"{100 * share:.1f}%" for share in (min(shares), max(shares))))


def unkept(winners: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each winner that breaks a constraint with shared weights already, because nothing keeps all.

    Args:
        winners: of `winners.json`.
    """
    return [
        f"λ = {entry['lam']:g}: no {'finalist' if entry.get('finalists') else 'candidate that spikes'} keeps all "
        "constraints with shared weights; the winner breaks them "
        f"least ({', '.join(missed)})."
        for entry in winners
        if (missed := [in_words(check) for check in entry.get("constraints", ()) if not check["kept"]])
    ]


def remarks(section: Mapping[str, Any], trials: Sequence[TrialRecord], missing: Mapping[str, Any]) -> list[str]:
    """Notes below the report.

    Args:
        section: `[train]` as the run keeps it.
        trials: of the search.
        missing: networks of the front that are not trained, `left_out` and `tied`, where the run kept them.
    """
    lines = []
    if missed := {trial.architecture for trial in trials if trial.violation}:
        lines.append(
            f"{len(missed):,} of the candidates break a constraint with shared weights. They rank behind those that "
            "keep all, and are not part of the Pareto front."
        )
    if tied := missing.get("tied"):
        words = tied_in_words(tied)
        lines.append(f"{words[0].upper()}{words[1:]}.")
    if left_out := missing.get("left_out"):
        lines.append(
            f"Of the Pareto front at most {section['front_limit']} networks were trained, spread evenly by spikes: "
            f"{left_out} were left out."
        )
    if (repeats := section.get("repeats", 1)) > 1:
        lines.append(
            f"Each network was trained {repeats} times, with seeds of its own; figures of trained networks are means, "
            "± is one standard deviation (n − 1) over the trainings."
        )
    return lines
