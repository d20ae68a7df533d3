"""`spikesearch data`: what a data set is, and fetching one."""

import pytest

from event_writers import write_n_mnist
from spikesearch.data import download
from spikesearch.data.download import Remote


@pytest.fixture
def recordings(tmp_path, monkeypatch):
    write_n_mnist(tmp_path / "n-mnist")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "n-mnist"


def test_a_data_set_can_be_looked_at(cli, recordings, tmp_path):
    answer = cli("data", "check", "n-mnist", "--data", recordings, "--set", "network.timesteps=3")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err) == (0, "cutting frames: 40 recordings\n")
    assert lines[0] == "n-mnist: recordings of 3 frames, 2 channels of 34×34, 10 classes"
    assert [line.split()[:3] for line in lines[3:5]] == [["train", "20", "2"], ["test", "20", "2"]]
    assert "train: 20…29 events a recording, 24 on average, in 19…28 ms" in lines
    assert lines[-1] == "contact sheet: n-mnist.png"
    assert (tmp_path / "n-mnist.png").is_file()
    assert len(list((tmp_path / "cache" / "spikesearch" / "events").glob("n-mnist-*"))) == 1


def test_the_same_as_json(cli, recordings, tmp_path):
    found = cli("data", "check", "n-mnist", "--data", recordings, "--sheet", tmp_path / "sheet.png", "--json").json
    assert (found["image"], found["timesteps"], found["classes"]) == ([2, 34, 34], 8, 10)
    assert found["parts"]["train"]["class_images"] == [2] * 10
    assert found["parts"]["test"]["events"] == [20, 24.5, 29]
    assert found["sheet"] == str(tmp_path / "sheet.png")
    digits = cli("data", "check", "digits", "--sheet", tmp_path / "digits.png", "--json").json
    assert digits["parts"]["test"]["images"] == 359
    assert digits["sheet_classes"] == 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "unknown data set 'nothing'"),
        (("nmnist",), "(did you mean 'n-mnist'?)"),
        (("svhn",), "needs a folder"),
        (("digits", "--set", "search.lam=0"), "--set search: a data set depends on the keys of [data] and on"),
        (("digits", "--set", "network.channels=4"), "--set network.channels: a data set depends"),
        (("digits", "--set", "data.crop=3"), "leave out data.crop"),
        (("digits", "--sheet", "nowhere/sheet.png"), "the contact sheet nowhere/sheet.png cannot be written"),
    ],
)
def test_what_is_wrong_is_said(cli, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = cli("data", "check", *words)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())


def test_files_are_fetched(cli, tmp_path, monkeypatch):
    (tmp_path / "some.bin").write_bytes(b"content")
    remote = Remote(url=(tmp_path / "some.bin").as_uri(), md5="9a0364b9e99bb480dd25e1f0284c8555", bytes=7)
    monkeypatch.setattr(download.download, "__kwdefaults__", {"on_bytes": None, "downloads": {"some": [remote]}})
    answer = cli("data", "download", "some", "--data", tmp_path / "data")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        f"{tmp_path / 'data' / 'some.bin'}: complete, as published",
        f"now give it to a run: --set data.name=some --data {tmp_path / 'data'}",
    ]
    assert "fetching some.bin" in answer.err
    assert cli("data", "download", "some", "--data", tmp_path / "data", "--json").json["files"]
    assert cli("data", "download", "n-mnist", "--data", tmp_path).code == 2
