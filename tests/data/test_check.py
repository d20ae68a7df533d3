"""What a data set is in figures, and its contact sheet."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikesearch.data.check import describe_dataset
from spikesearch.data.contact_sheet import write_contact_sheet
from spikesearch.data.dataset import Dataset, Images


def of(images: np.ndarray, labels: list[int]) -> Images:
    return Images(images, np.array(labels, np.int64))


def test_figures_of_images() -> None:
    images = np.random.default_rng(0).integers(0, 256, (600, 3, 4, 5), dtype=np.uint8)
    found = describe_dataset(Dataset("some", of(images, [0, 1, 1] * 200), of(images[:2], [0, 1]), ("cat", "dog")))
    train = found["parts"]["train"]
    assert (found["image"], found["timesteps"], found["classes"]) == ([3, 4, 5], None, 2)
    assert (train["images"], train["class_images"], train["type"]) == (600, [200, 400], "uint8")
    assert train["values"] == [0, 255]
    assert train["means"] == pytest.approx(images.mean((0, 2, 3)), abs=1e-4)
    assert train["deviations"] == pytest.approx(images.std((0, 2, 3)), abs=1e-4)
    assert "timestep_means" not in train


def test_figures_of_frames() -> None:
    frames = np.random.default_rng(0).integers(0, 400, (300, 3, 2, 4, 5), dtype=np.int16)
    dataset = Dataset(
        "some", of(frames, [0, 1] * 150), of(frames[:2], [0, 1]), ("a", "b"), about={"test": {"events": 1}}
    )
    found = describe_dataset(dataset)
    train = found["parts"]["train"]
    assert (found["timesteps"], train["type"], train["values"]) == (3, "int16", [0, 399])
    assert train["means"] == pytest.approx(frames.mean((0, 1, 3, 4)), abs=1e-4)
    assert train["deviations"] == pytest.approx(frames.std((0, 1, 3, 4)), abs=1e-4)
    assert train["timestep_means"] == pytest.approx(frames.mean((0, 2, 3, 4)), abs=1e-4)
    assert found["parts"]["test"]["events"] == 1


def test_a_sheet_of_images_has_a_row_for_each_class(tmp_path: Path) -> None:
    images = np.zeros((6, 3, 32, 32), np.uint8)
    images[[1, 3, 5], 1] = 200  # the second class is green
    write_contact_sheet(
        Dataset("some", of(images, [0, 1] * 3), of(images[:2], [0, 1]), ("cat", "dög ∞")), tmp_path / "s.png"
    )
    with Image.open(tmp_path / "s.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    # cells of 64 pixels and 2 between them, right of 130 for the names
    assert pixels.shape == (2 * 66 + 2, 130 + 3 * 66, 3)
    assert pixels[30, 150].tolist() == [0, 0, 0]
    assert pixels[66 + 30, 150].tolist() == [0, 200, 0]
    assert (pixels[66 : 66 + 64, :120] == 255).any()  # the name


def test_a_sheet_of_recordings_has_a_column_for_each_frame(tmp_path: Path) -> None:
    frames = np.zeros((2, 4, 2, 64, 64), np.uint8)
    frames[0, 1, 0] = 3  # darker: red
    frames[0, 2, 1] = 3  # brighter: green
    frames[1, 3] = 1
    write_contact_sheet(Dataset("some", of(frames, [0, 1]), of(frames, [0, 1]), ("a", "b")), tmp_path / "s.png")
    with Image.open(tmp_path / "s.png") as sheet:
        row = np.asarray(sheet.convert("RGB"))[30, 150::66]
        second = np.asarray(sheet.convert("RGB"))[96, 150::66]
    assert row.tolist() == [[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 0]]
    assert second.tolist()[3] == [255, 255, 0]


def test_many_classes_and_few_images_fit(tmp_path: Path) -> None:
    images = np.zeros((100, 1, 8, 8), np.uint8)
    names = tuple(map(str, range(100)))
    dataset = Dataset("some", of(images, list(range(100))), of(images, list(range(100))), names)
    assert write_contact_sheet(dataset, tmp_path / "s.png") == 20
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.size == (130 + 66, 20 * 66 + 2)


def test_long_names_of_classes_are_wrapped(tmp_path: Path) -> None:
    """The last word makes a difference: `right arm counter clockwise`, or `… clockwise clockwise`."""
    images, margins = np.zeros((2, 3, 32, 32), np.uint8), []
    for last in ("clockwise", "roll"):
        names = (f"right arm counter {last}", "other")
        write_contact_sheet(Dataset("some", of(images, [0, 1]), of(images, [0, 1]), names), tmp_path / "s.png")
        with Image.open(tmp_path / "s.png") as sheet:
            margins.append(np.asarray(sheet.convert("L"))[:66, :130])
    written = [np.flatnonzero((margin > 128).any(1)) for margin in margins]
    assert np.ptp(written[0]) > 14  # two lines
    assert not np.array_equal(*margins)
