"""Which files an image folder has, and what is wrong with it."""

import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.folders import picture, write_folder
from spikesearch.data.image_files import find_images, read_headers
from spikesearch.errors import UserError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pets", {"cat": (3, 1), "dog": (2, 2)})


def test_images_are_in_the_order_of_classes_and_paths(folder: Path) -> None:
    found = find_images(folder)
    assert found.classes == ("cat", "dog")
    assert [(file.path.relative_to(folder).as_posix(), file.label) for file in found.train] == [
        ("train/cat/000.png", 0),
        ("train/cat/001.png", 0),
        ("train/cat/002.png", 0),
        ("train/dog/000.png", 1),
        ("train/dog/001.png", 1),
    ]
    assert [file.label for file in found.test] == [0, 1, 1]
    assert found.notices == ()


def test_folders_below_links_and_capital_suffixes(folder: Path, tmp_path: Path) -> None:
    below = folder / "train" / "cat" / "more"
    below.mkdir()
    picture().save(below / "A.PNG")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    picture().save(elsewhere / "b.JpEg", "JPEG")
    (folder / "train" / "dog" / "linked").symlink_to(elsewhere)
    (folder / "train" / "dog" / "around").symlink_to(folder / "train" / "dog")  # a circle
    names = [file.path.name for file in find_images(folder).train]
    assert names == ["000.png", "001.png", "002.png", "A.PNG", "000.png", "001.png", "b.JpEg"]


