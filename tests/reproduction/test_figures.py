"""The store: one file for each figure, found by everything that its numbers depend on."""

import json
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError
from spikesearch.config.reading import load_config, read_recipe
from spikesearch.config.sections import Config
from spikesearch.reproduction.figures import Key, Store, search_key, training_key

TEXT = "autosnn: skip skip skip skip SRB_k3"


def config(**changes: Any) -> Config:
    return load_config(read_recipe("digits"), changes)


def key(**changes: Any) -> Key:
    return training_key(config(**changes), TEXT, "one")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read(key()) is None
    store.write(key(), {"repeats": [1]})
    assert (store.read(key()) or {})["repeats"] == [1]


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"channels": 4}},
        {"data": {"limit": 100}},
        {"train": {"epochs": 2}},
        {"train": {"spike_penalty": 0.1}},
        {"run": {"seed": 1}},
        {"run": {"precision": "bf16"}},
    ],
)
def test_what_numbers_depend_on_makes_another_file(changes: dict[str, Any]) -> None:
    assert key(**changes).file != key().file


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"folder": "/elsewhere"}},
        {"train": {"repeats": 3}},
        {"train": {"choose": "front"}},
        {"search": {"rounds": 3}},
        {"supernet": {"epochs": 3}},
        {"run": {"workers": 2, "threads": 1}},
    ],
)
def test_what_they_do_not_depend_on_makes_none(changes: dict[str, Any]) -> None:
    assert key(**changes).file == key().file


def test_a_search_does_not_depend_on_training() -> None:
    assert search_key(config(train={"epochs": 2}), "s").file == search_key(config(), "s").file
    assert search_key(config(supernet={"epochs": 2}), "s").file != search_key(config(), "s").file


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"repeats": []}'])
def test_a_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(key(), {})
    (store.figures / key().file).write_text(text)
    with pytest.raises(UserError, match=r"trained-one-\w+\.json is damaged .* remove it"):
        store.read(key())


def test_a_file_of_other_settings_is_not_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(key(), {})
    path = store.figures / key().file
    found = json.loads(path.read_text())
    found["settings"]["train"]["epochs"] = 999
    path.write_text(json.dumps(found))
    with pytest.raises(UserError, match="is of other settings than its name says"):
        store.read(key())
