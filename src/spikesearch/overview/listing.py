"""The runs below a folder, one line each; what cannot be read is listed as such."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spikesearch.config.reading import read_recipe, recipe_names
from spikesearch.errors import UserError
from spikesearch.results import Run
from spikesearch.studies.run import PHASES, RunFolder
from spikesearch.studies.scored import is_scored

_DEPTH = 3  # folders of folders of runs
_LONGEST = 40  # characters of a recipe's description


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run on disk, or what looks like one.

    Attributes:
        path: its folder.
        state: `finished`, `interrupted in phase …`, `running by process … on …, phase …`; else `damaged`,
            `other format` or `no run`.
        problem: why it cannot be read; empty if it can.
        recipe: the name of the recipe, if it ships with spikesearch; else how it describes itself.
        data: name of the data set.
        space: what is searched; empty for a run that only trains.
        lam: λ of each search; empty where a score alone decides.
        score: the training-free score that decides, alone or in a first stage; empty: none.
        started: time of the start, UTC, ISO 8601; empty if not known.
        network: the network that stands for the run, by its label: `Run.best`, the winner of the first λ; of a run that
            only trains the first one, whatever its accuracy, since choosing by test accuracy is no honest choice.
            Empty before it is trained.
        accuracy: its test accuracy, 0…1, the mean over its trainings; None before it is trained.
        spikes_per_image: of that network, likewise.
    """

    path: str
    state: str
    problem: str = ""
    recipe: str = ""
    data: str = ""
    space: str = ""
    lam: tuple[float, ...] = ()
    score: str = ""
    started: str = ""
    network: str = ""
    accuracy: float | None = None
    spikes_per_image: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "lam": list(self.lam)}


def list_runs(folder: Path) -> list[ListedRun]:
    """The runs below `folder`, the earliest first; those whose start is not known come last.

    Raises:
        UserError: there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: give one with runs in it, such as runs")
    found = [_listed(path) for path in _candidates(folder, _DEPTH)]
    return sorted(found, key=lambda one: (not one.started, one.started, one.path))


def _candidates(folder: Path, depth: int) -> Iterator[Path]:
    """Runs, and folders directly in `folder` that neither are nor hold any."""
    if (folder / "format").exists():
        yield folder
        return
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        inside = [] if (path / "format").exists() or depth == 1 else list(_runs(path, depth - 1))
        yield from inside or [path]


def _runs(folder: Path, depth: int) -> Iterator[Path]:
    for path in _candidates(folder, depth):
        if (path / "format").exists():
            yield path


def _listed(path: Path) -> ListedRun:
    if not (path / "format").exists():
        return ListedRun(path=str(path), state="no run", problem="it has no file named format")
    try:
        return _read(RunFolder.open(path))
    except UserError as error:
        other = "has format" in str(error)
        return ListedRun(path=str(path), state="other format" if other else "damaged", problem=str(error))
    except KeyError as error:
        return ListedRun(path=str(path), state="damaged", problem=f"one of its files lacks {error}")
    except (TypeError, ValueError, AttributeError, IndexError, OSError) as error:
        return ListedRun(path=str(path), state="damaged", problem=f"{type(error).__name__}: {error}")


def _read(folder: RunFolder) -> ListedRun:
    config = folder.config
    facts, trains_only = config["facts"], bool(config["train_only"])
    scored = is_scored(config)
    phases = ("train", "report") if trains_only else tuple(PHASES)[1:] if scored else tuple(PHASES)
    lam = config["search"]["lam"]
    best = Run(folder).best if (folder.path / "results.json").is_file() else None
    return ListedRun(
        path=str(folder.path),
        state=_state(folder, phases),
        recipe=_recipe(folder.recipe, config),
        data=facts["data"],
        space="" if trains_only else facts["space"],
        lam=() if trains_only or scored else tuple(lam if isinstance(lam, list) else [lam]),
        score="" if trains_only else config["search"].get("score", ""),
        started=config["environment"]["created"],
        network="" if best is None else best.label,
        accuracy=None if best is None else best.accuracy_mean,
        spikes_per_image=None if best is None or not best.spiking else best.spikes_per_image_mean,
    )


def _state(folder: RunFolder, phases: tuple[str, ...]) -> str:
    state = folder.state(phases)
    if state.finished:
        return "finished"
    phase = state.current or phases[-1]
    if state.holder is not None:
        return f"running by {state.holder}, phase {phase}"
    return f"interrupted in phase {phase}"


@cache
def _shipped() -> dict[str, str]:
    return {read_recipe(name): name for name in recipe_names()}


def _recipe(text: str, config: Mapping[str, Any]) -> str:
    described = str(config.get("description") or "own")
    short = described if len(described) <= _LONGEST else f"{described[: _LONGEST - 1].rstrip()}…"
    return _shipped().get(text, short)