def test_hidden_files_are_silent_others_are_named(folder: Path) -> None:
    for name in ("train/.DS_Store", "train/cat/._000.png", "test/dog/.hidden/001.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    assert find_images(folder).notices == ()
    for name in ("train/labels.csv", "train/cat/Thumbs.db", "test/dog/notes.txt", "test/dog/z.heic"):
        (folder / name).write_bytes(b"x")
    (folder / "val").mkdir()
    (folder / "README.md").write_text("x")
    files, beside = find_images(folder).notices
    assert files.startswith("4 files passed over, as no image by name (.bmp, .gif, ")
    assert files.endswith(": train/labels.csv, train/cat/Thumbs.db, test/dog/notes.txt and 1 more")
    assert beside == "beside train/ and test/ nothing is read: val left out (D_val is taken out of train/)"


def only_train(folder: Path) -> Path:
    shutil.rmtree(folder / "test")
    return folder


def renamed(old: str, new: str) -> Callable[[Path], Path]:
    def change(folder: Path) -> Path:
        (folder / old).rename(folder / new)
        return folder

    return change


def emptied(name: str) -> Callable[[Path], Path]:
    def change(folder: Path) -> Path:
        for path in (folder / name).iterdir():
            path.unlink()
        return folder

    return change


def one_class(folder: Path) -> Path:
    shutil.rmtree(folder / "train" / "dog")
    return folder


def no_class(folder: Path) -> Path:
    shutil.rmtree(folder / "train")
    (folder / "train").mkdir()
    return folder


def not_utf8(folder: Path) -> Path:
    os.rename(os.fsencode(folder / "train" / "dog"), os.fsencode(folder / "train") + b"/d\xf6g")
    return folder


def a_file(folder: Path) -> Path:
    return folder / "train" / "cat" / "000.png"


def differing_in_case(folder: Path) -> Path:
    shutil.copytree(folder / "train" / "dog", folder / "train" / "Dog")
    return folder


WRONG: list[tuple[Callable[[Path], Path], str]] = [
    (lambda folder: folder / "none", r"none does not exist: wanted is DIR/train/<class>/… and DIR/test/<class>/…"),
    (a_file, "000.png is not a folder"),
    (lambda folder: folder / "train", r"holds no folder train \(folders there: cat, dog\).*; name the folder above it"),
    (lambda folder: folder / "train" / "cat", r"holds no folder train \(there is no folder in it\)"),
    (one_class, "train holds only the class cat: two or more folders of images are needed"),
    (no_class, "train holds no class: two or more"),
    (emptied("train/dog"), r"train: no image in the class folder dog; remove such a class .* \(.bmp, .gif"),
    (emptied("test/cat"), "test: no image in the class folder cat"),
    (
        renamed("test/dog", "test/fish"),
        r"classes \(only in train: dog; only in test: fish\): both parts need",
    ),
    (renamed("test/dog", "test/Dog"), "they differ in case only: give them the same names"),
    (differing_in_case, "the classes Dog and dog differ in case only: rename or merge them"),
    (not_utf8, r"the class name d\\xf6g is not UTF-8: rename the folder"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=[message[:50] for _, message in WRONG])
def test_folders_that_cannot_be_used(change: Callable[[Path], Path], message: str, folder: Path) -> None:
    with pytest.raises(UserError, match=message):
        find_images(change(folder))


def test_headers_tell_what_the_images_are(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a": (1, 0), "b": (1, 0)}, size=(5, 7))
    picture((5, 7), "LA").save(tmp_path / "train" / "a" / "1.png")
    Image.fromarray(np.zeros((7, 5), np.uint16)).save(tmp_path / "train" / "a" / "2.tiff")
    frames = [picture((5, 7), seed=seed).quantize(8) for seed in range(3)]
    frames[0].save(tmp_path / "train" / "a" / "3.gif", save_all=True, append_images=frames[1:])
    headers = read_headers(find_images(tmp_path).train)
    assert {header.size for header in headers} == {(5, 7)}
    assert [header.grey for header in headers] == [False, True, True, False, False]
    assert [header.alpha for header in headers] == [False, True, False, False, False]
    assert [header.sixteen_bits for header in headers] == [False, False, True, False, False]
    assert [header.several for header in headers] == [False, False, False, True, False]


def bomb(path: Path) -> None:
    """A PNG of a few bytes whose header says 100,000 × 100,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


def test_files_that_are_no_images_are_listed_together(folder: Path) -> None:
    cat, dog = folder / "train" / "cat", folder / "train" / "dog"
    (cat / "000.png").write_text("404 Not Found")
    (cat / "001.png").write_bytes(b"")
    bomb(dog / "000.png")
    (dog / "001.png").unlink()
    (dog / "001.png").symlink_to(folder / "gone.png")
    with pytest.raises(UserError) as error:
        read_headers(find_images(folder).train)
    lines = str(error.value).splitlines()
    assert lines[0] == "4 images cannot be read; replace or remove:"
    why = "no image that can be read (PNG, JPEG, BMP, GIF, WEBP, TIFF), or damaged from its beginning"
    assert lines[1:3] == [f"  {cat / '000.png'}: {why}", f"  {cat / '001.png'}: the file is empty"]
    assert lines[3].startswith(f"  {dog / '000.png'}: too many pixels, at most 89,478,485 are read")
    assert lines[4] == f"  {dog / '001.png'}: No such file or directory"


def test_damaged_pixels_are_listed_with_damaged_headers_in_the_order_of_files(folder: Path) -> None:
    cat, dog = folder / "train" / "cat", folder / "train" / "dog"
    picture((64, 64)).save(cat / "001.jpg", quality=95)
    content = (cat / "001.jpg").read_bytes()
    (cat / "001.jpg").write_bytes(content[: len(content) // 2])
    (dog / "000.png").write_text("404 Not Found")
    with pytest.raises(UserError) as error:
        read_headers(find_images(folder).train)
    lines = str(error.value).splitlines()
    assert lines[0] == "2 images cannot be read; replace or remove:"
    assert lines[1].startswith(f"  {cat / '001.jpg'}: ")
    assert "truncated" in lines[1]
    assert lines[2].startswith(f"  {dog / '000.png'}: no image")


def test_many_damaged_files_are_not_all_listed(tmp_path: Path) -> None:
    for index in range(15):
        for name in "ab":
            place = tmp_path / "train" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{index}.png").write_bytes(b"")
    with pytest.raises(UserError, match="30 images cannot be read") as error:
        read_headers(find_images(tmp_path).train)
    assert len(str(error.value).splitlines()) == 12
    assert str(error.value).endswith("  and 20 more")


def test_a_file_name_that_is_no_text(folder: Path) -> None:
    strange = os.fsencode(folder / "train" / "cat") + b"/\xff.png"
    with open(strange, "wb") as file:
        picture().save(file, "PNG")
    found = find_images(folder)
    assert len(read_headers(found.train)) == 6
    with open(strange, "wb"):
        pass
    with pytest.raises(UserError, match=r"cat/\\xff.png: the file is empty"):
        read_headers(found.train)
