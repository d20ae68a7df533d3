"""Kept prefixes: what comes out is what went in, in an eighth of a byte each, and no more memory than allowed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import UserError
from spikesearch.evaluation.prefixes import KeptPrefix, PackedSpikes, Prefix, PrefixStore

PLAN = get_space("autosnn").super_plan(Dimensions(channels=16, timesteps=8, image=(3, 32, 32)))
# Steps: stem, tbd1, ds1, tbd2, tbd3, ds2, tbd4, tbd5, ds3. Prefixes end before tbd2, tbd3, tbd4 and tbd5.
# Bytes of each for one image, T·C·H·W / 8: 16·16·16, 32·16·16, 32·8·8 and 64·8·8.
ONE, TWO, THREE, FOUR = 4096, 8192, 2048, 4096
STEM, A, B = (0, 0, 0), (0, 1, 0), (0, 2, 0)


def kept(choices: Prefix, size: int = 80) -> KeptPrefix:
    packed = PackedSpikes.pack(torch.ones(size))
    assert packed is not None
    return KeptPrefix(choices, (), (packed,))


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float64]),
    channels_last=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_spikes_come_back_as_they_were(shape: list[int], dtype: torch.dtype, channels_last: bool, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 2, shape, generator=generator).to(dtype)
    x = x.movedim(-1, len(shape) // 2) if channels_last else x
    packed = PackedSpikes.pack(x)
    assert packed is not None
    found = packed.unpack()
    assert packed.bits.numel() <= x.numel() // 8 + 1
    assert packed.exact
    assert torch.equal(found, x)
    assert (found.dtype, found.stride()) == (x.dtype, x.stride())


@pytest.mark.parametrize("value", [2.0, 0.5, -1.0, 257.0, float("nan")])
def test_what_is_no_spike_is_noticed(value: float) -> None:
    x = torch.tensor([0.0, 1.0, value, 1.0])
    packed = PackedSpikes.pack(x)
    assert packed is not None
    assert not packed.exact


def test_memory_with_gaps_is_not_packed() -> None:
    assert PackedSpikes.pack(torch.ones(4, 4)[:, :2]) is None


@pytest.mark.parametrize(
    ("limit", "held"),
    [
        (0, {}),
        (10 * ONE - 1, {}),
        (10 * ONE, {3: 1}),
        (10 * (5 * ONE + 7 * TWO) + 5, {3: 5, 4: 7}),
        (10 * (5 * ONE + 25 * TWO + 125 * THREE + 625 * FOUR), {3: 5, 4: 25, 6: 125, 7: 625}),
        (2**40, {3: 5, 4: 25, 6: 125, 7: 625}),
    ],
)
def test_short_prefixes_get_memory_first(limit: int, held: dict[int, int]) -> None:
    store = PrefixStore(PLAN, images=10, limit=limit)
    for length in range(1, 11):
        wanted = [(0, *(divmod(number, 5)), *[0] * 10)[:length] for number in range(25)]
        assert len(store.reserve(wanted)) == min(25, held.get(length, 0))


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(UserError, match=r"kept prefixes, -1 bytes: must be 0 \(keep nothing\) or more"):
        PrefixStore(PLAN, images=10, limit=-1)


def test_the_longest_kept_prefix_is_found() -> None:
    store = PrefixStore(PLAN, images=1)
    short, long = kept((0, 1, 0)), kept((0, 1, 0, 4))
    store.add(short)
    assert store.longest((0, 1, 0, 4, 2, 0, 3, 3, 0)) is short
    store.add(long)
    assert store.longest((0, 1, 0, 4, 2, 0, 3, 3, 0)) is long
    assert store.longest((0, 1, 0, 3, 2, 0, 3, 3, 0)) is short
    assert store.longest((0, 2, 0, 4, 2, 0, 3, 3, 0)) is None
    assert (len(store), store.bytes) == (2, 20)


def test_the_one_not_used_for_longest_makes_room() -> None:
    store = PrefixStore(PLAN, images=1, limit=2 * ONE)
    for choices in (STEM, A):
        assert store.reserve([choices]) == [choices]
        store.add(kept(choices))
    first = store.longest(STEM)
    assert first is not None
    store.touch(first)
    assert store.reserve([B]) == [B]
    assert store.longest(STEM) is first
    assert store.longest(A) is None
