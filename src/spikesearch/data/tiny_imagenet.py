"""Tiny-ImageNet-200: 110,000 photographs of 200 classes, 64×64 (Stanford's course CS231n)."""

import io
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from spikesearch.data.dataset import Dataset, Images, IntArray, UInt8Array
from spikesearch.data.file_tree import READING_ERRORS, FileTree, FolderTree, ZipTree, reading
from spikesearch.data.image_files import FORMATS, refuse_damaged
from spikesearch.data.pixels import pixels
from spikesearch.data.published import incomplete, place_problem
from spikesearch.errors import UserError

FOLDER = "tiny-imagenet-200"
SOURCE = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
_SIDE = 64
_PUBLISHED = (100_000, 10_000)
_LISTS = ("wnids.txt", "words.txt", "val/val_annotations.txt")
_THREADS = 4  # Pillow decodes outside Python's lock


def load_tiny_imagenet(folder: str | Path) -> Dataset:
    """Tiny-ImageNet-200 as published. The labels of its test images were never given out, so its official validation
    set, 10,000 images, is the test part here (AutoSNN tests on 2,500 and does not say which).

    Args:
        folder: `tiny-imagenet-200`, the folder that holds it, or `tiny-imagenet-200.zip` or the folder that holds that,
            which is read in place.

    Returns:
        uint8 images [N, 3, 64, 64]; the 2% that are grey have three equal channels. Labels in the order of `wnids.txt`.

    Raises:
        UserError: files are missing or damaged; with what is wanted and where to get it.
    """
    tree, below = _find(Path(folder))
    present = set(tree.names)
    missing = [name for name in _LISTS if below + name not in present]
    if missing:
        raise UserError(f"Tiny-ImageNet cannot be read: {tree.path} holds no {', '.join(missing)}\n{_cure()}")
    classes = _text(tree, below + _LISTS[0]).split()
    words = dict(line.split("\t", 1) for line in _text(tree, below + _LISTS[1]).splitlines() if "\t" in line)
    label_of = {name: label for label, name in enumerate(classes)}
    train_file = re.compile(rf"{re.escape(below)}train/([^/]+)/(?:[^/]+/)*[^/]+\.JPEG")
    matches = [match for name in tree.names if (match := train_file.fullmatch(name)) and match[1] in label_of]
    train = [(match[0], label_of[match[1]]) for match in matches]
    train.sort(key=lambda entry: entry[1])  # stable: by class, then by name
    test = []
    for line in _text(tree, below + _LISTS[2]).splitlines():
        file, name = [*line.split("\t"), "", ""][:2]
        if name not in label_of:
            raise UserError(f"Tiny-ImageNet cannot be read: {tree.title(below + _LISTS[2])}: damaged at {line[:60]!r}")
        test.append((f"{below}val/images/{file}", label_of[name]))
    empty = sorted(set(label_of.values()) - {label for _, label in train})
    if empty or not test:
        what = f"no training images of {classes[empty[0]]}" if empty else "no validation images"
        raise UserError(f"Tiny-ImageNet cannot be read: {tree.path} holds {what}\n{_cure()}")
    problems: list[str] = []
    both = Images(*_images(tree, train, problems)), Images(*_images(tree, test, problems))
    refuse_damaged(problems)
    names = _unique([words.get(name, name).split(",")[0].strip() for name in classes], classes)
    notice = "the test part is the official validation set: the labels of the official test images are not published"
    return Dataset("tiny-imagenet", *both, names, (notice, *incomplete(*both, _PUBLISHED)))


def _find(folder: Path) -> tuple[FileTree, str]:
    """The tree with the files, and what stands before their names in it."""
    for place in (folder / FOLDER, folder):
        if (place / _LISTS[0]).is_file():
            return FolderTree(place), ""
    archive = folder if folder.is_file() else folder / f"{FOLDER}.zip"
    if archive.is_file() and archive.suffix == ".zip":
        return ZipTree(archive), f"{FOLDER}/"
    problem = place_problem(folder, f"holds neither {FOLDER} nor {FOLDER}.zip")
    raise UserError(f"Tiny-ImageNet cannot be read: {folder} {problem}\n{_cure()}")


def _cure() -> str:
    return (
        f"Wanted is {SOURCE}, as it is or unpacked to the folder {FOLDER}: name its folder with --data. "
        "`spikesearch data download tiny-imagenet --data DIR` fetches it."
    )


def _text(tree: FileTree, name: str) -> str:
    try:
        with reading(tree, name) as stream:
            return stream.read().decode("utf-8", "replace")
    except READING_ERRORS as error:
        raise UserError(f"{tree.title(name)} cannot be read: {error}") from error


def _unique(names: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """Words, with their number in WordNet where two classes have the same."""
    return tuple(
        f"{name} ({wnid})" if names.count(name) > 1 else name for name, wnid in zip(names, classes, strict=True)
    )


def _images(tree: FileTree, entries: Sequence[tuple[str, int]], problems: list[str]) -> tuple[UInt8Array, IntArray]:
    """Images [N, 3, 64, 64] and labels [N]; what cannot be read is added to the problems."""
    from PIL import Image

    images = np.empty((len(entries), 3, _SIDE, _SIDE), np.uint8)
    one_at_a_time = threading.Lock()  # an archive is one open file

    def read(index: int) -> str | None:
        name = entries[index][0]
        try:
            with one_at_a_time, reading(tree, name) as stream:
                content = stream.read()
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.size != (_SIDE, _SIDE):
                    return f"{tree.title(name)}: {image.size[0]}×{image.size[1]} pixels, wanted are {_SIDE}×{_SIDE}"
                images[index] = pixels(image, grey=False).transpose(2, 0, 1)
        except KeyError:
            return f"{tree.title(name)}: missing"
        except Exception as error:  # a damaged file may raise nearly anything
            return f"{tree.title(name)}: {error}"
        return None

    with ThreadPoolExecutor(_THREADS) as pool:
        problems += [problem for problem in pool.map(read, range(len(entries))) if problem]
    return images, np.array([label for _, label in entries], np.int64)
