"""Augmentation against plain loops over images, and normalisation against numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.data.augment import NO_AUGMENTATION, Augmentation, Normalisation
from spikesearch.errors import UserError

IDENTITY = Normalisation((0.0,), (1 / 255,))  # leaves the bytes as they are


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_images(n: int, c: int, h: int, w: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (n, c, h, w), dtype=torch.uint8, generator=generator(seed))


def one_by_one(images: torch.Tensor, draws: torch.Tensor, pad: int, flip: bool, cutout: int) -> torch.Tensor:
    """The definition: pad, cut a window out, mirror, scale, zero a square, one image after another."""
    result = []
    for image, (top, left, mirrored, y, x) in zip(images.float(), draws.tolist(), strict=True):
        c, h, w = image.shape
        canvas = torch.zeros(c, h + 2 * pad, w + 2 * pad)
        canvas[:, pad : pad + h, pad : pad + w] = image
        window = canvas[:, top : top + h, left : left + w].clone()
        if flip and mirrored:
            window = torch.stack([window[:, :, w - 1 - column] for column in range(w)], dim=2)
        if cutout:
            first_row, first_column = y - cutout // 2, x - cutout // 2
            for row in range(max(first_row, 0), min(first_row + cutout, h)):
                for column in range(max(first_column, 0), min(first_column + cutout, w)):
                    window[:, row, column] = 0
        result.append(window)
    return torch.stack(result)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 5),
    c=st.integers(1, 3),
    h=st.integers(1, 9),
    w=st.integers(1, 9),
    pad=st.integers(0, 4),
    flip=st.booleans(),
    cutout=st.integers(0, 12),
    seed=st.integers(0, 1000),
)
def test_batches_equal_one_image_after_another(
    n: int, c: int, h: int, w: int, pad: int, flip: bool, cutout: int, seed: int
) -> None:
    images = random_images(n, c, h, w, seed)
    augmentation = Augmentation(pad=pad, flip=flip, cutout=cutout)
    draws = augmentation.draw(n, (c, h, w), generator(seed))
    normalisation = Normalisation((0.0,) * c, (1 / 255,) * c)
    found = augmentation.apply(images, draws, normalisation)
    assert torch.allclose(found, one_by_one(images, draws, pad, flip, cutout), atol=1e-3)


def test_every_offset_flip_and_centre_is_drawn_about_equally_often() -> None:
    draws = Augmentation(pad=4, flip=True, cutout=16).draw(90_000, (3, 32, 32), generator())
    for column, values in enumerate((9, 9, 2, 32, 32)):
        counts = torch.bincount(draws[:, column])
        assert len(counts) == values
        mean = 90_000 / values
        assert (counts - mean).abs().max() < 5 * mean**0.5


def test_draws_depend_on_nothing_but_the_generator() -> None:
    images = random_images(8, 3, 8, 8)
    normalisation = Normalisation((0.5,) * 3, (0.2,) * 3)
    augmentation = Augmentation(pad=2, flip=True, cutout=3)
    state = torch.random.get_rng_state()
    first = augmentation(images, normalisation, generator(5))
    assert torch.equal(first, augmentation(images, normalisation, generator(5)))
    assert not torch.equal(first, augmentation(images, normalisation, generator(6)))
    assert torch.equal(torch.random.get_rng_state(), state)
    # Without the hole the rest of the draw is the same.
    whole = Augmentation(pad=2, flip=True)(images, normalisation, generator(5))
    assert torch.equal(torch.where(first == 0, first, whole), first)
    assert (first == 0).any()


def test_cutout_fills_with_zero_after_normalisation() -> None:
    images = torch.full((4, 1, 8, 8), 255, dtype=torch.uint8)
    # (1 - 0.5) / 0.25 = 2 everywhere but in the hole
    found = Augmentation(pad=0, flip=False, cutout=4)(images, Normalisation((0.5,), (0.25,)), generator())
    assert set(found.unique().tolist()) == {0.0, 2.0}


def test_no_augmentation_normalises_only() -> None:
    images = random_images(3, 1, 4, 4)
    found = NO_AUGMENTATION(images, IDENTITY, generator())
    assert torch.equal(found.round(), images.float())


def test_normalisation_is_measured_exactly() -> None:
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 6, 5), dtype=np.uint8)
    found = Normalisation.measure(images)
    scaled = images.astype(np.float64) / 255
    assert found.mean == pytest.approx(scaled.mean((0, 2, 3)), rel=1e-12)
    assert found.std == pytest.approx(scaled.std((0, 2, 3)), rel=1e-12)
    x = found(torch.from_numpy(images)).double()
    assert x.dtype == torch.float64
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(3, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(x.std((0, 2, 3), correction=0), torch.ones(3, dtype=torch.float64), atol=1e-6)


def test_a_constant_channel_stays_constant() -> None:
    found = Normalisation.measure(np.full((2, 1, 3, 3), 51, dtype=np.uint8))
    assert found == Normalisation((0.2,), (1.0,))
    assert found(torch.full((1, 1, 1, 1), 102, dtype=torch.uint8)).item() == pytest.approx(0.2)


def test_normalisation_comes_back_and_refuses_nonsense() -> None:
    normalisation = Normalisation((0.1, 0.2), (0.3, 0.4))
    assert Normalisation.from_dict(normalisation.as_dict()) == normalisation
    for mean, std in (((0.1,), (0.3, 0.4)), ((0.1,), (0.0,)), ((float("nan"),), (1.0,)), ((), ())):
        with pytest.raises(UserError, match="one finite number for each channel, and every std above 0"):
            Normalisation(mean, std)
    with pytest.raises(UserError, match=r"images \[1, 3, 2, 2\] \[N, C, H, W\]: the normalisation has 2 channels"):
        normalisation(torch.zeros(1, 3, 2, 2, dtype=torch.uint8))


def test_negative_augmentation_is_refused() -> None:
    with pytest.raises(UserError, match="augmentation pad -1, cutout 0: pixels, 0"):
        Augmentation(pad=-1)
    with pytest.raises(UserError, match="cutout -2"):
        Augmentation(cutout=-2)


def random_frames(n: int, t: int, c: int, h: int, w: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 400, (n, t, c, h, w), dtype=torch.int16, generator=generator(seed))


def test_counts_stay_what_they_are_and_time_comes_first() -> None:
    frames = random_frames(3, 4, 2, 5, 6)
    normalisation = Normalisation.measure(frames.numpy())
    assert normalisation == Normalisation.counts(2)
    found = NO_AUGMENTATION.apply(frames, NO_AUGMENTATION.draw(3, (2, 5, 6), generator()), normalisation)
    assert found.dtype == torch.float32
    assert found.is_contiguous()
    assert torch.equal(found, frames.transpose(0, 1).float())
    assert torch.equal(normalisation(frames), found)
    # what a checkpoint keeps is the same
    assert torch.equal(Normalisation.from_dict(normalisation.as_dict())(frames), found)
    with pytest.raises(UserError, match=r"\[N, T, C, H, W\]: the normalisation has 2 channels"):
        normalisation(frames[:, :, :1])


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 4),
    t=st.integers(1, 4),
    pad=st.integers(0, 3),
    flip=st.booleans(),
    cutout=st.integers(0, 4),
    shift=st.integers(0, 5),
    seed=st.integers(0, 1000),
)
def test_all_frames_of_a_recording_are_changed_alike(
    n: int, t: int, pad: int, flip: bool, cutout: int, shift: int, seed: int
) -> None:
    frames = random_frames(n, t, 2, 5, 6, seed)
    augmentation = Augmentation(pad=pad, flip=flip, cutout=cutout, time_shift=shift)
    draws = augmentation.draw(n, (2, 5, 6), generator(seed))
    assert draws.shape == (n, 6 if shift else 5)
    assert torch.equal(draws[:, :5], Augmentation(pad=pad, flip=flip).draw(n, (2, 5, 6), generator(seed)))
    wanted = torch.zeros(t, n, 2, 5, 6)
    for recording in range(n):
        later = int(draws[recording, 5]) - shift if shift else 0
        for time in range(t):
            if 0 <= time - later < t:
                image = frames[recording, time - later][None]
                wanted[time, recording] = one_by_one(image, draws[recording : recording + 1, :5], pad, flip, cutout)[0]
    assert torch.equal(augmentation.apply(frames, draws, Normalisation.counts(2)), wanted)


def test_without_a_shift_in_time_nothing_tells_of_it() -> None:
    assert Augmentation().as_dict() == {"pad": 4, "flip": True, "cutout": 0}
    assert Augmentation(time_shift=2).as_dict()["time_shift"] == 2
    with pytest.raises(UserError, match="time_shift -1"):
        Augmentation(time_shift=-1)
