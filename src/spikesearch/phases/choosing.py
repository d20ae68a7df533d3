"""Which candidates of a search are trained beside the winner of each λ, or instead of it in a run of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spikesearch.assembly.ordinary import check_front
from spikesearch.config.sections import Config, DataSection, NetworkSection, TrainSection
from spikesearch.errors import UserError
from spikesearch.strategies.objectives import FITNESS
from spikesearch.studies.finalists import Finalist, finalists_of
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.scored import ScoredTrial, ranked, read_scored
from spikesearch.studies.selection import best_of, front_of, one_of_each, spread
from spikesearch.studies.study import read_settings, read_trials
from spikesearch.studies.trial import TrialRecord


@dataclass(frozen=True)
class Chosen:
    """A candidate and what it is called: `front 3`, `λ = -0.08 #2`, `score #2`."""

    label: str
    trial: TrialRecord | ScoredTrial


def left_out_in_words(trained: int, left_out: int, limit: int) -> str:
    """What the limit of the front did."""
    return (
        f"of the {trained + left_out} networks of the Pareto front {trained} are trained, spread evenly by spikes; "
        f"train.front_limit = {limit} left out {left_out}"
    )


def tied_in_words(tied: int) -> str:
    """What equal figures did to the front."""
    return (
        f"{tied} more candidate{'s' * (tied != 1)} of the Pareto front {'has' if tied == 1 else 'have'} the same "
        "estimated accuracy and spikes as another one of it; one network of each set of equals counts"
    )


def choose(
    section: TrainSection,
    trials: Mapping[float, Sequence[TrialRecord]],
    finalists: Mapping[float, Sequence[Finalist]] | None = None,
) -> tuple[list[Chosen], dict[str, int]]:
    """What `[train] choose` asks for, each architecture once.

    Args:
        section: `choose`, `top`, `front_limit`.
        trials: of each λ, as that λ scores them.
        finalists: of each λ, if there are any. They lead the best of a λ; the front is one of the trials.

    Returns:
        What is trained; and of the front how many are not: `left_out` for the limit, `tied` because they have the
        figures of another one.
    """
    if section.choose == "front":
        whole = front_of(trial for one in trials.values() for trial in one)
        front = one_of_each(whole)
        shown = spread(front, section.front_limit)
        missing = {"left_out": len(front) - len(shown), "tied": len(whole) - len(front)}
        return [Chosen(f"front {place}", trial) for place, trial in enumerate(shown, 1)], missing
    count = section.top if section.choose == "top" else 1
    found: dict[str, Chosen] = {}
    for lam, of_lam in trials.items():
        for place, trial in enumerate(best_of(of_lam, count, (finalists or {}).get(lam, ())), 1):
            found.setdefault(trial.architecture, Chosen(f"λ = {lam:g} #{place}", trial))
    return list(found.values()), {"left_out": 0, "tied": 0}


def tell_of_front(reporter: Reporter, trained: int, missing: Mapping[str, Any], limit: int) -> None:
    """Say what of the front is not trained; `missing` is that of `choose`, as a run keeps it."""
    if tied := missing.get("tied"):
        reporter.note(tied_in_words(tied))
    if left_out := missing.get("left_out"):
        reporter.note(left_out_in_words(trained, left_out, limit))


def choose_scored(section: TrainSection, trials: Sequence[ScoredTrial]) -> tuple[list[Chosen], int]:
    """The same of a search by score, which has no front: the best, and nothing left out.

    Raises:
        UserError: a front is asked for.
    """
    if section.choose == "front":
        raise UserError(
            "a search by score has no front, since nobody measured accuracy and spikes: take --top K, or "
            "train.choose = 'top', the best by score"
        )
    count = section.top if section.choose == "top" else 1
    return [Chosen(f"score #{place}", trial) for place, trial in enumerate(ranked(trials)[:count], 1)], 0


def chosen_of_run(
    folder: RunFolder, config: Config, asked: Config, *, front: bool = False, top: int | None = None
) -> tuple[list[str], dict[str, Any]]:
    """What is trained of another run in a run of its own.

    Args:
        folder: that run.
        config: its configuration.
        asked: the new one's; its `[train] choose` decides if neither of the next two does.
        front: the Pareto front.
        top: so many of each λ.

    Returns:
        Architectures, and what the new run keeps beside its configuration: the other run's path, its labels, and
        the figures with shared weights, which the new run cannot measure.

    Raises:
        UserError: front and top at once, or the run's search is not finished, or it has none.
    """
    if front and top is not None:
        raise UserError("--front and --top: give one of them")
    if config.train_only:
        if front or top is not None:
            raise UserError(
                f"{folder.path} has no search whose candidates could be trained: give the run of a search, or leave "
                "--front and --top out to train its networks again"
            )
        return list(config.train_only), folder.config.get("source", {})
    if not (folder.path / "winners.json").is_file():
        raise UserError(f"the search of {folder.path} is not finished: spikesearch resume {folder.path}")
    check_front(config, front=front or (asked.train.choose == "front" and top is None))
    changes: dict[str, Any] = {"choose": "front"} if front else {} if top is None else {"choose": "top", "top": top}
    section = asked.train.model_copy(update=changes)
    kept: dict[str, Any] = {"run": str(folder.path)}
    if config.scored:
        best, _ = choose_scored(section, read_scored(folder.study))
        kept |= {"score": config.search.score, "labels": {one.trial.architecture: one.label for one in best}}
        kept["scores"] = {one.trial.architecture: one.trial.score for one in best if isinstance(one.trial, ScoredTrial)}
        if not section.chooses_more:
            del kept["labels"]
        return [one.trial.architecture for one in best], kept
    trials = read_trials(folder.study)
    entries = folder.read_json("winners.json")["winners"]
    found: dict[str, TrialRecord | None]
    if not section.chooses_more:
        by_number = {trial.number: trial for trial in trials}
        found = {entry["architecture"]: by_number.get(entry["number"]) for entry in entries}
    else:
        finalists = {entry["lam"]: finalists_of(entry, trials) for entry in entries}
        chosen, missing = choose(section, _by_lambda(folder, config, trials), finalists)
        kept |= missing
        found = {one.trial.architecture: one.trial for one in chosen if isinstance(one.trial, TrialRecord)}
        kept["labels"] = {one.trial.architecture: one.label for one in chosen}
    if _alike(asked.model_dump(mode="json"), folder.config):
        kept["shared"] = {text: trial.measurement.as_dict() for text, trial in found.items() if trial}
    return list(found), kept


def _by_lambda(folder: RunFolder, config: Config, trials: Sequence[TrialRecord]) -> dict[float, Sequence[TrialRecord]]:
    """The trials of each λ; a search that measured all once for all λ has stored them under the first."""
    found: dict[float, Sequence[TrialRecord]] = {
        lam: [trial for trial in trials if trial.lam == lam] for lam in config.search.lambdas
    }
    if config.search.strategy == "exhaustive" and len(found) > 1:
        if "objective" in folder.config["facts"]["own_parts"]:
            raise UserError(
                f"{folder.path} was searched with an objective of your own, which is not here to rank its candidates "
                "under every λ: take --front, which needs none"
            )
        fitness, average = FITNESS[config.search.fitness], float(read_settings(folder.study)["average_spikes"])
        found = {
            lam: [
                replace(one, lam=lam, fitness=fitness(one.accuracy, one.spikes_per_image, average, lam))
                for one in trials
            ]
            for lam in found
        }
    return found


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether figures of one run say something about networks of the other: the same data and size."""
    # A key that is missing in a run written before there was one means its default; where files lie does not matter.
    defaults = {"data": DataSection().model_dump(mode="json"), "network": NetworkSection().model_dump(mode="json")}
    places = {"folder": None, "cache": None}
    ours, theirs = ({name: defaults[name] | run[name] | places for name in defaults} for run in (one, other))
    return ours == theirs
