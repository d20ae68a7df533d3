"""Every space and every stem goes through a whole search; a space of one's own too, interrupted and resumed."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from own_parts import BLOCKS
from spikesearch import load_run, search
from spikesearch.app import report, resume
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.architectures.text import parse
from spikesearch.data.dataset import Dataset, Images
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.measure import measure
from spikesearch.networks.supernet import Supernet
from spikesearch.training.checkpoints import load_checkpoint

LONG = pytest.mark.long


def striped(size: int) -> Dataset:
    """Images of two channels, as of events of both polarities: brighter in one channel or the other."""
    rng = np.random.default_rng(0)

    def part(count: int) -> Images:
        labels = np.arange(count, dtype=np.int64) % 2
        images = rng.integers(0, 120, (count, 2, size, size), dtype=np.uint8)
        images[np.arange(count), labels] += 100
        return Images(images, labels)

    return Dataset(f"striped-{size}", part(40), part(20), ("off", "on"))


def check(run, dataset, space):
    """Slots of the winner are measured with exactly the supernet's weights, and every candidate of a slot was used."""
    architecture = parse(run.best.architecture)
    assert run.best.architecture.startswith(f"{space}: ")
    supernet, info = load_checkpoint(run.path / "checkpoints" / "supernet.safetensors")
    assert isinstance(supernet, Supernet)
    network = supernet.extract(architecture)
    trial = next(trial for trial in run.trials if trial.architecture == run.best.architecture)
    chosen = json.loads((run.path / "split.json").read_text(encoding="utf-8"))["validation"]
    found = measure(network, TensorData.load(dataset.train, np.array(chosen)), normalisation=info.normalisation)
    assert (found.correct, found.spikes_per_image) == (trial.correct, trial.spikes_per_image)
    assert run.best.spikes_per_image > 0
    page = run.report.read_text(encoding="utf-8")
    assert run.best.architecture in page


@pytest.mark.parametrize(
    "space",
    [
        pytest.param("autosnn-snn2", marks=LONG),
        "autosnn-snn3",
        pytest.param("autosnn-snn4", marks=LONG),
        "autosnn-extra",
    ],
)
def test_every_space_is_searched(space, least, tmp_path):
    dataset = striped(8)
    settings = least(data={"limit": 0, "test_limit": 0}, network={"v_threshold": 0.1}, train={"repeats": 1})
    settings["compare"]["estimates"] = ["autosnn:SCB_k3", "SRB5 SRB5 skip SRB3 SRB5"]
    run = search(settings=settings, space=space, dataset=dataset, run=tmp_path / "run")
    check(run, dataset, space)
    (beside,) = json.loads((run.path / "winners.json").read_text(encoding="utf-8"))["comparisons"]
    assert beside["label"] == "all SCB_k3"
    assert beside["architecture"].startswith(f"{space}: SCB_k3 SCB_k3")
    assert beside["shared"]["images"] > 0
    log = (run.path / "log.txt").read_text(encoding="utf-8")
    assert "compare.estimates: SRB5 SRB5 skip SRB3 SRB5 left out: not in the space" in log
    assert len(run.trials) == 4
    slots = parse(run.best.architecture).slots
    assert len(slots) == (5 if space in ("autosnn-snn2", "autosnn-snn4") else 8)


@LONG
@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("space", ["autosnn", "autosnn-snn2", "autosnn-snn3", "autosnn-snn4", "autosnn-extra"])
def test_every_stem_is_searched(space, size, least, tmp_path):
    dataset = striped(size)
    settings = least(data={"limit": 0, "test_limit": 0}, network={"v_threshold": 0.1}, search={"batch_size": 8})
    run = search(settings=settings, space=space, dataset=dataset, run=tmp_path / "run")
    check(run, dataset, space)
    layers = [layer.name for layer in run.trials[0].layers]
    stems = {32: [], 64: ["stem_pool1.pool", "stem2.neuron"]}
    stems[128] = [*stems[64], "stem_pool2.pool"]
    assert layers[: 1 + len(stems[size])] == ["stem.neuron", *stems[size]]


@dataclass(frozen=True)
class OneMine(SlotSpace):
    """Architectures with exactly one of the user's own blocks."""

    def __contains__(self, architecture):
        return super().__contains__(architecture) and self.encode(architecture).count(2) == 1

    def __iter__(self):
        return (architecture for architecture in super().__iter__() if architecture in self)

    @property
    def size(self):
        return 5 * 2**4

    def sample(self, rng):
        while (drawn := super().sample(rng)) not in self:
            pass
        return drawn


def test_a_space_of_ones_own_survives_an_interruption(least, search_only, tmp_path):
    space = OneMine("one-mine", "autosnn", BLOCKS)
    keywords = {"settings": least(), "space": space, "constraints": ["parameters<=2k"]}
    stopped = search_only(run=tmp_path / "stopped", **keywords)
    run = resume(stopped.path, space=space)
    whole = search(run=tmp_path / "whole", **keywords)
    assert run.trials == whole.trials
    assert run.best.accuracy == whole.best.accuracy
    assert all(trial.architecture.split().count("MINE") == 1 for trial in run.trials)
    assert run.config["facts"]["space"] == "one-mine"
    assert run.config["facts"]["space_size"] == 80
    assert 0 < run.config["facts"]["feasible"] < 80
    report(run.path, blocks=BLOCKS)
    assert "MINE" in load_run(run.path).report.read_text(encoding="utf-8")
