"""What users call: from a recipe and their own objects to a run. Torch is imported inside the functions only."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.assembly.given import (
    PathLike,
    Settings,
    architectures_of,
    asked_search,
    called_like,
    make_parts,
    names_folder,
    overrides_of,
    space_of,
    supernet_of,
)
from spikesearch.assembly.starting import check_parts, create_run, stored_config
from spikesearch.config.reading import config_from_dict, load_config, merged, read_recipe
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.processes.launch import alone, together
from spikesearch.results import Run, TrainedNetwork
from spikesearch.strategies.objectives import Fitness
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder

if TYPE_CHECKING:
    from spikesearch.data.dataset import Dataset
    from spikesearch.forecast.expectation import Expectation
    from spikesearch.overview.listing import ListedRun
    from spikesearch.prediction import Images, Prediction

logger = logging.getLogger("spikesearch")


@together
def search(
    recipe: PathLike | None = None,
    *,
    settings: Settings | None = None,
    data: PathLike | None = None,
    run: PathLike | None = None,
    seed: int | None = None,
    device: str | None = None,
    supernet: PathLike | None = None,
    constraints: Sequence[str] | None = None,
    space: SlotSpace | str | None = None,
    blocks: Mapping[str, Block] | None = None,
    dataset: "Dataset | tuple[Any, ...] | str | None" = None,
    objective: Fitness | str | None = None,
    reporter: Reporter | None = None,
) -> Run:
    """Search from data to report: supernet, evolution, training of the winners, one test each, report.

    Spaces of cells, and those of AutoSNN with `search.score`, are searched by a training-free score, without supernet.

    Args:
        recipe: a TOML file, or the name of a recipe in the package; none: `digits`.
        settings: changes to the recipe, nested: `{"search": {"lam": -0.16}}`.
        data: folder with the data set's files.
        run: the run's folder; none: `runs/<recipe>-<time>`.
        seed: of everything random.
        device: `cpu`, `cuda` or `auto`.
        supernet: a run whose trained supernet is used instead of training one.
        constraints: hard budgets instead of those of the recipe: `["spikes<=50k", "parameters<=100k"]`.
        space: a space's name, or the user's own.
        blocks: candidates by name instead of the space's; `{**AUTOSNN_BLOCKS, "MINE": Mine()}` adds to the paper's.
        dataset: a data set's name, or the user's own: a `Dataset`, a pair (train, test) of map-style
            `torch.utils.data.Dataset`s, or arrays (train_images, train_labels, test_images, test_labels).
        objective: `exponential`, `linear`, or a function (accuracy, spikes, average_spikes, lam) → fitness.
        reporter: hears of progress; none: silence.

    Returns:
        The finished run; `load_run(run.path)` gives it again later.

    Raises:
        UserError: something given is wrong; all wrong settings are listed at once, before anything is written.
        RunError: the run failed; `resume(path)` goes on once the cause is mended.
    """
    asked = asked_search(recipe, settings, data, seed, device, supernet, constraints, space, blocks, dataset, objective)
    name = Path(recipe).stem if recipe else "digits"
    folder = create_run(asked.config, asked.text, asked.overrides, asked.parts, run, name)
    from spikesearch.phases.session import work

    return work(folder, asked.parts, reporter)


@called_like(search)
def estimate(arguments: Mapping[str, Any]) -> "tuple[Config, Expectation]":
    """What `search` with these arguments would do and take; nothing is written. Costs a few training steps.

    Args:
        arguments: those of `search`; the run's folder says where its disk is.

    Returns:
        (The resolved configuration; estimates of time, memory and disk.)

    Raises:
        UserError: as `search`. Where data are missing, or memory or disk would not be enough, it is a
            `forecast.dry_run.RefusedError`, which holds what is known all the same.
    """
    alone("an estimate")
    from spikesearch.forecast.dry_run import dry_run

    asked = asked_search(**{name: value for name, value in arguments.items() if name not in ("run", "reporter")})
    return dry_run(asked, Path(arguments["run"] or "runs"), arguments["reporter"] or Reporter())


@together
def train(
    what: str | Sequence[str],
    *,
    recipe: PathLike | None = None,
    settings: Settings | None = None,
    data: PathLike | None = None,
    run: PathLike | None = None,
    seed: int | None = None,
    device: str | None = None,
    front: bool = False,
    top: int | None = None,
    blocks: Mapping[str, Block] | None = None,
    dataset: "Dataset | tuple[Any, ...] | str | None" = None,
    reporter: Reporter | None = None,
) -> Run:
    """Train architectures, or those that a run found, from scratch in a run folder of their own; test each once.

    Args:
        what: architecture texts, or the folder of a run with finished search: its winners, or what `[train] choose`
            of its recipe says.
        recipe: whose `[data]`, `[network]` and `[train]` are used; none: those of the run given, else `digits`.
        front: train the Pareto front of the run's candidates, at most `train.front_limit` of it.
        top: train so many of the best candidates of each λ.

    The other arguments, the result and the errors are those of `search`.
    """
    from spikesearch.assembly.ordinary import as_spiking, spiking_settings
    from spikesearch.phases.choosing import chosen_of_run

    parts = make_parts(None, blocks, dataset, None)
    words = [what] if isinstance(what, str) else list(what)
    overrides = overrides_of(settings, data=data, seed=seed, device=device)
    if isinstance(dataset, str):
        overrides.setdefault("data", {})["name"] = dataset
    name, beside = "train", None
    runs = [word for word in words if names_folder(word)]
    if runs and len(words) > 1:
        raise UserError(f"{runs[0]} is a folder: give either one run, whose winners are trained, or architectures")
    if len(words) == 1 and names_folder(words[0]):
        source = RunFolder.open(words[0])
        if recipe is None:
            stored = stored_config(source)
            if further := spiking_settings(stored, overrides, parts):
                overrides = merged(overrides, further)
                (reporter or Reporter()).note(f"{source.path} found ordinary networks: {as_spiking(overrides)}")
            given, text = merged(stored.model_dump(mode="json"), overrides), source.recipe
        else:
            text = read_recipe(recipe)
            given = load_config(text, overrides).model_dump(mode="json")
        asked = config_from_dict(given)
        given["train_only"], beside = chosen_of_run(source, stored_config(source), asked, front=front, top=top)
        given["run"]["supernet"] = supernet_of(source) if asked.train.warm_start else None
        name = f"{source.path.name}-train"
    else:
        text = read_recipe(recipe)
        given = load_config(text, overrides).model_dump(mode="json")
        given["train_only"] = architectures_of(words, blocks, choosing=front or top is not None)
        given["space"] = space_of(given["train_only"], blocks) or given["space"]
    given["train"]["choose"] = "winner"  # what is trained stands in `train_only`
    folder = create_run(config_from_dict(given), text, overrides, parts, run, name, beside)
    from spikesearch.phases.session import work

    return work(folder, parts, reporter)


@together
def resume(
    path: PathLike,
    *,
    settings: Settings | None = None,
    data: PathLike | None = None,
    space: SlotSpace | None = None,
    blocks: Mapping[str, Block] | None = None,
    dataset: "Dataset | tuple[Any, ...] | None" = None,
    objective: Fitness | None = None,
    reporter: Reporter | None = None,
) -> Run:
    """Go on with an interrupted run. The user's own objects must be given again, as they were to `search`.

    Args:
        path: the run's folder.
        settings: changes that leave all numbers as they are, nested: `{"run": {"workers": 2}}`; see
            `assembly.changing.CHANGEABLE`. The run keeps them.
        data: folder with the data set's files, if they have moved. The run keeps it.

    Raises:
        UserError: there is no such run, somebody else works on it, a setting cannot be changed, or what is left of the
            run would not fit into memory.
        RunError: the run failed again.
    """
    from spikesearch.assembly.changing import CHANGEABLE, changed
    from spikesearch.forecast.refusal import known_to_fit, refuse_if_too_large
    from spikesearch.phases.session import work

    folder = RunFolder.open(path)
    stored = stored_config(folder)
    config = changed(stored, settings or {}, data)
    state = folder.state(config.phases)
    if state.finished:
        (reporter or Reporter()).note(f"{folder.path} is finished already")
        return Run(folder)
    if state.holder is not None:  # known later anyhow, but perhaps not before its memory is missing here
        raise UserError(state.holder.refusal(folder.path))
    parts = make_parts(space, blocks, dataset, objective)
    facts = check_parts(folder, parts, config)
    if config != stored or not known_to_fit(folder.forecast["memory"], config.run.device, state.done):
        refuse_if_too_large(config, parts, facts, done=state.done, changeable=CHANGEABLE)
    return work(folder, parts, reporter, config)


def load_run(path: PathLike) -> Run:
    """A run on disk, to look at.

    Raises:
        UserError: there is none, or it is of another format.
    """
    return Run(RunFolder.open(path))


def evaluate(
    target: PathLike,
    *,
    again: bool = False,
    data: PathLike | None = None,
    blocks: Mapping[str, Block] | None = None,
    dataset: "Dataset | tuple[Any, ...] | None" = None,
) -> list[TrainedNetwork]:
    """The stored test figures of a run or a checkpoint; with `again` measured anew, which the run logs.

    Args:
        target: a run's folder or a `.safetensors` checkpoint.
        again: measure anew on the test part.
        data: folder with the data set's files, if it is no longer where the run found it.
        blocks: the user's own blocks, if the architecture has any.
        dataset: the user's own data set, if the network was trained on it.

    Raises:
        UserError: nothing was trained there, or the checkpoint is damaged.
    """
    alone("evaluate")
    from spikesearch.testing import figures_of

    own = make_parts(None, blocks, dataset, None).dataset
    return figures_of(Path(target), again=again, data=data, blocks=blocks, dataset=own)


def predict(
    checkpoint: PathLike,
    images: "Images",
    *,
    top: int | None = None,
    blocks: Mapping[str, Block] | None = None,
    reporter: Reporter | None = None,
) -> "list[Prediction]":
    """The classes that a trained network sees in images or recordings of events, and the spikes that each costs.

    Args:
        checkpoint: a `.safetensors` file of a trained network; or a run's folder, whose best network is taken:
            `load_run(path).best`, the winner of the first λ, or, of a run that only trains, the first network.
        images: one file or several, of any format and mode that Pillow reads, turned into the network's channels and
            size; or an array or tensor [N, C, H, W], uint8 in 0…255 or floats in 0…1, with the network's channels and
            size. All before normalisation, which the checkpoint holds. For a network of event data: recordings of the
            formats that its data set reads (and `.npz`, `.npy`), cut as those were that it learned from; or frames
            [T, N, C, H, W] of counts.
        top: classes in each prediction; None gives all.
        blocks: the user's own blocks, if the architecture has any.
        reporter: hears which network of a run is taken, and which files are resized or sorted; none: silence.

    Returns:
        One prediction for each image or recording, with the voted firing rates of the classes; of a file of DVS128
        Gesture with its `_labels.csv` beside it, one for each line of that.

    Raises:
        UserError: no such file, no image or recording as the network takes it, no trained network, or a damaged file.
    """
    alone("predict")
    from spikesearch.prediction import predictions

    return predictions(Path(checkpoint), images, top=top, blocks=blocks, reporter=reporter or Reporter())


def report(path: PathLike, *, blocks: Mapping[str, Block] | None = None) -> Path:
    """Write a run's report anew, also of an unfinished run; returns the page's path."""
    alone("report")
    from spikesearch.assembly.parts import Parts
    from spikesearch.phases.reporting import report_run

    folder = RunFolder.open(path)
    _ = stored_config(folder)  # refuses a damaged one
    report_run(folder, Parts(blocks=blocks))
    return folder.report


def status(path: PathLike) -> dict[str, Any]:
    """How far a run is, as plain values; reads only, also while somebody works on it."""
    from spikesearch.overview.status import describe_progress

    folder = RunFolder.open(path)
    return describe_progress(folder, stored_config(folder))


def list_runs(folder: PathLike | None = None) -> "list[ListedRun]":
    """The runs below a folder, the earliest first; what is damaged or no run is listed as such.

    Args:
        folder: where to look; none: `runs`, which need not exist.

    Raises:
        UserError: there is no such folder.
    """
    from spikesearch.overview import listing

    return [] if folder is None and not Path("runs").exists() else listing.list_runs(Path(folder or "runs"))
