"""Splits: every class in proportion, the same for ever, and recorded."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.data.split import Split, stratified_part, stratified_split
from spikesearch.errors import UserError

label_lists = st.lists(st.integers(0, 9), min_size=2, max_size=300)


@given(labels=label_lists, fraction=st.floats(0.01, 0.99), seed=st.integers(0, 2**63 - 1))
def test_every_index_once_and_every_class_within_one(labels: list[int], fraction: float, seed: int) -> None:
    if not 0 < round(fraction * len(labels)) < len(labels):
        with pytest.raises(UserError, match="leaves one part empty"):
            stratified_split(labels, fraction, seed)
        return
    train, validation = stratified_split(labels, fraction, seed)
    assert sorted([*train, *validation]) == list(range(len(labels)))
    assert len(validation) == round(fraction * len(labels))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    array = np.array(labels)
    share = len(validation) / len(labels)
    for label in set(labels):
        assert abs((array[validation] == label).sum() - share * (array == label).sum()) < 1


def test_the_same_seed_gives_the_same_split_on_every_version() -> None:
    labels = np.arange(100) % 10
    train, validation = stratified_split(labels, 0.2, 7)
    again = stratified_split(labels, 0.2, 7)
    assert np.array_equal(train, again[0])
    # Recorded with numpy 2.4; legacy RandomState streams are frozen (NEP 19), so this never changes.
    assert validation.tolist() == RECORDED
    assert not np.array_equal(validation, stratified_split(labels, 0.2, 8)[1])


RECORDED = [0, 3, 8, 10, 15, 17, 31, 34, 35, 52, 56, 59, 63, 64, 68, 71, 72, 86, 97, 99]


def test_remainders_go_to_the_classes_that_lose_most() -> None:
    # 7 of 3 + 4 + 8 images: exact shares 1.4, 1.87, 3.73; rounded down 1 + 1 + 3, two left for .87 and .73
    labels = np.repeat([0, 1, 2], [3, 4, 8])
    part = stratified_part(labels, 7, 0)
    assert np.bincount(labels[part]).tolist() == [1, 2, 4]


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, float("nan")])
def test_a_fraction_must_leave_both_parts(fraction: float) -> None:
    with pytest.raises(UserError, match="strictly between 0 and 1"):
        stratified_split([0, 1, 0, 1], fraction, 0)


def test_a_recorded_split_comes_back_and_knows_its_data() -> None:
    labels = np.arange(50) % 5
    split = Split.make(labels, fraction=0.2, seed=3)
    back = Split.from_dict(json.loads(json.dumps(split.as_dict())))
    assert np.array_equal(back.train, split.train)
    assert np.array_equal(back.validation, split.validation)
    assert (back.seed, back.fraction, back.labels_sha256) == (3, 0.2, split.labels_sha256)
    back.check(labels)
    with pytest.raises(UserError, match="the recorded split belongs to other data: it divides 50 images"):
        back.check(labels[::-1].copy())


def test_a_damaged_record_is_refused() -> None:
    values = Split.make(np.arange(50) % 5, seed=3).as_dict()
    with pytest.raises(UserError, match="not a recorded split: KeyError"):
        Split.from_dict({key: value for key, value in values.items() if key != "train"})
    with pytest.raises(UserError, match="not a recorded split"):
        Split.from_dict({**values, "train": ["a"]})
    with pytest.raises(UserError, match="an image is missing from it or stands in it twice"):
        Split.from_dict({**values, "train": values["train"][1:]})


def test_split_records_are_immutable() -> None:
    split = Split.make(np.arange(50) % 5, seed=3)
    with pytest.raises(AttributeError):
        split.seed = 4  # type: ignore[misc]
    assert replace(split, seed=4).seed == 4
