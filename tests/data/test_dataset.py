"""Images and data sets refuse what does not fit together."""

import numpy as np
import pytest

from spikesearch.data.dataset import Dataset, Images
from spikesearch.errors import UserError


def images(count: int = 4, labels: list[int] | None = None, shape: tuple[int, int, int] = (1, 2, 2)) -> Images:
    chosen = list(range(count)) if labels is None else labels
    return Images(np.zeros((count, *shape), dtype=np.uint8), np.array(chosen, dtype=np.int64))


def test_images_know_their_shape_and_select_in_order() -> None:
    found = Images(np.arange(12, dtype=np.uint8).reshape(3, 1, 2, 2), np.array([5, 6, 7]))
    assert len(found) == 3
    assert found.shape == (1, 2, 2)
    part = found.select(np.array([2, 0]))
    assert part.labels.tolist() == [7, 5]
    assert part.images[0, 0].tolist() == [[8, 9], [10, 11]]


@pytest.mark.parametrize(
    ("array", "labels", "message"),
    [
        (np.zeros((2, 1, 2, 2), dtype=np.float32), [0, 1], r"images are float32 \[2, 1, 2, 2\]: wanted is uint8"),
        (np.zeros((2, 4), dtype=np.uint8), [0, 1], r"images are uint8 \[2, 4\]: wanted is uint8 \[N, C, H, W\]"),
        (np.zeros((2, 1, 2, 2), dtype=np.uint8), [0], r"labels are int64 \[1\]: wanted is int64 \[2\]"),
        (np.zeros((1, 1, 2, 2), dtype=np.uint8), [0.5], "labels are float64"),
    ],
)
def test_images_of_another_kind_are_refused(array: np.ndarray, labels: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Images(array, np.array(labels))


def test_a_data_set_has_one_shape_and_a_name_for_every_label() -> None:
    good = Dataset("mine", images(), images(), ("a", "b", "c", "d"))
    assert good.shape == (1, 2, 2)
    assert good.classes == 4
    with pytest.raises(UserError, match=r"mine: the test part has labels 0…4, but there are 4 class names"):
        Dataset("mine", images(), images(5), ("a", "b", "c", "d"))
    with pytest.raises(UserError, match=r"training images are \(1, 2, 2\), test images \(3, 2, 2\)"):
        Dataset("mine", images(), images(shape=(3, 2, 2)), ("a", "b", "c", "d"))
    with pytest.raises(UserError, match="the train part holds no image"):
        Dataset("mine", images(0), images(), ("a", "b", "c", "d"))
