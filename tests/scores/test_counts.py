from spikesearch import describe
from spikesearch.architectures.text import parse
from spikesearch.scores.scorer import Scorer


def test_counts_are_those_of_describe(scorer):
    architecture = parse("spikenas-bench:12617")
    made = scorer(["parameters", "macs", "depth"], architecture)
    told = describe(architecture, channels=4, timesteps=3, classes=3, image=(1, 8, 8), votes=2)
    found = next(made.scores([architecture]))
    assert found["parameters"] == told.parameters
    assert found["macs"] == told.macs
    assert isinstance(made, Scorer)


def test_depth_counts_neuron_layers(scorer):
    # SCB has two in each of five slots; the stem and the fully connected layer have one each
    architecture = parse("autosnn:SCB_k3")
    assert next(scorer(["depth"], architecture).scores([architecture])) == {"depth": 12.0}


def test_counts_need_no_images(scorer, pool):
    architecture = parse("autosnn:SCB_k3")
    made = scorer(["parameters"], architecture, images=pool[0][:0], labels=None)
    assert next(made.scores([architecture]))["parameters"] > 0
