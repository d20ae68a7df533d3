"""Batches: every image once an epoch, an order that is a function of seed and epoch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.data.augment import NO_AUGMENTATION, Augmentation, Normalisation
from spikesearch.data.dataset import Images
from spikesearch.data.loader import TensorData, batch_bounds, evaluation_batches, training_batches
from spikesearch.errors import UserError

RAW = Normalisation((0.0,), (1 / 255,))


def numbered(count: int) -> TensorData:
    """Image k shows the value k everywhere and has label k."""
    values = np.arange(count)
    images = np.broadcast_to(values[:, None, None, None], (count, 1, 2, 2)).astype(np.uint8)
    return TensorData.load(Images(images, values))


@given(count=st.integers(1, 500), batch_size=st.integers(1, 120))
def test_bounds_cover_everything_once_and_leave_no_single_image(count: int, batch_size: int) -> None:
    bounds = batch_bounds(count, batch_size)
    assert [i for start, end in bounds for i in range(start, end)] == list(range(count))
    sizes = [end - start for start, end in bounds]
    assert max(sizes) <= batch_size + 1
    assert all(size == batch_size for size in sizes[:-1])
    assert sizes[-1] > 1 or count == 1


def test_bounds_by_hand() -> None:
    assert batch_bounds(10, 4) == [(0, 4), (4, 8), (8, 10)]
    assert batch_bounds(9, 4) == [(0, 4), (4, 9)]  # the ninth joins the second batch
    assert batch_bounds(3, 96) == [(0, 3)]
    with pytest.raises(UserError, match="batch size 0: must be 1 or more"):
        batch_bounds(3, 0)
    with pytest.raises(UserError, match="there are no images"):
        batch_bounds(0, 3)


def epoch(data: TensorData, seed: int, number: int, batch_size: int = 4, **augmentation: int) -> torch.Tensor:
    chosen = Augmentation(**augmentation) if augmentation else NO_AUGMENTATION  # type: ignore[arg-type]
    batches = training_batches(data, batch_size, normalisation=RAW, augmentation=chosen, seed=seed, epoch=number)
    return torch.cat([torch.cat([x.flatten(1), y[:, None]], dim=1) for x, y in batches])


def test_an_epoch_shows_every_image_once_with_its_label() -> None:
    rows = epoch(numbered(11), seed=1, number=0)
    assert sorted(rows[:, -1].tolist()) == list(range(11))
    assert torch.allclose(rows[:, 0], rows[:, -1], atol=1e-4)


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    data = numbered(50)
    assert torch.equal(epoch(data, 1, 3), epoch(data, 1, 3))
    assert not torch.equal(epoch(data, 1, 3), epoch(data, 1, 4))
    assert not torch.equal(epoch(data, 1, 3), epoch(data, 2, 3))


def test_neither_order_nor_augmentation_depend_on_the_batch_size() -> None:
    data = numbered(50)
    assert torch.equal(
        epoch(data, 1, 0, batch_size=7, pad=1, cutout=1), epoch(data, 1, 0, batch_size=25, pad=1, cutout=1)
    )


def test_evaluation_is_in_order_and_never_augmented() -> None:
    data = numbered(9)
    batches = list(evaluation_batches(data, 4, normalisation=RAW))
    assert [len(y) for _, y in batches] == [4, 5]
    assert torch.cat([y for _, y in batches]).tolist() == list(range(9))
    assert torch.allclose(torch.cat([x for x, _ in batches])[:, 0, 1, 1], torch.arange(9.0), atol=1e-4)
    assert batches[0][0].dtype == torch.float32


def test_a_part_of_the_images_can_be_loaded() -> None:
    images = Images(np.zeros((4, 1, 2, 2), np.uint8), np.arange(4))
    part = TensorData.load(images, np.array([3, 1]))
    assert part.labels.tolist() == [3, 1]
    assert (len(part), part.shape, part.device.type) == (2, (1, 2, 2), "cpu")
    assert part.to("cpu").images.data_ptr() == part.images.data_ptr()
