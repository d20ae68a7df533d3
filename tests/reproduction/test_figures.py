"""The store: one file for each figure, found by everything that its numbers depend on."""

import json
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError
from spikesearch.config.reading import load_config, read_recipe
from spikesearch.config.sections import Config
from spikesearch.reproduction.figure_values import Figure, ScoredFigure, SearchedFigure, SilenceFigure, TrainedFigure
from spikesearch.reproduction.figures import Key, Store, search_key, training_key

TEXT = "autosnn: skip skip skip skip SRB_k3"


def config(**changes: Any) -> Config:
    return load_config(read_recipe("digits"), changes)


def key(**changes: Any) -> Key:
    return training_key(config(**changes), TEXT, "one")


def trained(**changes: Any) -> dict[str, Any]:
    layers = [["stem.neuron", 64, 20.0, 0.1], ["fc.neuron", 100, 5.0, 0.05]]
    one = {"accuracy": 0.5, "validation_accuracy": None, "spikes_per_image": 25.0, "firing_rate": 0.1, "layers": layers}
    return {"parameters": 10, "macs": 20, "repeats": [one | changes], "seconds": 1.5}


def searched(**changes: Any) -> dict[str, Any]:
    values = {"average_spikes": 30.0, "space": "autosnn", "candidates": ["skip", "SRB_k3"], "seconds": {"search": 1.0}}
    return values | {"count": 2, "trials": [["00001", 0.5, 20.0], ["00010", 0.4, 10.0]]} | changes


def scored(**changes: Any) -> dict[str, Any]:
    scores = [["snasnet: 0003 0000 0000 0000", 1.5], ["snasnet: 0303 0003 0000 0000", -2.0]]
    return {"seconds": {"search": 1.0}, "scores": scores} | changes


def read_again(tmp_path: Path, kind: type[Figure], values: dict[str, Any], settings: dict[str, Any]) -> Figure | None:
    """From a file that nobody checked when it was written."""
    store, one = Store(tmp_path), Key("one", settings)
    store.figures.mkdir(parents=True)
    (store.figures / one.file).write_text(json.dumps({"settings": settings, **values}))
    return store.read(one, kind)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read(key(), TrainedFigure) is None
    written = store.write(key(), TrainedFigure, trained())
    assert store.read(key(), TrainedFigure) == written
    assert written.repeats[0].layers[1] == ("fc.neuron", 100, 5.0, 0.05)


def test_names_of_files_have_neither_commas_nor_blanks() -> None:
    assert Key("searched-sahd-digits, 10x10-0", {}).file.startswith("searched-sahd-digits-10x10-0-")
    assert Key("trained-autosnn-SRB5_e1.2", {}).file.startswith("trained-autosnn-SRB5_e1.2-")


def test_committed_figures_are_read(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "docs" / "results" / "reproduce" / "small" / "figures"
    for path in folder.glob("trained-*.json"):
        assert TrainedFigure.model_validate_json(path.read_bytes()).repeats
    for path in folder.glob("searched-*.json"):
        kind = SearchedFigure if path.name.startswith("searched-autosnn") else ScoredFigure
        assert kind.model_validate_json(path.read_bytes()).seconds


@pytest.mark.parametrize(
    ("kind", "values", "fault"),
    [
        (TrainedFigure, trained(accuracy=5.0), r"repeats\.0\.accuracy: .* less than or equal to 1"),
        (TrainedFigure, trained(accuracy="0.5"), r"repeats\.0\.accuracy: .* valid number"),
        (TrainedFigure, trained(accuracy=float("nan")), r"repeats\.0\.accuracy: .* finite"),
        (TrainedFigure, trained(spikes_per_image=-1.0), r"repeats\.0\.spikes_per_image"),
        (TrainedFigure, trained(layers=[]), r"repeats\.0\.layers"),
        (TrainedFigure, trained() | {"repeats": []}, "repeats: "),
        (TrainedFigure, {"parameters": 1, "macs": 1, "seconds": 1.0}, "repeats: Field required"),
        (
            TrainedFigure,
            trained() | {"repeats": [*trained()["repeats"], *trained(layers=[["x", 1, 1.0, 1.0]])["repeats"]]},
            "different layers",
        ),
        (SearchedFigure, searched(trials=[]), "trials"),
        (SearchedFigure, searched(trials=[["00001", 0.5, 20.0]]), "1 candidates, of 2 that were measured"),
        (SearchedFigure, searched(average_spikes=0.0), "average_spikes is 0"),
        (SearchedFigure, searched(trials=[["00001", 0.5, 20.0], ["00012", 0.4, 10.0]]), "code '00012'"),
        (SearchedFigure, searched(candidates=["skip", "no_block"]), "no_block"),
        (SearchedFigure, searched(seconds={}), "seconds of the search are missing"),
        (ScoredFigure, scored(scores=[["snasnet: 0003 0000 0000 0000", "high"]]), r"scores\.0\.1"),
        (ScoredFigure, scored(count=3), "2 candidates, of 3"),
        (SilenceFigure, {"lif": {"a": [[0.1, 0.2]]}}, "relu: Field required"),
        (SilenceFigure, {"lif": {"a": [[0.1, 0.2]]}, "relu": {"b": [[0.1, 0.2]]}}, "different layers"),
        (SilenceFigure, {"lif": {"a": [[0.1, 0.2]]}, "relu": {"a": [[0.1, 0.2, 0.3]]}}, "values of the same images"),
        (SilenceFigure, {"lif": {"a": [[0.1, 2.0]]}, "relu": {"a": [[0.1, 0.2]]}}, "less than or equal to 1"),
    ],
)
def test_values_that_cannot_be_are_refused(
    kind: type[Figure], values: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"one-\w+\.json is damaged \(.*{fault}.*\): remove it, and it is measured"):
        read_again(tmp_path, kind, values, {})


def test_a_whole_space_has_all_of_its_candidates(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2 candidates, of 32 that the space has"):
        read_again(tmp_path, SearchedFigure, searched(), {"search": {"strategy": "exhaustive"}})


def test_figures_without_a_key_that_came_later_are_read(tmp_path: Path) -> None:
    values = {name: value for name, value in searched().items() if name != "count"}
    assert isinstance(read_again(tmp_path, SearchedFigure, values, {}), SearchedFigure)


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


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"repeats": []}', "\udcff"])
def test_a_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(key(), TrainedFigure, trained())
    (store.figures / key().file).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"trained-one-\w+\.json is damaged .* remove it"):
        store.read(key(), TrainedFigure)


def test_a_file_of_other_settings_is_not_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(key(), TrainedFigure, trained())
    path = store.figures / key().file
    found = json.loads(path.read_text())
    found["settings"]["train"]["epochs"] = 999
    path.write_text(json.dumps(found))
    with pytest.raises(UserError, match="is of other settings than its name says"):
        store.read(key(), TrainedFigure)
