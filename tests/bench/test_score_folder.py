"""What a bench of scores keeps: lines as they come, and what is left of a killed process."""

import math
from pathlib import Path

import pytest

from spikesearch.bench.score_folder import ScoredEntry, ScoreFolder
from spikesearch.errors import RunError, UserError

FIRST, SECOND = ScoredEntry("a: 1", {"x": 0.1, "y": -1e9}, 0.5), ScoredEntry("a: 2", {"x": 1 / 3, "y": 2.0}, 0.25)


@pytest.fixture
def folder(tmp_path: Path) -> ScoreFolder:
    return ScoreFolder.open_or_create(tmp_path / "run", {"kind": "bench scores"})


def test_the_folder_appears_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill while it is made leaves nothing under its name, so the same command begins anew."""

    def killed(*_: object) -> None:
        assert not (tmp_path / "run").exists()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("spikesearch.bench.folder.write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            ScoreFolder.open_or_create(tmp_path / "run", {"kind": "bench scores"})
    assert not list(tmp_path.iterdir())
    (tmp_path / "run").mkdir()  # an empty folder is filled
    made = ScoreFolder.open_or_create(tmp_path / "run", {"kind": "bench scores"})
    assert {path.name for path in made.path.iterdir()} == {"config.json", "format", "scored", "figures"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_is_written_is_read(folder: ScoreFolder) -> None:
    assert folder.read() == {}
    with folder.writer(0) as writer:
        writer.write(FIRST)
    with folder.writer(1) as writer:
        writer.write(SECOND)
    assert folder.read() == {"a: 1": FIRST, "a: 2": SECOND}
    assert folder.count() == 2


def test_a_line_that_was_cut_off_is_made_again(folder: ScoreFolder) -> None:
    with folder.writer(0) as writer:
        writer.write(FIRST)
    path = folder.path / "scored" / "worker-0.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert folder.read() == {"a: 1": FIRST}
    with folder.writer(0) as writer:
        writer.write(SECOND)
    assert folder.read() == {"a: 1": FIRST, "a: 2": SECOND}
    path.write_bytes(whole[:20])
    assert folder.read() == {}
    with folder.writer(0):
        pass
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "line", ["{", "[1]", '{"architecture": "a"}', '{"architecture": "a", "scores": 1, "seconds": 1}']
)
def test_a_damaged_line_is_named(folder: ScoreFolder, line: str) -> None:
    path = folder.path / "scored" / "worker-0.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"worker-0.jsonl, line 1, is damaged .* remove the line"):
        folder.read()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_scores_must_be_finite(folder: ScoreFolder, value: float) -> None:
    with (
        folder.writer(0) as writer,
        pytest.raises(RunError, match=r"score x of 'a: 1' is (nan|inf): scores must"),
    ):
        writer.write(ScoredEntry("a: 1", {"x": value}, 0.1))
    assert folder.read() == {}


def test_costs_are_kept(folder: ScoreFolder) -> None:
    assert folder.read_costs() is None
    folder.write_costs({"x": 0.25})
    assert folder.read_costs() == {"x": 0.25}
    (folder.path / "costs.json").write_text("[", encoding="utf-8")
    with pytest.raises(UserError, match=r"costs.json is damaged .* the bench measures again"):
        folder.read_costs()
