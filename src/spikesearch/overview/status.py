"""How far a run is, from its files alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spikesearch.config.sections import Config, SearchSection
from spikesearch.forecast.words import duration
from spikesearch.overview.timeline import phase_seconds
from spikesearch.overview.trainings import trainings
from spikesearch.results import Run
from spikesearch.strategies.constraints import broken, in_words, measured_values
from spikesearch.strategies.objectives import FITNESS
from spikesearch.studies.finalists import finalists_of
from spikesearch.studies.run import RunFolder, RunState
from spikesearch.studies.scored import FIRST_STAGE, ScoredTrial, best_scored, read_scored
from spikesearch.studies.study import read_settings, read_trial_times, read_trials
from spikesearch.studies.trial import TrialRecord, best_trial

_RECENT = 5  # epochs whose pace counts


def describe_progress(folder: RunFolder, config: Config) -> dict[str, Any]:
    """State, phases and the best so far, as plain values.

    Returns:
        `run`, `state` ("finished", "running (…)", "interrupted"), `holder` (pid and host of who works on it, or None),
        `phases` (a list of `name`, `state`, `detail`, `done`, `total`, `seconds`, `seconds_left`), `training` (the
        networks being trained, with their epochs), `seconds` (spent on all phases), `seconds_left` (None: not known),
        `best` (one line for each λ), `broken` (one line for each constraint that a trained winner breaks),
        `rank_correlation` (a sentence, or None), and `next`: what the user can do now.
    """
    # The state first: files that appear while this reads belong to what it calls under way, never to what is done.
    state = folder.state(config.phases)
    progress = _Progress(folder, config, state)
    phases = [progress.phase(name) for name in config.phases]
    left = [phase["seconds_left"] for phase in phases]
    working = state.holder is not None
    word = "finished" if state.finished else f"running ({state.holder})" if working else "interrupted"
    following = f"report: {folder.report}" if state.finished else f"go on with: spikesearch resume {folder.path}"
    return {
        "run": str(folder.path),
        "state": word,
        "holder": {"pid": state.holder.pid, "host": state.holder.host} if state.holder else None,
        "phases": phases,
        "training": progress.training(),
        "seconds": round(sum(progress.seconds.values()), 1),
        "seconds_left": None if None in left else round(sum(left), 1),
        "best": _best_scored(config, progress.scored) if config.scored else _best(folder, config, progress.trials),
        "broken": _broken(folder),
        "rank_correlation": str(ranks) if (ranks := Run(folder).rank_correlation) else None,
        "next": "" if working else following,
    }


class _Progress:
    """The files of a run, read once."""

    def __init__(self, folder: RunFolder, config: Config, state: RunState) -> None:
        self._folder = folder
        self._config = config
        self._state = state
        # What lies behind the current phase is a report that was asked for meanwhile.
        self._done = config.phases[: config.phases.index(state.current)] if state.current else config.phases
        self.trials: Sequence[TrialRecord] = []
        self.scored: Sequence[ScoredTrial] = []  # of a search by score, or of a first stage
        if config.scored:
            self.scored = read_scored(folder.study)
        elif "search" in config.phases:
            self.trials = read_trials(folder.study)
            self.scored = read_scored(folder.path / FIRST_STAGE)
        studies = (folder.study, folder.path / FIRST_STAGE)
        times = [time for study in studies for time in read_trial_times(study)]
        now = datetime.now() if state.holder is not None and not state.finished else None
        self.seconds = phase_seconds(folder.path / "log.txt", times, now)
        records = folder.metrics.read()
        self._epochs: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            self._epochs.setdefault(record["part"], []).append(record)
        self._networks = trainings(folder, config)
        self._trained = [name for name in self._networks if folder.checkpoint(name).is_file()]
        self._forecast: Mapping[str, float] = folder.forecast["seconds"]

    def phase(self, name: str) -> dict[str, Any]:
        """One phase as plain values; `done` of `total` are epochs, trials at most, or networks."""
        state = "done" if name in self._done else "under way" if name == self._state.current else "waiting"
        done, total, detail = self._amount(name)
        return {
            "name": name,
            "state": state,
            "detail": detail,
            "done": done,
            "total": total,
            "seconds": round(self.seconds.get(name, 0.0), 1),
            "seconds_left": None if (left := self.left(name)) is None else round(left, 1),
        }

    def _amount(self, name: str) -> tuple[int, int, str]:
        config = self._config
        if name == "supernet":
            if config.run.supernet is not None:
                return int(name in self._done), 1, f"of {config.run.supernet}"
            done, detail = self._trained_epochs("supernet", config.supernet.epochs)
            return done, config.supernet.epochs, detail
        if name == "search":
            done, total, detail = self._searched()
            return done, total, detail + self._finalists()
        if name == "train":
            done, total = len(self._trained), len(self._networks) or config.trainings
            what = "networks trained" if config.train.repeats == 1 else "trainings finished"
            lines = [f"{done} of {total} {what}"] if self._networks else []
            lines += [
                f"{one}: {self._trained_epochs(one, config.train.epochs)[1]}" for one in self._networks_under_way()
            ]
            return done, total, "; ".join(lines)
        return int(name in self._done), 1, ""

    def _searched(self) -> tuple[int, int, str]:
        section = self._config.search
        if self._config.scored:
            return self._scored()
        done, size = len(self.trials), self._size()
        if section.first_stage:
            return self._two_stages(section)
        if section.strategy == "exhaustive":
            return done, size, f"{done} of {size} trials, for every λ"
        each = min(section.rounds * section.population, size)
        total = max(done, len(section.lambdas) * each)
        detail = f"{done} of at most {total} trials"
        if len(section.lambdas) > 1 and self._state.current == "search" and done:
            of = {lam: sum(trial.lam == lam for trial in self.trials) for lam in section.lambdas}
            detail += f" ({', '.join(f'λ = {lam:g}: {count}' for lam, count in of.items())})"
        if stopped := sum(trial.stopped_early for trial in self.trials):
            detail += f", {stopped} stopped early"
        return done, total, detail

    def _finalists(self) -> str:
        count = self._config.search.finalists
        if not count or self._config.scored:
            return ""
        verb = "measured" if "search" in self._done else "will be measured"
        return f"; the best {count} of each λ {verb} again in fp32"

    def _scored(self) -> tuple[int, int, str]:
        section = self._config.search
        done, size = len(self.scored), self._size()
        budget = size if section.strategy == "exhaustive" else min(section.rounds * section.population, size)
        total = done if "search" in self._done else max(done, budget)
        drawn = self._config.space.sampling == "authors" and section.strategy == "random"
        of = f"{section.rounds * section.population} draws" if drawn else str(budget)
        return done, total, f"{done} of at most {of} candidates scored by {section.score}"

    def _two_stages(self, section: SearchSection) -> tuple[int, int, str]:
        first, then = min(section.first_stage, self._size()), min(section.keep, self._size())
        done = len(self.trials)
        each = then if section.strategy == "exhaustive" else min(section.rounds * section.population, then)
        trials = max(done, each * (1 if section.strategy == "exhaustive" else len(section.lambdas)))
        detail = (
            f"{len(self.scored)} of {first} candidates scored by {section.score}; {done} of at most {trials} trials"
        )
        return len(self.scored) + done, first + trials, detail

    def _size(self) -> int:
        """Architectures that may be proposed."""
        facts = self._folder.config["facts"]
        return int(facts.get("feasible", facts["space_size"]))

    def _trained_epochs(self, part: str, epochs: int) -> tuple[int, str]:
        records = self._epochs.get(part)
        if not records:
            return 0, f"0 of {epochs} epochs"
        last = records[-1]
        done = last["epoch"] + 1
        return done, f"{done} of {epochs} epochs, loss {last['loss']:.4f}, accuracy {100 * last['accuracy']:.1f}%"

    def _networks_under_way(self) -> list[str]:
        return [name for name in self._networks if name in self._epochs and name not in self._trained]

    def training(self) -> list[dict[str, Any]]:
        """The networks that are being trained, several with workers; those that an interrupted run goes on with."""
        epochs = self._config.train.epochs
        return [
            {"network": name, "epochs": self._trained_epochs(name, epochs)[0], "of": epochs}
            for name in self._networks_under_way()
        ]

    def left(self, name: str) -> float | None:
        """Seconds, from the run's own pace; of a phase without one, from the forecast in the proportion so far."""
        if name in self._done or name == "report":  # which takes seconds
            return 0.0
        own = self._own_pace(name) if name == self._state.current else None
        if own is not None:
            return own
        if name == "supernet" and self._config.run.supernet is not None:
            return 0.0
        if name not in self._forecast:
            return None
        scale = 1.0
        if "supernet" in self._done and self._forecast.get("supernet") and self.seconds.get("supernet"):
            scale = self.seconds["supernet"] / self._forecast["supernet"]
        return self._forecast[name] * scale

    def _own_pace(self, name: str) -> float | None:
        config = self._config
        done, total, _ = self._amount(name)
        if name == "search":
            spent = self.seconds.get("search", 0.0)
            return (total - done) * spent / done if done and spent else None
        parts = ["supernet"] if name == "supernet" else self._networks
        epochs = config.supernet.epochs if name == "supernet" else config.train.epochs
        recent = [record["seconds"] for part in parts for record in self._epochs.get(part, ())[-_RECENT:]]
        if not recent:
            return None
        waiting = [one for one in parts if one not in self._trained]
        left = [max(0, epochs - len(self._epochs.get(one, ()))) for one in waiting]
        alone = name == "supernet" or self._folder.config["facts"]["own_parts"]
        together = 1 if alone else max(1, min(config.run.workers, len(left)))
        return float(max(sum(left) / together, *left, 0) * sum(recent) / len(recent))


