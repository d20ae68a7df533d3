"""A search on ordinary networks from data to report, and its winner trained as a spiking network (AutoSNN Table 7)."""

import pytest
import torch

from spikesearch import UserError, build, describe, load_run, predict, search
from spikesearch.app import estimate, evaluate, list_runs, resume, status, train
from spikesearch.cli.main import run as cli
from spikesearch.data.datasets import load_dataset
from spikesearch.studies.progress import Reporter
from spikesearch.training.checkpoints import load_checkpoint

_LOSS = {"loss": "cross-entropy"}
SETTINGS = {"network": {"neuron": "relu", "timesteps": 1}, "supernet": _LOSS, "train": _LOSS, "search": {"lam": 0.0}}


@pytest.fixture
def cli_lines(capsys):
    """What a command that must succeed prints."""

    def lines(*words):
        capsys.readouterr()
        assert cli([str(word) for word in words]) == 0
        return capsys.readouterr().out.splitlines()

    return lines


@pytest.fixture(scope="module")
def ordinary(least, search_only, tmp_path_factory):
    """A finished run, interrupted before the winner was trained and resumed."""
    path = tmp_path_factory.mktemp("ordinary") / "run"
    settings = least(
        **SETTINGS,
        compare={"architectures": ["autosnn:SCB_k3", "autosnn:skip", "cifarnet-fang"], "random_estimates": 1},
    )
    interrupted = search_only(settings=settings, run=path)
    assert len(interrupted.trials) == 4
    return resume(path)


def test_accuracy_alone_decides(ordinary):
    best = max(ordinary.trials, key=lambda trial: (trial.accuracy, [-ord(letter) for letter in trial.architecture]))
    assert ordinary.best.architecture == best.architecture
    assert all(trial.fitness == trial.accuracy and trial.spikes_per_image == 0.0 for trial in ordinary.trials)
    supernet, info = load_checkpoint(ordinary.path / "checkpoints" / "supernet.safetensors")
    assert info.extra["average_spikes"] == 0
    assert supernet.dimensions.as_dict() | {"image": []} == ordinary.config["facts"]["dimensions"] | {"image": []}


def test_no_figure_of_it_is_a_number_of_spikes(ordinary, cli_lines):
    best = ordinary.best
    assert [one.label for one in ordinary.networks] == ["λ = 0", "all SCB_k3", "all skip", "cifarnet-fang"]
    assert (best.spiking, best.spikes_per_image, best.firing_rate) == (False, 0.0, 0.0)
    small = {"channels": 2, "image": (1, 8, 8), "neuron": "relu"}
    assert best.parameters == describe(best.architecture, **small).parameters
    assert [one.accuracy for one in evaluate(ordinary.path, again=True)] == [one.accuracy for one in ordinary.networks]
    assert not evaluate(best.checkpoint)[0].spiking
    lines = cli_lines("evaluate", ordinary.path)
    assert lines[1].split()[-3:-1] == ["–", "–"]
    assert "–: an ordinary network, with ReLUs for neurons, has no spikes" in lines
    (listed,) = list_runs(ordinary.path.parent)
    assert listed.spikes_per_image is None
    assert cli_lines("runs", ordinary.path.parent)[1].endswith("–")
    assert "spike" not in "".join(status(ordinary.path)["best"])
    ranks = str(ordinary.rank_correlation)
    assert "over 3 networks" in ranks
    assert "spikes" not in ranks


def test_its_report_says_that_nothing_spikes(ordinary):
    page = ordinary.report.read_text(encoding="utf-8")
    assert "test accuracy as an ordinary network, with ReLUs for neurons" in page
    assert "nothing in them spikes" in page
    assert "<td>–</td><td>–</td>" in page
    for absent in ("emits no spike", "N_avg", "Accuracy against spikes", "per image (", "nan"):
        assert absent not in page
    figures = {path.stem for path in (ordinary.path / "figures").iterdir()}
    assert figures == {"winner", "history", "curves"}


def test_predict_gives_a_softmax(ordinary, cli_lines, tmp_path):
    from PIL import Image

    images = load_dataset("digits").test.images[:2]
    found = predict(ordinary.path, images)
    logits = ordinary.best.network()(torch.from_numpy(images)).detach()
    for one, expected in zip(found, logits.softmax(1), strict=True):
        assert {each.label: each.rate for each in one.classes} == pytest.approx(dict(enumerate(expected.tolist())))
    for one in found:
        assert (one.spiking, one.spikes, one.best) == (False, 0, one.classes[0])
        assert sum(each.rate for each in one.classes) == pytest.approx(1)
    Image.fromarray(images[0][0]).save(tmp_path / "a.png")
    lines = cli_lines("predict", ordinary.path, tmp_path / "a.png")
    assert lines[0].split() == ["file", "class", "softmax"]
    assert f"{100 * found[0].classes[0].rate:.1f}%" in lines[1]
    assert "it has no spikes" in lines[-1]


def test_every_architecture_is_measured_where_all_are_asked_for(least, search_only, tmp_path):
    settings = least(**SETTINGS, space={"candidates": ["skip", "SRB_k3"]})
    settings["search"] |= {"strategy": "exhaustive", "constraints": ["parameters<=2k"]}
    run = search_only(settings=settings, run=tmp_path / "run")
    assert 1 < len(run.trials) < 2**5
    keywords = {"channels": 2, "image": (1, 8, 8), "neuron": "relu"}
    assert all(describe(trial.architecture, **keywords).parameters <= 2000 for trial in run.trials)


