"""What budgets, a limited front and repeats did in a run: sentences for its report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spikesearch.phases.choosing import tied_in_words
from spikesearch.strategies.constraints import in_words
from spikesearch.studies.trial import TrialRecord


def unkept(winners: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each winner that breaks a constraint with shared weights already, because nothing keeps all.

    Args:
        winners: of `winners.json`.
    """
    return [
        f"λ = {entry['lam']:g}: no candidate that spikes keeps all constraints with shared weights; the winner breaks "
        f"them least ({', '.join(missed)})."
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
