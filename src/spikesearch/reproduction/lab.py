"""Where items get their numbers: what was measured before is read, the rest is measured in runs that can be resumed."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesearch.app import load_run, resume, search, train
from spikesearch.architectures.naming import file_name
from spikesearch.architectures.text import parse
from spikesearch.assembly.starting import stored_config
from spikesearch.config.reading import load_config, merged, read_recipe
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.overview.status import describe_progress
from spikesearch.reproduction.figures import Key, Store, search_key, training_key
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import Scale, Settings
from spikesearch.results import Run
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.scored import read_scored
from spikesearch.studies.study import read_trials


@dataclass(frozen=True)
class Trained:
    """An architecture that was trained from scratch, once or several times; figures are those of test images."""

    architecture: str
    parameters: int
    macs: int
    repeats: Sequence[Mapping[str, Any]]

    @property
    def accuracy(self) -> Sample:
        """In per cent."""
        return Sample(tuple(100 * one["accuracy"] for one in self.repeats))

    @property
    def spikes(self) -> Sample:
        """Per image."""
        return Sample(tuple(one["spikes_per_image"] for one in self.repeats))

    @property
    def firing_rate(self) -> Sample:
        """Spikes without FC / (spiking positions · T)."""
        return Sample(tuple(one["firing_rate"] for one in self.repeats))

    @property
    def layers(self) -> Sequence[tuple[str, int, float, float]]:
        """(name, positions, spikes per image, firing rate) of each layer, of the first training."""
        return [(name, positions, spikes, rate) for name, positions, spikes, rate in self.repeats[0]["layers"]]

    @property
    def curve(self) -> Sequence[tuple[float, float]]:
        """(Training loss, training accuracy 0…1) of each epoch, of the first training.

        Raises:
            UserError: the figures are older than curves.
        """
        if "curve" not in self.repeats[0]:
            raise UserError(
                f"the figures of '{self.architecture}' have no training curve, as they were written before there were "
                "any: remove its file from figures/, and it is read from its run again, or trained if that is gone"
            )
        return [(loss, accuracy) for loss, accuracy in self.repeats[0]["curve"]]


@dataclass(frozen=True)
class Searched:
    """All candidates of a search, in order.

    Attributes:
        trials: canonical text → (accuracy on D_val with the supernet's weights, spikes per image), or → score.
        average_spikes: N_avg of the supernet's last epoch; None of a search by score.
        seconds: of work on each phase.
    """

    trials: Mapping[str, Any]
    average_spikes: float | None
    seconds: Mapping[str, float]


class Lab:
    """The numbers of one scale."""

    def __init__(
        self,
        store: Store,
        scale: Scale,
        *,
        data: Mapping[str, Path] | None = None,
        device: str | None = None,
        workers: int | None = None,
        measuring: bool = True,
        reporter: Reporter | None = None,
    ) -> None:
        """Make a lab.

        Args:
            store: where figures and runs are kept.
            scale: sizes of networks, trainings and searches.
            data: folders of data sets by name.
            device: `cpu`, `cuda` or `auto`.
            workers: processes that train and evaluate side by side; None: the scale's.
            measuring: whether missing figures are measured; if not, they are an error.
            reporter: hears of progress.
        """
        self.scale = scale
        self._store = store
        self._data = data or {}
        self._device = device
        self._workers = workers
        self._measuring = measuring
        self._reporter = reporter or Reporter()
        self._spent: dict[str, float] = {}  # by file

    @property
    def seconds(self) -> float:
        """That measuring took of everything that was asked for so far, whenever and wherever that was."""
        return sum(self._spent.values())

    def trained(
        self,
        architectures: Sequence[str],
        settings: Settings | None = None,
        *,
        repeats: int | None = None,
        recipe: str | None = None,
    ) -> list[Trained]:
        """Architectures trained from scratch, in the order given.

        Args:
            architectures: texts; one that is named twice is trained once.
            settings: laid over the scale's.
            repeats: trainings of each; None: the scale's.
            recipe: instead of the scale's.
        """
        wanted = repeats or self.scale.repeats
        config = self._config(settings, recipe)
        texts = list(dict.fromkeys(str(parse(text)) for text in architectures))
        keys = {text: training_key(config, text, _file_name(text)) for text in texts}
        found = {text: self._store.read(key) for text, key in keys.items()}
        left = [text for text in texts if len((found[text] or {"repeats": ()})["repeats"]) < wanted]
        if left:
            found |= self._train(left, keys, settings, wanted, recipe)
        self._spent |= {keys[text].file: values["seconds"] for text, values in found.items() if values}
        return [self._as_trained(str(parse(text)), found, wanted) for text in architectures]

    def searched(self, name: str, settings: Settings | None = None, *, recipe: str | None = None) -> Searched:
        """A search, without training of what it found.

        Args:
            name: what people call it; file names begin with it.
            settings: laid over the scale's.
            recipe: instead of the scale's.
        """
        settings = merged(settings or {}, {"train": {"choose": "nothing"}})
        key = search_key(self._config(settings, recipe), name)
        found = self._store.read(key)
        if found is None:
            path = self._store.runs / key.file.removesuffix(".json")
            self._refuse(key)
            run = self._finished(path)
            if run is None:
                self._reporter.note(f"search: {name}")
                run = search(**self._arguments(settings, recipe, path))
            found = self._store.write(key, _search_figures(run))
        self._spent[key.file] = sum(found["seconds"].values())
        return _as_searched(found)

    def measured(
        self,
        name: str,
        about: Mapping[str, Any],
        measure: Callable[[Config], Mapping[str, Any]],
        settings: Settings | None = None,
        *,
        recipe: str | None = None,
    ) -> dict[str, Any]:
        """What is neither searched nor trained, and takes seconds; kept like everything else.

        Args:
            name: what people call it; file names begin with it.
            about: what it depends on beside the settings.
            measure: computes it, as plain JSON values, from the configuration with the folder of its data.
            settings: laid over the scale's.
            recipe: instead of the scale's.
        """
        config = self._config(settings, recipe)
        key = Key(f"measured-{name}", {**search_key(config, name).settings, **about})
        found = self._store.read(key)
        if found is None:
            self._refuse(key)
            folder = self._data.get(config.data.name)
            own = config.data.model_copy(update={"folder": None if folder is None else str(folder)})
            found = self._store.write(key, measure(config.model_copy(update={"data": own})))
        return found

    def _train(
        self, texts: Sequence[str], keys: Mapping[str, Key], settings: Settings | None, repeats: int, recipe: str | None
    ) -> dict[str, Any]:
        """Train all of them side by side in one run, which is named after them, and keep the figures of each."""
        files = sorted(keys[text].file for text in texts)
        digest = hashlib.sha256(json.dumps([files, repeats]).encode()).hexdigest()[:8]
        path = self._store.runs / f"train-{len(texts)}-{digest}"
        for text in texts:
            self._refuse(keys[text])
        run = self._finished(path)
        if run is None:
            self._reporter.note(f"to train: {', '.join(texts)}")
            settings = merged(settings or {}, {"train": {"repeats": repeats, "choose": "winner"}})
            run = train(list(texts), **self._arguments(settings, recipe, path))
        return {text: self._store.write(keys[text], values) for text, values in _training_figures(run).items()}

    def _finished(self, path: Path) -> Run | None:
        """The run there, gone on with if it was interrupted; None if there is none."""
        if not (path / "format").is_file():
            return None
        if RunFolder.open(path).state().finished:
            return load_run(path)
        return resume(path, reporter=self._reporter)

    def _refuse(self, key: Key) -> None:
        if not self._measuring:
            raise UserError(
                f"{self._store.figures / key.file} is missing: without --from-figures it is measured, "
                "or name the folder where it is by --store"
            )

    def _config(self, settings: Settings | None, recipe: str | None) -> Config:
        return load_config(read_recipe(recipe or self.scale.recipe), merged(self.scale.settings, settings or {}))

    def _arguments(self, settings: Settings | None, recipe: str | None, path: Path) -> dict[str, Any]:
        changes = merged(self.scale.settings, settings or {})
        if self._workers is not None:
            changes = merged(changes, {"run": {"workers": self._workers}})
        return {
            "recipe": recipe or self.scale.recipe,
            "settings": changes,
            "data": self._data.get(self._config(settings, recipe).data.name),
            "run": path,
            "device": self._device,
            "reporter": self._reporter,
        }

    def _as_trained(self, text: str, found: Mapping[str, Any], repeats: int) -> Trained:
        values = found[text]
        return Trained(text, values["parameters"], values["macs"], values["repeats"][:repeats])


def _file_name(text: str) -> str:
    """Short names of blocks keep file names short."""
    return "".join(c if c.isalnum() else "-" for c in text.replace("_k", "").replace(": ", "-")).strip("-")


def _training_figures(run: Run) -> dict[str, dict[str, Any]]:
    folder = RunFolder.open(run.path)
    stored = folder.read_json("results.json")
    seconds = _seconds(run)["train"]  # a search in the same run has figures of its own
    epochs: dict[str, list[tuple[float, float]]] = {}
    for epoch in folder.metrics.read():
        epochs.setdefault(epoch["part"], []).append((round(epoch["loss"], 5), round(epoch["accuracy"], 5)))
    return {
        one["architecture"]: {
            "parameters": one["parameters"],
            "macs": one["macs"],
            "repeats": [
                {**_tested(repeat), "curve": epochs[file_name(one["architecture"], number)]}
                for number, repeat in enumerate(one.get("repeats", [one]))
            ],
            "seconds": round(seconds / len(stored), 1),
            "environment": folder.config["environment"],
        }
        for one in stored
    }


def _tested(values: Mapping[str, Any]) -> dict[str, Any]:
    layers = values["test"]["layers"]
    return {
        **{name: values[name] for name in ("accuracy", "validation_accuracy", "spikes_per_image", "firing_rate")},
        "layers": [[one["name"], one["positions"], one["spikes_per_image"], one["firing_rate"]] for one in layers],
    }


def _search_figures(run: Run) -> dict[str, Any]:
    folder = RunFolder.open(run.path)
    found: dict[str, Any] = {
        "seconds": {name: round(value, 1) for name, value in _seconds(run).items()},
        "environment": folder.config["environment"],
    }
    if stored_config(folder).scored:
        return {**found, "scores": [[trial.architecture, trial.score] for trial in read_scored(folder.study)]}
    candidates: list[str] = folder.config["facts"]["candidates"]
    from spikesearch.training.checkpoints import load_checkpoint

    _, info = load_checkpoint(folder.checkpoint("supernet"))
    trials = []
    for trial in read_trials(folder.study):
        prefix, _, blocks = trial.architecture.partition(": ")
        code = "".join(str(candidates.index(block)) for block in blocks.split())
        trials.append([code, trial.accuracy, trial.spikes_per_image])
    found |= {"average_spikes": info.extra["average_spikes"], "space": prefix, "candidates": candidates}
    return {**found, "trials": trials}


def _as_searched(values: Mapping[str, Any]) -> Searched:
    if "scores" in values:
        return Searched(dict(values["scores"]), None, values["seconds"])
    candidates = values["candidates"]
    trials = {
        f"{values['space']}: {' '.join(candidates[int(digit)] for digit in code)}": (accuracy, spikes)
        for code, accuracy, spikes in values["trials"]
    }
    return Searched(trials, values["average_spikes"], values["seconds"])


def _seconds(run: Run) -> dict[str, float]:
    """Of work on each phase, over all sessions."""
    folder = RunFolder.open(run.path)
    phases = describe_progress(folder, stored_config(folder))["phases"]
    return {phase["name"]: phase["seconds"] for phase in phases}