def test_what_it_will_take_is_said_before(least, tmp_path):
    config, expected = estimate(settings=least(**SETTINGS))
    assert (config.network.neuron, config.network.timesteps, config.network.votes) == ("relu", 1, 10)
    assert config.run.compile is False
    assert set(expected.as_dict()["seconds"]) == {"supernet", "search", "train"}


def test_its_winner_is_trained_as_a_spiking_network(ordinary, cli_lines, tmp_path):
    words = ["network.neuron=plif", "network.timesteps=4", "train.loss=mse", "network.v_threshold=0.2"]
    given = [word for setting in words for word in ("--set", setting)]
    cli_lines("train", ordinary.path, *given, "--run", tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert run.best.architecture == ordinary.best.architecture
    network = run.config["network"]
    assert (network["neuron"], network["timesteps"], network["votes"]) == ("plif", 4, 10)
    assert run.config["train"]["loss"] == "mse"
    assert (run.best.spiking, run.best.spikes_per_image > 0) == (True, True)
    expected = build(run.best.architecture, channels=2, timesteps=4, image=(1, 8, 8))
    assert run.best.parameters == sum(parameter.numel() for parameter in expected.parameters())


def test_what_was_nobodys_choice_becomes_the_default_again(ordinary, tmp_path):
    notes = []

    class Stop(Reporter):
        def note(self, text):
            notes.append(text)

        def phase(self, title, total, done=0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(str(ordinary.path), settings={"network": {"neuron": "lif"}}, run=tmp_path / "run", reporter=Stop())
    config = load_run(tmp_path / "run").config
    assert (config["network"]["timesteps"], config["train"]["loss"]) == (8, "mse")
    told = "they are trained as spiking ones, lif, T = 8, train.loss = 'mse'"
    assert f"{ordinary.path} found ordinary networks: {told}" in notes
    # what the report says to repeat it is these and the recipe, which alone would say otherwise
    changes = {"network": {"neuron": "lif", "timesteps": 8}, "train": {"loss": "mse"}}
    assert config["settings"] | {"run": {}} == changes | {"run": {}}


def test_its_weights_are_no_start_for_a_spiking_network(ordinary, tmp_path):
    settings = {"network": {"neuron": "plif"}, "train": {"warm_start": True}}
    with pytest.raises(UserError, match=r"(?s)does not fit this search; they differ in.*network.neuron: 'relu' there"):
        train(str(ordinary.path), settings=settings, run=tmp_path / "run")


def test_there_is_no_front_of_it(ordinary, tmp_path):
    with pytest.raises(UserError, match=r"no front of accuracy and spikes: take --top K"):
        train(str(ordinary.path), front=True, run=tmp_path / "run")


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            {"network": {"neuron": "relu", "timesteps": 4}},
            [
                "network.timesteps = 4: they run once for an image; give 1, or leave it out",
                "supernet.loss = 'mse': their outputs are no firing rates; give 'cross-entropy'",
                "train.loss = 'mse': their outputs are no firing rates; give 'cross-entropy'",
                "search.lam = -0.08: λ weighs spikes, here accuracy alone is the fitness; give search.lam = 0",
            ],
        ),
        ({"train": {"loss": "tet"}}, ["train.loss = 'tet': their outputs are no firing rates; give 'cross-entropy'"]),
        ({"supernet": {"spike_penalty": 0.1}}, ["supernet.spike_penalty = 0.1: there are no spikes to make few"]),
        ({"search": {"lam": [0.0, -0.1]}}, ["search.lam = [0.0, -0.1]: λ weighs spikes"]),
        ({"search": {"racing": True}}, ["search.racing = true: candidates race by their spikes too; leave it out"]),
        (
            {"search": {"constraints": ["spikes<=50k", "accuracy>=50%", "macs<=1M"]}},
            ["search.constraints, spikes<=50000: only parameters and macs", "search.constraints, accuracy>=0.5: only"],
        ),
        ({"search": {"score": "sahd"}}, ["search.score = 'sahd': it is computed on spiking networks; give one of"]),
        ({"search": {"first_stage": 9, "keep": 3}}, ["search.score = 'spike-paths': it is computed on spiking"]),
        ({"train": {"choose": "front"}}, ["train.choose = 'front': there is no front"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_only_spiking_networks_have_is_refused(settings, lines, least, tmp_path):
    laid = least(**({} if "network" in settings else SETTINGS))
    for section, values in settings.items():
        laid[section] = laid.get(section, {}) | values
    with pytest.raises(UserError) as refused:
        search(settings=laid, run=tmp_path / "run")
    first, *found = str(refused.value).splitlines()
    assert first.startswith("network.neuron = 'relu' makes ordinary networks, in which nothing spikes")
    assert [line.strip()[: len(wanted)] for line, wanted in zip(found, lines, strict=True)] == lines
    assert not (tmp_path / "run").exists()


def test_an_objective_of_ones_own_and_cells_are_refused(least, tmp_path):
    with pytest.raises(UserError, match="an objective of your own: it would get no spikes"):
        search(settings=least(**SETTINGS), objective=lambda accuracy, *others: accuracy, run=tmp_path / "run")
    cells = least(**SETTINGS, space={"name": "snasnet-forward"})
    cells["search"] |= {"score": "parameters"}
    with pytest.raises(UserError, match="neuron='relu' with a network of cells"):
        search(settings=cells, run=tmp_path / "run")
