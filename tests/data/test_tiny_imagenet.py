"""Tiny-ImageNet from its folder or its archive."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikesearch.data.tiny_imagenet import load_tiny_imagenet
from spikesearch.errors import UserError

CLASSES = ["n02", "n01", "n03"]


def picture(path: Path, value: int, mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (64, 64), value if mode == "L" else (value, 0, 0)).save(path, format="JPEG", quality=95)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "tiny-imagenet-200"
    for number, name in enumerate(CLASSES):
        for image in range(2):
            picture(folder / "train" / name / "images" / f"{name}_{image}.JPEG", 50 * number + 10 * image)
    for image in range(4):
        picture(folder / "val" / "images" / f"val_{image}.JPEG", 60 * image, "L" if image == 1 else "RGB")
    (folder / "wnids.txt").write_text("\n".join(CLASSES) + "\n")
    (folder / "words.txt").write_text("n01\tcrane, bird\nn02\tcrane\nn03\tfrog, toad\nn99\tother\n")
    lines = [f"val_{image}.JPEG\t{CLASSES[image % 3]}\t0\t0\t63\t63" for image in range(4)]
    (folder / "val" / "val_annotations.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_labels_words_and_the_validation_set_as_test(folder: Path) -> None:
    found = load_tiny_imagenet(folder)
    assert (found.name, found.shape) == ("tiny-imagenet", (3, 64, 64))
    assert found.class_names == ("crane (n02)", "crane (n01)", "frog")  # in the order of wnids.txt
    assert found.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.test.labels.tolist() == [0, 1, 2, 0]
    assert np.abs(found.train.images[:, 0, 0, 0] - np.array([0, 10, 50, 60, 100, 110])).max() <= 3  # JPEG
    grey = found.test.images[1]
    assert (grey[0] == grey[1]).all()
    assert "the official validation set" in found.notices[0]


def test_the_archive_is_read_in_place(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "packed" / "tiny-imagenet-200.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*.*")):
            packed.write(path, path.relative_to(folder.parent))
    for place in (archive, archive.parent, folder.parent):
        found = load_tiny_imagenet(place)
        assert np.array_equal(found.train.images, load_tiny_imagenet(folder).train.images)
        assert found.test.labels.tolist() == [0, 1, 2, 0]


def test_damaged_images_are_listed(folder: Path) -> None:
    (folder / "train" / "n01" / "images" / "n01_1.JPEG").write_bytes(b"")
    (folder / "val" / "images" / "val_3.JPEG").unlink()
    Image.new("RGB", (32, 64)).save(folder / "train" / "n02" / "images" / "n02_0.JPEG", format="JPEG")
    with pytest.raises(UserError) as caught:
        load_tiny_imagenet(folder)
    assert str(caught.value).startswith("3 images cannot be read; replace or remove:\n")
    assert "n01_1.JPEG: cannot identify image file" in str(caught.value)
    assert "n02_0.JPEG: 32×64 pixels, wanted are 64×64" in str(caught.value)
    assert "val_3.JPEG: " in str(caught.value)


def test_what_is_missing_is_said(folder: Path, tmp_path: Path) -> None:
    annotations = folder / "val" / "val_annotations.txt"
    annotations.write_text(annotations.read_text() + "val_4.JPEG\tn77\t0\n")
    with pytest.raises(UserError, match=r"val_annotations.txt: damaged at 'val_4.JPEG\\tn77\\t0'"):
        load_tiny_imagenet(folder)
    annotations.unlink()
    with pytest.raises(UserError, match=r"holds no val/val_annotations.txt\nWanted is http.*tiny-imagenet-200.zip"):
        load_tiny_imagenet(folder)
    with pytest.raises(UserError, match=r"holds neither tiny-imagenet-200 nor tiny-imagenet-200.zip"):
        load_tiny_imagenet(tmp_path)
    (folder / "wnids.txt").write_text("n02\nn01\nn03\nn04\n")
    annotations.write_text("val_0.JPEG\tn02\n")
    with pytest.raises(UserError, match="holds no training images of n04"):
        load_tiny_imagenet(folder)
