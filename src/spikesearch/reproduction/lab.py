"""Where items get their numbers: what was measured before is read, the rest is measured in runs that can be resumed."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesearch.app import load_run, resume, search, train
from spikesearch.architectures.text import parse
from spikesearch.assembly.starting import stored_config
from spikesearch.config.reading import load_config, merged, read_recipe
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.reproduction.figure_values import Figure, ScoredFigure, SearchedFigure, SilenceFigure, TrainedFigure
from spikesearch.reproduction.figures import Key, MissingFigureError, Store, search_key, training_key
from spikesearch.reproduction.run_figures import search_figures, training_figures
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.scales import Scale, Settings
from spikesearch.reproduction.taken import Taken
from spikesearch.results import Run
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder


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
        if self.repeats[0].get("curve") is None:
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
    """The numbers of one scale.

    Attributes:
        scale: sizes of networks, trainings and searches.
        taken: the figures that were asked for so far.
    """

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
        self.taken = Taken()
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
        read = {text: self._store.read(key, TrainedFigure) for text, key in keys.items()}
        found = {text: figure for text, figure in read.items() if figure and len(figure.repeats) >= wanted}
        if left := [text for text in texts if text not in found]:
            found |= self._train(left, keys, settings, wanted, recipe)
        for text, figure in found.items():
            self.taken.add_network(keys[text].file, keys[text].settings, _as_trained(text, figure, wanted))
            self._note_work(keys[text], figure, figure.seconds)
        return [_as_trained(text, found[text], wanted) for text in map(str, map(parse, architectures))]

    def searched(self, name: str, settings: Settings | None = None, *, recipe: str | None = None) -> Searched:
        """A search, without training of what it found.

        Args:
            name: what people call it; file names begin with it.
            settings: laid over the scale's.
            recipe: instead of the scale's.
        """
        settings = merged(settings or {}, {"train": {"choose": "nothing"}})
        config = self._config(settings, recipe)
        key = search_key(config, name)
        kind: type[SearchedFigure | ScoredFigure] = ScoredFigure if config.scored else SearchedFigure
        found = self._store.read(key, kind)
        if found is None:
            self._refuse(key)
            path = self._store.runs / key.file.removesuffix(".json")
            run = self._finished(path, config)
            if run is None:
                self._reporter.note(f"search: {name}")
                run = search(**self._arguments(settings, recipe, path))
            found = self._store.write(key, kind, search_figures(run))
        searched = _as_searched(found)
        self.taken.searches[key.file] = (key.settings, searched)
        self._note_work(key, found, sum(found.seconds.values()))
        return searched

    def measured(
        self,
        name: str,
        about: Mapping[str, Any],
        measure: Callable[[Config], Mapping[str, Any]],
        settings: Settings | None = None,
        *,
        recipe: str | None = None,
        kind: type[Figure] = SilenceFigure,
    ) -> dict[str, Any]:
        """What is neither searched nor trained, and takes seconds; kept like everything else.

        Args:
            name: what people call it; file names begin with it.
            about: what it depends on beside the settings.
            measure: computes it, as plain JSON values, from the configuration with the folder of its data.
            settings: laid over the scale's.
            recipe: instead of the scale's.
            kind: what the values must be.
        """
        config = self._config(settings, recipe)
        key = Key(f"measured-{name}", {**search_key(config, name).settings, **about})
        found = self._store.read(key, kind)
        if found is None:
            self._refuse(key)
            folder = self._data.get(config.data.name)
            own = config.data.model_copy(update={"folder": None if folder is None else str(folder)})
            found = self._store.write(key, kind, measure(config.model_copy(update={"data": own})))
        self.taken.measurements[key.file] = key.settings
        return found.model_dump(exclude=set(Figure.model_fields))

    def _train(
        self, texts: Sequence[str], keys: Mapping[str, Key], settings: Settings | None, repeats: int, recipe: str | None
    ) -> dict[str, TrainedFigure]:
        """Train all of them side by side in one run, which is named after them, and keep the figures of each."""
        files = sorted(keys[text].file for text in texts)
        digest = hashlib.sha256(json.dumps([files, repeats]).encode()).hexdigest()[:8]
        path = self._store.runs / f"train-{len(texts)}-{digest}"
        for text in texts:
            self._refuse(keys[text])
        run = self._finished(path, self._config(settings, recipe))
        if run is None:
            self._reporter.note(f"to train: {', '.join(texts)}")
            settings = merged(settings or {}, {"train": {"repeats": repeats, "choose": "winner"}})
            run = train(list(texts), **self._arguments(settings, recipe, path))
        figures = training_figures(run)
        return {text: self._store.write(keys[text], TrainedFigure, values) for text, values in figures.items()}

    def _finished(self, path: Path, wanted: Config) -> Run | None:
        """The run there, gone on with if it was interrupted; None if there is none.

        Folder of the data and workers are those of now. The device stays, as its numbers would differ from here on.
        """
        if not (path / "format").is_file():
            return None
        folder = RunFolder.open(path)
        if folder.state().finished:
            return load_run(path)
        stored = stored_config(folder).run
        if self._device not in (None, "auto", stored.device):
            raise UserError(
                f"--device {self._device}: {path} was begun on {stored.device}, where it must go on; "
                f"give --device {stored.device}, or remove that folder to begin it anew"
            )
        workers = {} if self._workers in (None, stored.workers) else {"run": {"workers": self._workers}}
        data = self._data.get(wanted.data.name)
        place = None if data is None else data.expanduser().absolute()  # as the run keeps it
        return resume(path, settings=workers, data=place, reporter=self._reporter)

    def _note_work(self, key: Key, figure: Figure, seconds: float) -> None:
        self._spent[key.file] = seconds
        if figure.environment is not None:
            self.taken.environments[key.file] = figure.environment.model_dump()

    def _refuse(self, key: Key) -> None:
        if not self._measuring:
            raise MissingFigureError(
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


def _as_trained(text: str, figure: TrainedFigure, repeats: int) -> Trained:
    return Trained(text, figure.parameters, figure.macs, [one.model_dump() for one in figure.repeats[:repeats]])


def _as_searched(figure: SearchedFigure | ScoredFigure) -> Searched:
    if isinstance(figure, ScoredFigure):
        return Searched(dict(figure.scores), None, figure.seconds)
    trials = {figure.text(code): (accuracy, spikes) for code, accuracy, spikes in figure.trials}
    return Searched(trials, figure.average_spikes, figure.seconds)


def _file_name(text: str) -> str:
    """Short names of blocks keep file names short."""
    return "".join(c if c.isalnum() else "-" for c in text.replace("_k", "").replace(": ", "-")).strip("-")
