"""The files of an image folder: which there are, of which class, and what their headers say. No pixel is read here."""

import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spikesearch.data.pixels import has_alpha, is_grey, pixels, upright_size
from spikesearch.errors import UserError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # Pillow is asked for no other: some run programs
_MOST_LISTED = 10  # damaged files in one message
_LAYOUT = "wanted is DIR/train/<class>/… and DIR/test/<class>/…, one folder of images for each class"


@dataclass(frozen=True)
class ImageFile:
    """An image and its class, an index into the sorted class names."""

    path: Path
    label: int


@dataclass(frozen=True)
class FoundImages:
    """What lies in an image folder.

    Attributes:
        classes: sorted names.
        train: by class, then by path.
        test: the same; empty where there is no folder `test`.
        notices: what was left out.
    """

    classes: tuple[str, ...]
    train: tuple[ImageFile, ...]
    test: tuple[ImageFile, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """What an image's header says.

    Attributes:
        size: (width, height), upright.
        grey: stored as greyscale.
        alpha: some pixels may be transparent.
        sixteen_bits: per pixel, of greyscale.
        several: more than one frame or page.
    """

    size: tuple[int, int]
    grey: bool
    alpha: bool
    sixteen_bits: bool
    several: bool


def find_images(folder: Path) -> FoundImages:
    """The images of `folder/train/<class>/…` and `folder/test/<class>/…`, also in folders below and behind links.

    Hidden files are passed over in silence, others that are no images in a notice.

    Raises:
        UserError: a folder is missing or empty, or the two parts do not have the same classes, two or more.
    """
    _check_layout(folder)
    names = _class_names(folder / "train")
    left_out: list[Path] = []
    parts = {"train": _part(folder / "train", names, left_out)}
    if (folder / "test").is_dir():
        _check_same(folder, names, _class_names(folder / "test"))
        parts["test"] = _part(folder / "test", names, left_out)
    notices = []
    if left_out:
        few = ", ".join(shown(path.relative_to(folder)) for path in left_out[:3])
        more = f" and {len(left_out) - 3:,} more" if len(left_out) > 3 else ""
        kinds = ", ".join(sorted(SUFFIXES))
        notices.append(f"{plural(len(left_out), 'file')} passed over, as no image by name ({kinds}): {few}{more}")
    beside = [path.name for path in _entries(folder) if path.is_dir() and path.name not in ("train", "test")]
    if beside:
        listed = ", ".join(map(shown, beside[:5]))
        notices.append(f"beside train/ and test/ nothing is read: {listed} left out (D_val is taken out of train/)")
    return FoundImages(tuple(names), tuple(parts["train"]), tuple(parts.get("test", ())), tuple(notices))


def _check_layout(folder: Path) -> None:
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise UserError(f"image folder {shown(folder)} {problem}: {_LAYOUT}")
    if not (folder / "train").is_dir():
        inside = [path.name for path in _entries(folder) if path.is_dir()]
        found = f"folders there: {', '.join(map(shown, inside[:8]))}" if inside else "there is no folder in it"
        cure = "; name the folder above it" if folder.name == "train" else ""
        raise UserError(f"image folder {shown(folder)} holds no folder train ({found}): {_LAYOUT}{cure}")


def _class_names(part: Path) -> list[str]:
    names = sorted(path.name for path in _entries(part) if path.is_dir())
    if len(names) < 2:
        has = f"only the class {shown(names[0])}" if names else "no class"
        raise UserError(f"{shown(part)} holds {has}: two or more folders of images are needed; {_LAYOUT}")
    strange = [name for name in names if not _is_text(name)]
    if strange:
        raise UserError(f"{shown(part)}: the class name {shown(strange[0])} is not UTF-8: rename the folder")
    _check_case(part, names)
    return names


def _check_case(part: Path, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        alike = [name for name in names if name.casefold() == twice[0]]
        raise UserError(f"{shown(part)}: the classes {' and '.join(alike)} differ in case only: rename or merge them")


def _check_same(folder: Path, train: Sequence[str], test: Sequence[str]) -> None:
    if list(train) == list(test):
        return
    lines = []
    for name, here, there in (("train", train, test), ("test", test, train)):
        only = [one for one in here if one not in there]
        if only:
            more = f" and {len(only) - 8} more" if len(only) > 8 else ""
            lines.append(f"only in {name}: {', '.join(only[:8])}{more}")
    alike = {one.casefold() for one in train} == {one.casefold() for one in test}
    cure = "they differ in case only: give them the same names" if alike else "both parts need the same class folders"
    raise UserError(f"{shown(folder)}: train and test have different classes ({'; '.join(lines)}): {cure}")


def _part(part: Path, names: Sequence[str], left_out: list[Path]) -> list[ImageFile]:
    found: list[ImageFile] = []
    empty = []
    left_out += [path for path in _entries(part) if not path.is_dir()]
    for label, name in enumerate(names):
        before = len(found)
        for path in _files(part / name):
            if path.suffix.lower() in SUFFIXES:
                found.append(ImageFile(path, label))
            else:
                left_out.append(path)
        if len(found) == before:
            empty.append(name)
    if empty:
        raise UserError(
            f"{shown(part)}: no image in {class_folders(empty)}; remove such a class from both parts, or add images "
            f"({', '.join(sorted(SUFFIXES))})"
        )
    return found


def _files(folder: Path) -> Iterator[Path]:
    """All files below, sorted by path; links are followed, a folder is not entered twice."""
    seen: set[str] = set()
    found = []
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        found += [Path(place, name) for name in files if not name.startswith(".")]
    yield from sorted(found)


def _refuse_folder(error: OSError) -> None:
    raise UserError(f"{shown(error.filename)} cannot be read: {error.strerror}")


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def read_headers(files: Sequence[ImageFile]) -> list[Header]:
    """The header of each image, in the order given.

    Raises:
        UserError: a file is no image, damaged, or so large that it would fill the memory. All such files are listed,
            also those of which only the pixels are damaged.
    """
    from PIL import Image

    headers = []
    problems: dict[int, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for index, file in enumerate(files):
            try:
                headers.append(_header(file.path))
            except Exception as error:  # a damaged file may raise nearly anything
                problems[index] = damage(file.path, error)
        if problems:  # the pixels too, or those damaged behind their header would come up at the next start
            problems |= _damaged_pixels({index: file.path for index, file in enumerate(files) if index not in problems})
    refuse_damaged([problems[index] for index in sorted(problems)])
    return headers


def _damaged_pixels(paths: Mapping[int, Path]) -> dict[int, str]:
    """What is wrong with files whose headers can be read, by the same keys."""
    from PIL import Image

    problems = {}
    for index, path in paths.items():
        try:
            with Image.open(path, formats=FORMATS) as image:
                pixels(image, grey=is_grey(image))
        except Exception as error:  # as above
            problems[index] = damage(path, error)
    return problems


def _header(path: Path) -> Header:
    from PIL import Image

    with Image.open(path, formats=FORMATS) as image:
        return Header(
            upright_size(image),
            is_grey(image),
            has_alpha(image),
            image.mode.startswith("I"),
            bool(getattr(image, "is_animated", False)),
        )


def _reason(error: Exception) -> str:
    from PIL import Image

    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"too many pixels, at most {Image.MAX_IMAGE_PIXELS:,} are read: make the file smaller"
    if "cannot identify image file" in str(error):
        return f"no image that can be read ({', '.join(FORMATS)}), or damaged from its beginning"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, OSError | SyntaxError | ValueError) else f"{type(error).__name__}: {error}"


def damage(path: Path, error: Exception) -> str:
    """The line about a file that cannot be read."""
    return f"{shown(path)}: {'the file is empty' if is_empty(path) else _reason(error)}"


def is_empty(path: Path) -> bool:
    """Whether the file is there and holds nothing, of which Pillow only says that it is no image."""
    return path.is_file() and path.stat().st_size == 0


def refuse_damaged(problems: Sequence[str]) -> None:
    """One message for all files that cannot be read.

    Raises:
        UserError: there are any.
    """
    if problems:
        more = [f"and {len(problems) - _MOST_LISTED:,} more"] if len(problems) > _MOST_LISTED else []
        lines = "\n".join(f"  {line}" for line in [*problems[:_MOST_LISTED], *more])
        raise UserError(f"{plural(len(problems), 'image')} cannot be read; replace or remove:\n{lines}")


def plural(count: int, word: str) -> str:
    """`1 image`, `1,200 images`."""
    return f"{count:,} {word}{'s' * (count != 1)}"


def class_folders(names: Sequence[str]) -> str:
    """`the class folder cat`, `the class folders cat, dog`; of more than eight the first ones and how many more."""
    listed = ", ".join(map(shown, names[:8]))
    more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return f"the class folder{'s' * (len(names) != 1)} {listed}{more}"


def shown(path: str | Path) -> str:
    """A name as it can be printed, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
