import shutil

import pytest

from spikesearch import load_run

FIGURES = ("architecture", "accuracy", "spikes_per_image", "firing_rate")


def test_the_stored_figures_are_shown_and_nothing_is_measured(cli, finished_run):
    log = (finished_run / "log.txt").read_bytes()
    answer = cli("evaluate", finished_run, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == [network.as_dict() for network in load_run(finished_run).networks]
    assert (finished_run / "log.txt").read_bytes() == log


def test_again_measures_the_same_and_the_run_logs_it(cli, copy_run):
    path = copy_run()
    answer = cli("evaluate", path, "--again", "--json")
    assert answer.json == cli("evaluate", path, "--json").json
    log = (path / "log.txt").read_text(encoding="utf-8")
    for network in answer.json:
        assert f"test part read again for {network['architecture']}: accuracy {network['accuracy']:.4f}" in log


def test_a_checkpoint_alone_is_enough(cli, finished_run, tmp_path):
    """It holds the architecture, the keywords, the normalisation and the data it was tested on."""
    best = load_run(finished_run).best
    shutil.copy(best.checkpoint, tmp_path / "mine.safetensors")
    stored = cli("evaluate", tmp_path / "mine.safetensors", "--json").json
    again = cli("evaluate", tmp_path / "mine.safetensors", "--again", "--json").json
    assert stored == again
    assert [stored[0][name] for name in FIGURES] == [getattr(best, name) for name in FIGURES]
    assert (stored[0]["parameters"], stored[0]["macs"]) == (best.parameters, best.macs)


def test_the_table(cli, finished_run):
    answer = cli("evaluate", finished_run)
    assert [line.split()[0] for line in answer.out.splitlines()] == ["network", "λ", "λ", "all"]


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_what_holds_no_trained_network_is_refused(again, cli, finished_run, copy_run, tmp_path):
    supernet = finished_run / "checkpoints" / "supernet.safetensors"
    cases = {
        supernet: f"{supernet} holds no trained and tested network: give a run, or a checkpoint that training wrote",
        tmp_path / "none": str(tmp_path / "none"),
        tmp_path: f"{tmp_path} is not a run",
        copy_run("results.json"): "has trained nothing yet: spikesearch resume",
        finished_run / "config.json": "config.json",
    }
    for target, message in cases.items():
        answer = cli("evaluate", target, *again)
        assert answer.code == 2
        assert message in answer.err
