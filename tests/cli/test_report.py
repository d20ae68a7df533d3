import pytest

from spikesearch import load_run


def test_a_report_is_written_anew(cli, copy_run):
    path = copy_run("report.html", "figures/*")
    answer = cli("report", path, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {"report": str(path / "report.html")}
    text = (path / "report.html").read_text(encoding="utf-8")
    for network in load_run(path).networks:
        assert network.architecture in text
    assert {file.suffix for file in (path / "figures").iterdir()} == {".svg", ".png"}
    # One self-contained page: nothing is fetched.
    assert "<script src" not in text
    assert 'href="http' not in text


@pytest.mark.parametrize("killed_in", ["supernet", "search", "train"])
def test_an_unfinished_run_has_a_report_too(killed_in, cli, copy_run):
    gone = {
        "train": ["results.json"],
        "search": ["results.json", "winners.json", "checkpoints/autosnn-*"],
        "supernet": ["results.json", "winners.json", "study.db", "checkpoints/*"],
    }
    path = copy_run("finished", "report.html", "figures/*", *gone[killed_in])
    answer = cli("report", path)
    assert (answer.code, answer.out) == (0, f"{path / 'report.html'}\n")
    assert f"spikesearch resume {path}" in (path / "report.html").read_text(encoding="utf-8")


def test_there_must_be_a_run(cli, tmp_path):
    assert cli("report", tmp_path / "none").code == 2
