"""Frames of events as a data set: shapes, loading, and what is refused."""

import numpy as np
import pytest
import torch

from spikesearch.data.augment import NO_AUGMENTATION, Normalisation
from spikesearch.data.dataset import Dataset, Images
from spikesearch.data.datasets import event_keywords, limited, load_dataset
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.loader import TensorData, evaluation_batches, training_batches
from spikesearch.errors import UserError

FRAMES = np.random.default_rng(0).integers(0, 400, (20, 3, 2, 4, 5), dtype=np.int16)
LABELS = np.arange(20) % 2


def test_frames_know_their_shape() -> None:
    images = Images(FRAMES, LABELS)
    assert (images.shape, images.timesteps, len(images)) == ((2, 4, 5), 3, 20)
    assert Images(FRAMES[:, 0].astype(np.uint8), LABELS).timesteps is None
    dataset = Dataset("some", images, images, ("a", "b"))
    assert (dataset.shape, dataset.timesteps) == ((2, 4, 5), 3)
    assert limited(dataset, limit=10).train.images.shape == (10, 3, 2, 4, 5)
    other = Images(FRAMES[:, :2], LABELS)
    with pytest.raises(UserError, match="training and test images have 3 timesteps and 2 timesteps"):
        Dataset("some", images, other, ("a", "b"))
    with pytest.raises(
        UserError, match=r"images are int64 .* or for frames of events uint8 or int16 \[N, T, C, H, W\]"
    ):
        Images(FRAMES.astype(np.int64), LABELS)
    with pytest.raises(UserError, match=r"images are int16 \[20, 2, 4, 5\]"):
        Images(FRAMES[:, 0], LABELS)


def test_batches_have_time_first() -> None:
    data = TensorData.load(Images(FRAMES, LABELS), np.arange(4, 11))
    assert data.shape == (2, 4, 5)
    batches = list(evaluation_batches(data, 3, normalisation=Normalisation.counts(2)))
    assert [x.shape for x, _ in batches] == [(3, 3, 2, 4, 5), (3, 4, 2, 4, 5)]  # one is not left alone
    wanted = torch.from_numpy(FRAMES[4:11]).float().transpose(0, 1)
    assert torch.equal(torch.cat([x for x, _ in batches], 1), wanted)
    seen = list(
        training_batches(data, 4, normalisation=Normalisation.counts(2), augmentation=NO_AUGMENTATION, seed=1, epoch=0)
    )
    assert [x.shape[:2] for x, _ in seen] == [(3, 4), (3, 3)]
    assert torch.cat([x for x, _ in seen], 1).sum() == wanted.sum()


def test_settings_of_the_recipe_become_those_of_events() -> None:
    found = event_keywords(
        {"slices": "time", "window_ms": [0, 250], "denoise_ms": 2.0, "crop": 30, "sensor": [9, 8]}, 5
    )
    wanted = EventSettings(timesteps=5, slices="time", window_ms=(0.0, 250.0), denoise_ms=2.0, crop=30)
    assert found == {"events": wanted, "sensor": [9, 8], "cache": None}
    # what was written before there were events says nothing of them
    assert event_keywords({"name": "cifar10"}, 8)["events"] == EventSettings(timesteps=8)


def test_settings_of_events_are_refused_for_images() -> None:
    with pytest.raises(UserError, match=r"digits holds images: leave out data.slices, data.crop, which say how event"):
        load_dataset("digits", events=EventSettings(slices="time", crop=4))
    with pytest.raises(UserError, match=r"data.sensor = \[9, 9\]: the sensor of data set n-mnist is known"):
        load_dataset("n-mnist", "somewhere", sensor=[9, 9])
    assert len(load_dataset("digits", events=EventSettings(timesteps=3)).train) == 1438