def _best(folder: RunFolder, config: Config, trials: Sequence[TrialRecord]) -> list[str]:
    """The best candidate of each λ so far, by that λ's fitness."""
    lines = []
    ended = (folder.path / "winners.json").is_file()
    entries = folder.read_json("winners.json")["winners"] if ended else []
    final = {entry["lam"]: finalists[0].again for entry in entries if (finalists := finalists_of(entry, trials))}
    for lam in config.search.lambdas:
        found = [final[lam]] if lam in final else _of_lambda(folder, config, trials, lam)
        if found:
            best = best_trial(found)
            lines.append(
                f"λ = {lam:g}: {best.architecture} ({100 * best.accuracy:.1f}% of the validation images with shared "
                f"weights{', measured again' * (lam in final)}{_spikes(best, config)}{_missed(best, config)})"
            )
    return lines


def _spikes(trial: TrialRecord, config: Config) -> str:
    return f", {trial.spikes_per_image:,.0f} spikes per image" if config.network.spiking else ""


def _best_scored(config: Config, trials: Sequence[ScoredTrial]) -> list[str]:
    """The best candidate so far by its score."""
    if not trials:
        return []
    best = best_scored(trials)
    return [f"{best.architecture} ({config.search.score} {best.score:.5g}, {best.parameters:,} parameters)"]


