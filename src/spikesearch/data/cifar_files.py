"""The files of CIFAR-10 and CIFAR-100 in their "python version", in a folder or in the archive they come in."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.data.array_pickle import UnreadableError, read_array_pickle
from spikesearch.data.dataset import IntArray, UInt8Array
from spikesearch.data.file_tree import READING_ERRORS, FileTree, FolderTree, TarTree, reading
from spikesearch.data.published import place_problem
from spikesearch.errors import UserError

SHAPE = (3, 32, 32)
_PIXELS = 3072
Content = Mapping[str, Any]


def read_files(
    folder: Path, title: str, inside: str, source: str, files: Mapping[str, Callable[[Content], Any]]
) -> dict[str, Any]:
    """What each of the files holds.

    Args:
        folder: the one with the files, the one that holds it, or the one with the archive, which is read in place.
        title: of the data set, for messages.
        inside: name of the folder with the files.
        source: address of the archive.
        files: for each file what makes something of its dictionary, whose keys are texts.

    Raises:
        UserError: the folder or files are missing or damaged. All such files are named at once, with what is wanted and
            where to get it.
    """
    tree = _find(folder, title, inside, source, tuple(files))
    below = "" if isinstance(tree, FolderTree) else f"{inside}/"
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, make in files.items():
        try:
            found[name] = make(_read(tree, below + name, title))
        except UnreadableError as error:
            problems.append(f"  {tree.title(below + name)}: {error}")
    if problems:
        cure = _cure(tree.path.parent, title, inside, source, tuple(files))
        raise UserError(f"{title} cannot be read:\n" + "\n".join(problems) + "\n" + cure)
    return found


def _find(folder: Path, title: str, inside: str, source: str, wanted: tuple[str, ...]) -> FileTree:
    """The folder with the files, the one given or the one inside it; else the archive."""
    for candidate in (folder / inside, folder):
        if candidate.is_dir() and (candidate.name == inside or any((candidate / name).exists() for name in wanted)):
            return FolderTree(candidate)
    archive = folder if folder.is_file() else folder / source.rsplit("/", 1)[1]
    if archive.is_file() and archive.name == source.rsplit("/", 1)[1]:
        return TarTree(archive)
    problem = place_problem(folder, f"holds no folder {inside}")
    raise UserError(f"{title} cannot be read: {folder} {problem}\n{_cure(folder, title, inside, source, wanted)}")


def _cure(parent: Path, title: str, inside: str, source: str, wanted: tuple[str, ...]) -> str:
    """What is wanted and where it comes from; shorter if the archive already lies there."""
    archive = parent / source.rsplit("/", 1)[1]
    get = f"unpack {archive}" if archive.is_file() else f"unpack {source}"
    name = title.lower().replace("-", "")
    return (
        f"Wanted is a folder {inside} with the files {', '.join(wanted)}: {get} and name its folder with --data. "
        f"`spikesearch data download {name} --data DIR` fetches the archive, which can be used as it is."
    )


def _read(tree: FileTree, name: str, title: str) -> Content:
    """The dictionary in one file, its keys as text."""
    try:
        with reading(tree, name) as stream:
            content = stream.read()
    except (FileNotFoundError, KeyError):
        raise UnreadableError("missing") from None
    except READING_ERRORS as error:
        raise UnreadableError(f"cannot be opened ({getattr(error, 'strerror', None) or error})") from error
    value = read_array_pickle(content)
    if not isinstance(value, dict):
        raise UnreadableError(f"holds a {type(value).__name__}, not {title}'s dictionary")
    return {key.decode("latin1") if isinstance(key, bytes) else str(key): entry for key, entry in value.items()}


def images_of(batch: Content, label_key: str, classes: int) -> tuple[UInt8Array, IntArray]:
    """Images [N, 3, 32, 32] and labels [N] of one batch.

    Raises:
        UnreadableError: something is missing or of another kind.
    """
    missing = [key for key in ("data", label_key) if key not in batch]
    if missing:
        raise UnreadableError(f"has no {' and no '.join(missing)}")
    data = batch["data"]
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != _PIXELS:
        what = f"{data.dtype} {list(data.shape)}" if isinstance(data, np.ndarray) else type(data).__name__
        raise UnreadableError(f"its data is {what}, wanted is uint8 [N, {_PIXELS}]")
    try:
        labels = np.asarray(batch[label_key], dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"its labels are not integers ({error})") from error
    if labels.shape != data.shape[:1]:
        raise UnreadableError(f"has {len(data)} images but labels of shape {list(labels.shape)}")
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        raise UnreadableError(f"has labels {labels.min()}…{labels.max()}, wanted are 0…{classes - 1}")
    return data.reshape(-1, *SHAPE), labels  # [N, 3072] → [N, 3, 32, 32]


def names_of(meta: Content, key: str, classes: int) -> tuple[str, ...]:
    """The class names.

    Raises:
        UnreadableError: there are none, or another number of them.
    """
    names = meta.get(key)
    if not isinstance(names, list) or len(names) != classes or not all(isinstance(one, bytes | str) for one in names):
        raise UnreadableError(f"has no list {key} of {'ten' if classes == 10 else classes} names")
    return tuple(name.decode("latin1") if isinstance(name, bytes) else name for name in names)
