"""What callers give: their settings laid over a recipe, their own objects, and what is to be trained."""

import copy
import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from spikesearch.architectures.blocks import Block
from spikesearch.architectures.cells import CellArchitecture, are_rows
from spikesearch.architectures.naming import find_block
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.spikenas_bench import BENCH_PREFIX, BenchArchitecture
from spikesearch.architectures.text import parse
from spikesearch.assembly.starting import stored_config
from spikesearch.config.reading import load_config, merged, read_recipe
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.strategies.objectives import Fitness
from spikesearch.studies.run import RunFolder

if TYPE_CHECKING:
    from spikesearch.assembly.parts import Parts
    from spikesearch.data.dataset import Dataset

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Settings = Mapping[str, Any]
PathLike = str | Path


def called_like(
    model: Callable[Given, object],
) -> Callable[[Callable[[Mapping[str, Any]], Returned]], Callable[Given, Returned]]:
    """A decorator: the function is called with the arguments of `model`, and gets all of them by name, defaults too."""
    signature = inspect.signature(model)

    def decorate(function: Callable[[Mapping[str, Any]], Returned]) -> Callable[Given, Returned]:
        @functools.wraps(function)
        def called(*positional: Given.args, **named: Given.kwargs) -> Returned:
            bound = signature.bind(*positional, **named)
            bound.apply_defaults()
            return function(bound.arguments)

        returned = inspect.signature(function).return_annotation
        called.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
        return called

    return decorate


def overrides_of(
    settings: Settings | None, *, data: PathLike | None, seed: int | None, device: str | None
) -> dict[str, Any]:
    """The keyword arguments as settings; they win over `settings`."""
    given: dict[str, Any] = {}
    if data is not None:
        given["data"] = {"folder": str(data)}
    run = {"seed": seed, "device": device}
    given["run"] = {name: value for name, value in run.items() if value is not None}
    return merged(copy.deepcopy(dict(settings or {})), given)


@dataclass(frozen=True)
class Asked:
    """A search as somebody asks for it.

    Attributes:
        text: of the recipe.
        config: the recipe with the changes.
        overrides: the changes, names given apart included.
        parts: the user's own objects.
    """

    text: str
    config: Config
    overrides: Mapping[str, Any]
    parts: "Parts"


def asked_search(
    recipe: PathLike | None,
    settings: Settings | None,
    data: PathLike | None,
    seed: int | None,
    device: str | None,
    supernet: PathLike | None,
    constraints: Sequence[str] | None,
    space: SlotSpace | str | None,
    blocks: Mapping[str, Block] | None,
    dataset: "Dataset | tuple[Any, ...] | str | None",
    objective: Fitness | str | None,
) -> Asked:
    """What the arguments of `app.search` ask for.

    Raises:
        UserError: a setting or an object is wrong.
    """
    overrides = overrides_of(settings, data=data, seed=seed, device=device)
    if supernet is not None:
        overrides["run"]["supernet"] = str(supernet)
    if constraints is not None:
        overrides.setdefault("search", {})["constraints"] = list(constraints)
    if isinstance(space, str):
        overrides.setdefault("space", {})["name"] = space
    if isinstance(dataset, str):
        overrides.setdefault("data", {})["name"] = dataset
    if isinstance(objective, str):
        overrides.setdefault("search", {})["fitness"] = objective
    text = read_recipe(recipe)
    config = load_config(text, overrides)
    if config.train_only:
        raise UserError("train_only belongs to `spikesearch train`; a search chooses its networks itself")
    return Asked(text, config, overrides, make_parts(space, blocks, dataset, objective))


def make_parts(space: Any, blocks: Any, dataset: Any, objective: Any) -> "Parts":
    """The user's own objects; names stand in the configuration.

    Raises:
        UserError: something else was given.
    """
    from spikesearch.assembly.parts import Parts
    from spikesearch.data.dataset import Dataset

    if isinstance(dataset, tuple):
        dataset = Dataset.from_parts(dataset)
    for name, value, kind in (("space", space, SlotSpace), ("dataset", dataset, Dataset), ("blocks", blocks, Mapping)):
        if not isinstance(value, kind | str | None) or (kind is Mapping and isinstance(value, str)):
            raise UserError(f"{name}={value!r}: give a {kind.__name__}" + ("" if kind is Mapping else ", or a name"))
    if not (objective is None or isinstance(objective, str) or callable(objective)):
        raise UserError(f"objective={objective!r}: give a function (accuracy, spikes, average_spikes, lam), or a name")
    return Parts(
        space=None if isinstance(space, str) else space,
        blocks=blocks,
        dataset=None if isinstance(dataset, str) else dataset,
        objective=None if isinstance(objective, str) else objective,
    )


def names_folder(word: str) -> bool:
    """Whether a word means a run and no architecture; `autosnn` does not, even where there is a folder of that name."""
    return (Path(word) / "format").is_file() or (os.sep in word and Path(word).is_dir())


def architectures_of(words: Sequence[str], blocks: Mapping[str, Block] | None, *, choosing: bool) -> list[str]:
    """What `joined` makes of words none of which is a run.

    Args:
        words: as they were given.
        blocks: the user's own.
        choosing: whether candidates of a run are asked for (`--front`, `--top`).

    Raises:
        UserError: they are no architectures, or a run was asked for or meant: a path is a run that is not there.
    """
    try:
        texts = joined(words, blocks)
        for text in texts:
            parse(text, blocks)
    except UserError as error:
        run = next((word for word in words if choosing or os.sep in word or Path(word).is_dir()), None)
        if run is None:
            raise
        if choosing or Path(run).is_dir():
            RunFolder.open(run)  # which says what is wrong with it
        raise UserError(f"there is no run {run}, and it is no architecture: {error}") from error
    if choosing:
        raise UserError(f"{words[0]} is an architecture: --front and --top choose among the candidates of a run")
    return texts


def joined(words: Sequence[str], blocks: Mapping[str, Block] | None) -> list[str]:
    """The architectures that a command line names; one whose blocks a shell has split is put together again."""
    whole = " ".join(words)
    if len(words) > 1 and (all(find_block(word, blocks) for word in words) or are_rows(words)):
        return [str(parse(whole, blocks))]
    return list(words)


def space_of(texts: Sequence[str], blocks: Mapping[str, Block] | None) -> dict[str, Any] | None:
    """The space whose defaults networks of cells have; None for others, which have those of the recipe's space."""
    found = [parse(text, blocks) for text in texts]
    if all(isinstance(one, BenchArchitecture) for one in found):
        return {"name": BENCH_PREFIX}
    if not all(isinstance(one, CellArchitecture) for one in found):
        return None
    feedback = any(isinstance(one, CellArchitecture) and one.has_feedback for one in found)
    return {"name": "snasnet-feedback" if feedback else "snasnet-forward"}


def supernet_of(source: RunFolder) -> str:
    """Where networks of a run's winners find the weights that they start from.

    Raises:
        UserError: nowhere.
    """
    holder = source.path.absolute() if source.checkpoint("supernet").is_file() else stored_config(source).run.supernet
    if holder is None:
        raise UserError(
            f"train.warm_start = true, but {source.path} has no trained supernet to start from: give a run of a search "
            "whose supernet is trained, or leave warm_start out"
        )
    return str(holder)
