"""`spikesearch bench strategies` and `bench scores` as commands."""

from pathlib import Path

import pytest


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    rows = [f"n{a}{b},{a},{b},{50 + a + 2 * b},{50 + a + b},{a}" for a in range(5) for b in range(5)]
    path.write_text("\n".join(["name,op1,op2,v,t,s", *rows]), encoding="utf-8")
    return path


ROLES = ("--architecture", "name", "--encoding", "op1, op2", "--validation", "v", "--test", "t", "--spikes", "s")


def test_it_prints_a_table_and_says_where_the_figures_are(cli, table: Path, tmp_path: Path) -> None:
    small = ("--strategy", "evolution", "--budget", "10", "--seeds", "2", "--workers", "1")
    answer = cli("bench", "strategies", table, *ROLES, *small, "--run", tmp_path / "run")
    assert answer.code == 0
    assert f"figures and tables: {tmp_path / 'run'}" in answer.out
    lines = [line.split()[:2] for line in answer.out.splitlines()[1:] if line.strip()]
    assert ["random", "accuracy"] in lines
    assert ["evolution", "hypervolume"] in lines


def test_json_is_one_document(cli, table: Path, tmp_path: Path) -> None:
    small = ("--strategy", "random", "--budget", "25", "--seeds", "2", "--workers", "1", "--json")
    answer = cli("bench", "strategies", table, *ROLES, *small, "--run", tmp_path / "run")
    assert answer.code == 0
    first = answer.json["results"][1]
    assert (first["strategy"], first["quantity"], first["median"]) == ("random", "accuracy", 0.58)


def test_wrong_input_is_one_message(cli, table: Path, tmp_path: Path) -> None:
    answer = cli("bench", "strategies", table, "--run", tmp_path / "run")
    assert answer.code == 2
    assert "no column for the architecture" in answer.err
    assert "--architecture" in answer.err
    assert cli("bench", "strategies", tmp_path / "nowhere.csv").code == 2
    assert cli("bench", "strategy", table).code == 2


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    path = tmp_path / "entries.csv"
    rows = [f"{3100 + 7 * number},{50 + number},{50 + number % 9}" for number in range(12)]
    path.write_text("\n".join(["id,val_acc_final,test_acc", *rows]), encoding="utf-8")
    return path


def test_scores_are_a_table_and_one_document(cli, entries: Path, tmp_path: Path) -> None:
    given = ("--score", "grad-norm", "--dataset", "digits", "--channels", "2", "--timesteps", "2")
    small = ("--batch-size", "4", "--repeats", "1", "--workers", "1", "--sample", "11")
    answer = cli("bench", "scores", entries, *given, *small, "--run", tmp_path / "run")
    assert answer.code == 0, answer.err
    assert f"figures and tables: {tmp_path / 'run'}" in answer.out
    lines = [line.split()[:2] for line in answer.out.splitlines() if line.strip()]
    for name in (["grad-norm", "score"], ["parameters", "baseline"], ["val_acc_final", "ceiling"]):
        assert name in lines
    stored = tmp_path / "run" / "values.csv"
    answer = cli(
        "bench", "scores", entries, "--scores-from", stored, "--sample", "11", "--run", tmp_path / "again", "--json"
    )
    assert answer.code == 0, answer.err
    found = {(one["name"], one["networks"]): one for one in answer.json["results"]}
    assert found["grad-norm", "all"]["count"] == 11
    assert found["grad-norm", "all"]["kendall"]["low"] <= found["grad-norm", "all"]["kendall"]["value"]


def test_wrong_input_of_scores_is_one_message(cli, entries: Path, table: Path, tmp_path: Path) -> None:
    answer = cli("bench", "scores", entries, "--score", "grad-nrom")
    assert answer.code == 2
    assert "unknown score 'grad-nrom' (did you mean 'grad-norm'?)" in answer.err
    answer = cli("bench", "scores", table, *ROLES[:-2])
    assert answer.code == 2
    assert "scores need architectures that can be built" in answer.err
    assert cli("bench", "scores", entries, "--score", "grad-norm").code == 2  # the images of cifar10 lie nowhere
    assert not (tmp_path / "runs").exists()