def _missed(trial: TrialRecord, config: Config) -> str:
    """Which constraints a candidate breaks, if any."""
    values = measured_values(trial.measurement)
    checks = [one.check(values[one.quantity]) for one in config.search.budgets.measured]
    missed = [in_words(check) for check in checks if not check["kept"]]
    return f"; {', '.join(missed)}" if missed else ""


def _broken(folder: RunFolder) -> list[str]:
    if not (folder.path / "results.json").is_file():
        return []
    return broken(folder.read_json("results.json"))


def _of_lambda(folder: RunFolder, config: Config, trials: Sequence[TrialRecord], lam: float) -> list[TrialRecord]:
    if config.search.strategy != "exhaustive" or lam == config.search.lambdas[0]:
        return [trial for trial in trials if trial.lam == lam]
    # Stored once, under the first λ. A fitness of the user's own cannot be asked here.
    if not trials or "objective" in folder.config["facts"]["own_parts"]:
        return []
    fitness, average = FITNESS[config.search.fitness], float(read_settings(folder.study)["average_spikes"])
    return [
        replace(trial, lam=lam, fitness=fitness(trial.accuracy, trial.spikes_per_image, average, lam))
        for trial in trials
    ]


def time_line(facts: Mapping[str, Any]) -> str:
    """Time spent and left, for people; empty if nothing is known."""
    if not facts["seconds"]:
        return ""
    spent = f"time: {duration(facts['seconds'])} spent"
    left, of = facts["seconds_left"], ""
    if left is None:  # as of a run of an earlier version, which made no forecast
        of = " for this phase"
        left = next((phase["seconds_left"] for phase in facts["phases"] if phase["state"] == "under way"), None)
    if facts["state"] == "finished" or left is None:
        return spent
    when = "" if facts["holder"] else " once it goes on"
    return f"{spent}, about {duration(left)} left{of}{when}"
