"""Searches on recordings of event cameras, from the files to a network measured again."""

from pathlib import Path

import numpy as np
import pytest
import torch

from event_writers import write_n_mnist
from spikesearch import UserError, load_run, search
from spikesearch.app import evaluate
from spikesearch.config.reading import load_config, read_recipe
from spikesearch.data.events.n_mnist import load_n_mnist
from spikesearch.data.events.settings import EventSettings
from spikesearch.results import Run


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("n-mnist")
    write_n_mnist(folder, recordings=5)
    return folder


@pytest.fixture(scope="module")
def settings(least, tmp_path_factory: pytest.TempPathFactory):
    """Of the smallest search on them."""
    data = {"name": "n-mnist", "cache": str(tmp_path_factory.mktemp("cache")), "limit": 0, "test_limit": 0}
    augmentation = {"pad": 2, "flip": True, "time_shift": 1}
    return lambda **changes: least(
        data=data | changes.pop("data", {}), supernet=augmentation, train=augmentation, **changes
    )


@pytest.fixture(scope="module")
def run(recordings: Path, settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The recipe for events, made smaller, with its comparison."""
    path = tmp_path_factory.mktemp("runs") / "run"
    compared = {"architectures": load_config(read_recipe("n-mnist-small")).compare.architectures}
    wanted = settings(network={"timesteps": 3}, search={"recalibrate": 16}, compare=compared)
    return search("n-mnist-small", settings=wanted, data=recordings, run=path)


def test_the_recipe_compares_with_a_network_made_for_events(run: Run) -> None:
    winner, other = run.networks
    assert other.architecture == "dvs-cifarnet-fang"
    both = [one.network().network.dimensions for one in (winner, other)]
    assert both[0] == both[1]  # one width, one T, the same frames
    layers = {layer.name: layer for layer in other.network().network.plan.layers()}
    assert (layers["pool4.pool"].output, layers["fc1.linear"].parameters) == ((2, 2, 2), 2 * 2 * 2 * 4 * 2)


def test_the_stem_takes_frames_of_34_pixels(run: Run) -> None:
    dimensions = run.config["facts"]["dimensions"]
    assert (dimensions["image"], dimensions["events"], dimensions["timesteps"]) == ([2, 34, 34], True, 3)
    network = run.best.network()
    assert [step.name for step in network.network.plan.steps][:2] == ["stem", "tbd1"]
    layers = {layer.name: layer for layer in network.network.plan.layers()}
    assert layers["stem.conv"].applications == 3  # at every timestep


def test_the_network_takes_counts_and_gives_what_was_measured(run: Run, recordings: Path, settings) -> None:
    network = run.best.network()
    data = load_n_mnist(recordings, EventSettings(timesteps=3), settings()["data"]["cache"])
    frames = torch.from_numpy(data.test.images).transpose(0, 1)  # [T, N, C, H, W], uint8
    with torch.inference_mode():
        rates = network(frames)
        assert torch.equal(network(frames.float()), rates)
        assert torch.equal(network(frames.to(torch.int16)), rates)
    assert rates.shape == (50, 10)
    again = evaluate(run.path, again=True)[0]
    assert again.accuracy == run.best.accuracy
    assert again.spikes_per_image == run.best.spikes_per_image


def test_a_search_is_the_same_without_its_cache_and_by_two_processes(
    run: Run, recordings: Path, settings, tmp_path: Path
) -> None:
    wanted = settings(
        data={"cache": str(tmp_path / "other")},
        network={"timesteps": 3},
        search={"recalibrate": 16},
        run={"workers": 2},
    )
    other = search("n-mnist-small", settings=wanted, data=recordings, run=tmp_path / "run")
    assert [trial.spikes_per_image for trial in other.trials] == [trial.spikes_per_image for trial in run.trials]
    assert other.best.accuracy == run.best.accuracy
    assert load_run(tmp_path / "run").config["data"]["cache"] == str(tmp_path / "other")


def test_shifts_that_cannot_be_are_refused(recordings: Path, settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"supernet.time_shift = 1: only event data have frames to move"):
        search(settings={"supernet": {"time_shift": 1}}, run=tmp_path / "run")
    with pytest.raises(UserError, match=r"supernet.time_shift = 1: recordings have 1 frames, and none would be left"):
        search(settings=settings(network={"timesteps": 1}), data=recordings, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_frames_of_ones_own_decide_the_timesteps(recordings: Path, settings, tmp_path: Path) -> None:
    data = load_n_mnist(recordings, EventSettings(timesteps=5), settings()["data"]["cache"])
    wanted = settings(network={"timesteps": 4}, data={"name": "digits"})
    with pytest.raises(UserError, match=r"network.timesteps = 4: data set n-mnist has 5 frames a recording"):
        search(settings=wanted, dataset=data, run=tmp_path / "run")
    assert np.asarray(data.train.images).shape == (50, 5, 2, 34, 34)
