import json

import numpy as np
import pytest
from PIL import Image

from spikesearch import UserError, describe, load_run, search
from spikesearch.app import train


def test_architectures_are_trained_and_tested_in_a_run_of_their_own(cli, least, assignments, tmp_path):
    words = ["autosnn:skip", "SRB3 skip skip skip SCB3"]
    answer = cli("train", *words, "--run", tmp_path / "run", "--seed", 5, *assignments(least()), "--json")
    assert answer.code == 0
    texts = ["autosnn: skip skip skip skip skip", "autosnn: SRB_k3 skip skip skip SCB_k3"]
    assert [network["architecture"] for network in answer.json["networks"]] == texts
    assert [network["lam"] for network in answer.json["networks"]] == [None, None]
    run = load_run(tmp_path / "run")
    assert run.trials == []
    assert run.best.architecture == texts[0]
    assert all(text in run.report.read_text(encoding="utf-8") for text in texts)
    facts = cli("status", tmp_path / "run", "--json").json
    assert [phase["name"] for phase in facts["phases"]] == ["train", "report"]
    # A run that only trains can be trained again, too.
    assert (
        cli("train", tmp_path / "run", "--run", tmp_path / "again", "--json").json["networks"][0]["accuracy"]
        == (answer.json["networks"][0]["accuracy"])
    )


@pytest.mark.parametrize("words", [["0302", "0030", "3003", "0000"], ["snasnet:", "0302 0030", "3003/0000"]])
def test_a_cell_is_trained_with_the_neurons_of_its_space(words, cli, least, assignments, tmp_path):
    changes = {"network": {"hidden": 16, "channels": 2}, "train": {"loss": "cross-entropy"}}
    answer = cli("train", *words, "--run", tmp_path / "run", *assignments(least(**changes)), "--json")
    assert answer.code == 0
    assert [network["architecture"] for network in answer.json["networks"]] == ["snasnet: 0302 0030 3003 0000"]
    run = load_run(tmp_path / "run")
    network = run.config["network"]
    assert (network["neuron"], network["tau"], network["timesteps"], network["channels"]) == ("lif", 4 / 3, 2, 2)
    assert run.config["space"]["name"] == "snasnet-feedback"
    assert run.path.joinpath("checkpoints", "snasnet-0302-0030-3003-0000.safetensors").is_file()
    assert run.best.network().architecture == run.best.architecture
    again = cli("evaluate", tmp_path / "run", "--again", "--json").json[0]
    assert again["accuracy"] == run.best.accuracy
    assert "cell" in run.report.read_text(encoding="utf-8")


def test_networks_made_by_hand_are_trained_tested_and_reported_by_name(cli, least, assignments, tmp_path):
    changes = {"network": {"timesteps": 3}, "train": {"loss": "cross-entropy"}}
    words = ["CIFARNet-Fang", "vgg9-bntt"]
    answer = cli("train", *words, "--run", tmp_path / "run", *assignments(least(**changes)), "--json")
    assert answer.code == 0
    names = [word.lower() for word in words]
    assert [network["architecture"] for network in answer.json["networks"]] == names
    run = load_run(tmp_path / "run")
    assert {network.architecture: network.parameters for network in run.networks} == {
        name: describe(name, channels=2, timesteps=3, image=(1, 8, 8)).parameters for name in names
    }
    assert all(run.path.joinpath("checkpoints", f"{name}.safetensors").is_file() for name in names)
    page = run.report.read_text(encoding="utf-8")
    assert all(name in page for name in names)
    again = cli("evaluate", tmp_path / "run", "--again", "--json").json
    assert [network["accuracy"] for network in again] == [network.accuracy for network in run.networks]
    image = tmp_path / "digit.png"
    Image.new("L", (8, 8), 128).save(image)
    assert len(cli("predict", tmp_path / "run", image, "--json").json) == 1


def test_a_network_made_by_hand_that_does_not_fit_is_refused_before_anything_is_written(
    cli, least, assignments, tmp_path
):
    answer = cli("train", "vgg16-sbn", "--run", tmp_path / "run", *assignments(least()))
    assert answer.code == 2
    assert "image 1x8x8 is too small for vgg16-sbn" in answer.err
    assert "at least 32x32 pixels" in answer.err
    assert not (tmp_path / "run").exists()


def test_a_network_that_has_no_answer_at_each_timestep_refuses_the_loss_that_wants_them(least, tmp_path):
    rng = np.random.default_rng(0)
    pictures, labels = rng.integers(0, 256, (40, 1, 32, 32), dtype=np.uint8), np.arange(40) % 2
    for asked in ({"train": {"loss": "tet"}}, {"train": {"loss": "tet"}, "compare": {"architectures": ["vgg16-sbn"]}}):
        settings = least(data={"limit": 0, "test_limit": 0}, **asked)
        given = {"dataset": (pictures, labels, pictures, labels), "run": tmp_path / "run", "settings": settings}
        with pytest.raises(
            UserError, match=r"train\.loss = 'tet': it asks for an answer at each timestep, and vgg16-sbn"
        ):
            search(**given) if "compare" in asked else train("vgg16-sbn", **given)
        assert not (tmp_path / "run").exists()


def test_networks_of_cells_and_of_slots_in_one_run_have_the_neurons_of_the_recipes_space(
    cli, least, assignments, tmp_path
):
    words = ["snasnet: 0003 0000 0000 0000", "spikenas-bench:3", "autosnn:skip"]
    answer = cli("train", *words, "--run", tmp_path / "run", *assignments(least()), "--json")
    assert answer.code == 0
    network = load_run(tmp_path / "run").config["network"]
    assert (network["neuron"], network["tau"]) == ("plif", 2.0)


def test_the_winners_of_a_run_are_trained_with_its_settings_and_those_given(cli, finished_run, tmp_path):
    answer = cli("train", finished_run, "--run", tmp_path / "run", "--set", "search.batch_size=400", "--json")
    assert answer.code == 0
    winners = [winner.architecture for winner in load_run(finished_run).winners]
    assert [network["architecture"] for network in answer.json["networks"]] == list(dict.fromkeys(winners))
    config = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))
    theirs = json.loads((finished_run / "config.json").read_text(encoding="utf-8"))
    assert config["search"] == {**theirs["search"], "batch_size": 400}
    assert (config["train"], config["network"]) == (theirs["train"], theirs["network"])
    # Same seed, same data: the networks see the images that the search trained on …
    assert (tmp_path / "run" / "split.json").read_bytes() == (finished_run / "split.json").read_bytes()
    # … and become the same networks: their numbers do not depend on what else a run does.
    searched = {one.architecture: (one.accuracy, one.spikes_per_image) for one in load_run(finished_run).networks}
    for network in answer.json["networks"]:
        assert (network["accuracy"], network["spikes_per_image"]) == searched[network["architecture"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["autosnn: SRB3 SRB3"], "autosnn has 5 slots"),
        (["autosnn", "SRX3"], "SRX3"),
        (["runs/none"], "runs/none"),
    ],
)
def test_what_is_no_architecture_is_refused_before_anything_is_written(words, message, cli, tmp_path):
    answer = cli("train", *words, "--run", tmp_path / "run")
    assert answer.code == 2
    assert message in answer.err
    assert not (tmp_path / "run").exists()


def test_a_run_whose_search_is_not_finished_has_no_winners_yet(cli, copy_run, tmp_path):
    path = copy_run("finished", "winners.json", "results.json")
    answer = cli("train", path, "--run", tmp_path / "run")
    assert answer.code == 2
    assert f"the search of {path} is not finished: spikesearch resume {path}" in answer.err
