"""The files of a run as a report sees them."""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.assembly.parts import Parts
from spikesearch.phases.remarks import has_learned, remarks, unkept, untaught
from spikesearch.reports.data import (
    EpochFigures,
    FinalistFigures,
    Network,
    ScoredFigures,
    ScoreFacts,
    Training,
    TrialFigures,
    Winner,
    network_from_plan,
)
from spikesearch.reports.numbers import MINUS
from spikesearch.reports.repeats import mean_of
from spikesearch.results import Run
from spikesearch.strategies.constraints import broken
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.score_names import SCORES
from spikesearch.studies.finalists import finalists_of
from spikesearch.studies.optuna_file import holds_study
from spikesearch.studies.run import RunFolder
from spikesearch.studies.scored import FIRST_STAGE, is_scored, read_scored
from spikesearch.studies.study import read_settings, read_trials
from spikesearch.studies.trial import TrialRecord

_ORDINARY = (
    "The networks of this run are ordinary ones, with ReLUs for neurons (network.neuron = 'relu'): nothing in them "
    "spikes, so there are no spikes and firing rates to show. `spikesearch train RUN --set network.neuron=plif` trains "
    "what it found as spiking networks."
)


class Source:
    """The stored files of a run, read once."""

    def __init__(self, folder: RunFolder, parts: Parts) -> None:
        self._folder = folder
        self._parts = parts
        config = folder.config
        self._train_only: list[str] = config["train_only"]
        self._dimensions = Dimensions.from_dict(config["facts"]["dimensions"])
        self._scored = is_scored(config)
        self._score = score_of(config)
        self.trials = [] if self._scored else read_trials(folder.study)
        self._scores = read_scored(folder.study if self._scored else folder.path / FIRST_STAGE)
        self._metrics = folder.metrics.read()
        self._results = self._optional("results.json") or []
        self._choice = self._optional("winners.json") or {"winners": [], "comparisons": []}

    def candidates(self) -> tuple[TrialFigures, ...]:
        """Those that saw all validation images."""
        return tuple(_trial(trial) for trial in self.trials if not trial.stopped_early)

    def scored(self) -> tuple[ScoredFigures, ...]:
        """Those that were scored without training."""
        names = [field.name for field in fields(ScoredFigures)]
        return tuple(ScoredFigures(**{name: getattr(one, name) for name in names}) for one in self._scores)

    def score(self) -> ScoreFacts | None:
        """The score that the search went by; None without one."""
        if not self._score:
            return None
        config, info = self._folder.config, SCORES.get(self._score)
        about = f"{info.description} ({info.source})" if info else ""
        shown = {name.replace("_", " "): value for name, value in config["score"].items() if value is not None}
        kept = config["search"]["keep"] if config["search"]["first_stage"] else 0
        return ScoreFacts(name=self._score, description=about, network=shown, kept=kept)

    def _optional(self, name: str) -> Any:
        return self._folder.read_json(name) if (self._folder.path / name).is_file() else None

    def state(self) -> str:
        """Empty for a finished run; the report is the last phase, so everything before it counts."""
        if self._results:
            return ""
        return f"This run is not finished. Go on with: spikesearch resume {self._folder.path}"

    def blind_search(self, facts: Mapping[str, Any]) -> str:
        """A warning, if no candidate did better on D_val than whoever always names its largest class; else empty."""
        counts = facts.get("class_images", {}).get("validation")
        measured = [trial.accuracy for trial in self.trials if not trial.stopped_early]
        if not counts or not measured or max(measured) > (share := max(counts) / sum(counts)):
            return ""
        return (
            f"No candidate of the search was right more often than {100 * share:.1f}%, the share of the largest class: "
            "the supernet has learned too little to rank them. Train it longer, lower network.v_threshold, or try "
            "search.recalibrate."
        )

    def durations(self) -> dict[str, float]:
        """Seconds of each phase; of the trainings over all sessions, of the search in its last one."""
        supernet = [record["seconds"] for record in self._metrics if record["part"] == "supernet"]
        scratch = [record["seconds"] for record in self._metrics if record["part"] != "supernet"]
        search = self._choice.get("seconds")
        found = {"supernet": sum(supernet), "search": search, "training from scratch": sum(scratch)}
        return {name: seconds for name, seconds in found.items() if seconds}

    def curve(self, part: str) -> tuple[EpochFigures, ...]:
        """The epochs of one training."""
        return tuple(
            EpochFigures(
                epoch=record["epoch"] + 1,
                loss=record["loss"],
                accuracy=record["accuracy"],
                spikes_per_image=record["spikes_per_image"] if self._dimensions.spiking else None,
            )
            for record in self._metrics
            if record["part"] == part
        )

    def average_spikes(self) -> float | None:
        """N_avg as the search used it."""
        if self._scored or not self._dimensions.spiking or not holds_study(self._folder.study):
            return None
        return float(read_settings(self._folder.study)["average_spikes"])

    def winners(self) -> tuple[Winner, ...]:
        """The winner of each λ; in a run that only trains there is none."""
        by_number = {trial.number: trial.measurement for trial in self.trials}
        return tuple(
            Winner(
                lam=entry["lam"],
                network=self._network("", entry["architecture"], by_number.get(entry["number"]), entry.get("score")),
                fitness=entry["fitness"],
                number=entry["number"],
                finalists=self._finalists(entry),
            )
            for entry in self._choice["winners"]
        )

    def _finalists(self, entry: Mapping[str, Any]) -> tuple[FinalistFigures, ...]:
        return tuple(
            FinalistFigures(
                architecture=one.trial.architecture,
                searched=self._shown(one.trial.measurement),
                searched_fitness=one.trial.fitness,
                again=self._shown(one.again.measurement),
                fitness=one.again.fitness,
            )
            for one in finalists_of(entry, self.trials)
        )

    def racing(self) -> Mapping[str, Any] | None:
        """What racing did in the search; None without it."""
        found: Mapping[str, Any] | None = self._choice.get("racing")
        return found

    def comparisons(self) -> tuple[Network, ...]:
        """The networks beside the winners; in a run that only trains, all its networks."""
        if self._train_only:
            source = self._folder.config.get("source", {})
            shared, scores = source.get("shared", {}), source.get("scores", {})
            return tuple(
                self._network(entry["label"], text, _measurement(shared.get(text)), scores.get(text))
                for entry, text in ((entry, entry["architecture"]) for entry in self._results)
            )
        by_number = {trial.number: trial.measurement for trial in self.trials}
        scored = {trial.number: trial.score for trial in self._scores} if self._scored else {}
        beside = [
            self._network(entry["label"], entry["architecture"], _measurement(entry["shared"]), entry.get("score"))
            for entry in self._choice["comparisons"]
        ]
        chosen = [
            self._network(
                entry["label"], entry["architecture"], by_number.get(entry["number"]), scored.get(entry["number"])
            )
            for entry in self._choice.get("chosen", ())
        ]
        # Comparisons first: the headline compares with the first ones.
        return (*beside, *chosen)

    def ranks(self) -> str:
        """How well shared weights ranked the trained networks; empty where that is unknown."""
        return on_page(str(Run(self._folder).rank_correlation or ""))

    def notes(self) -> tuple[str, ...]:
        """What constraints, the limit of the front and repeats did."""
        config = self._folder.config
        missing = self._choice if "left_out" in self._choice else config.get("source", {})
        lines = remarks(config["train"], self.trials, missing)
        if not self._dimensions.spiking:
            lines.insert(0, _ORDINARY)
        if draws := self._choice.get("draws"):
            lines.append(
                f"{len(self._scores):,} different cells among {draws:,} draws, as the authors of the space draw; each "
                "cell was scored once."
            )
        return tuple(map(on_page, lines))

    def warnings(self) -> tuple[str, ...]:
        """Trained networks whose figures mean little."""
        lines = [*broken(self._results), *unkept(self._choice["winners"])]
        spiking = self._dimensions.spiking
        return tuple(map(on_page, [*lines, *untaught(self._results, self._dimensions.classes, spiking=spiking)]))

    def _shown(self, measured: Measurement) -> Measurement:
        """What an ordinary network was not measured for is no number."""
        if self._dimensions.spiking:
            return measured
        return replace(measured, spikes_per_image=math.nan, firing_rate=math.nan)

    def _network(self, label: str, text: str, shared: Measurement | None, score: float | None = None) -> Network:
        architecture: Architecture = parse(text, self._parts.words)
        result = next((entry for entry in self._results if entry["architecture"] == text), None)
        trained = None
        if result is not None:
            part = result["checkpoint"].removeprefix("checkpoints/").removesuffix(".safetensors")
            tests = [self._shown(Measurement.from_dict(one["test"])) for one in result.get("repeats", [result])]
            trained = Training(
                test=mean_of(tests),
                validation=self._shown(Measurement.from_dict(seen)) if (seen := result["validation"]) else None,
                curve=self.curve(part),
                repeats=tuple(tests) if len(tests) > 1 else (),
            )
        return network_from_plan(
            architecture.plan(self._dimensions),
            label=on_page(label),
            shared=shared and self._shown(shared),
            trained=trained,
            checks=tuple(result.get("constraints", ())) if result else (),
            score=score,
            learned=result is None or has_learned(result, self._dimensions.classes, spiking=self._dimensions.spiking),
        )


def on_page(text: str) -> str:
    """A text with the minus signs that pages and figures have; on the command line λ can be copied."""
    return text.replace("λ = -", f"λ = {MINUS}")


def score_of(config: Mapping[str, Any]) -> str:
    """The score that a run went by, from its stored configuration; one that only trains goes by what chose for it."""
    return "" if config["train_only"] else str(config["search"].get("score", ""))


def _measurement(values: Mapping[str, Any] | None) -> Measurement | None:
    return Measurement.from_dict(values) if values else None


def _trial(trial: TrialRecord) -> TrialFigures:
    return TrialFigures(
        number=trial.number,
        generation=trial.generation,
        architecture=trial.architecture,
        lam=trial.lam,
        accuracy=trial.accuracy,
        spikes_per_image=trial.spikes_per_image,
        fitness=trial.fitness,
        kept=not trial.violation,
    )
