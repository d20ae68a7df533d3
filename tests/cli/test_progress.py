import pytest
from rich.console import Console

from spikesearch.cli import progress
from spikesearch.cli.progress import ConsoleReporter


def test_elsewhere_than_on_a_terminal_phases_are_lines(capsys):
    with ConsoleReporter() as reporter:
        reporter.phase("training the supernet [1]", 10)
        reporter.advance(5, "epoch 1/2")
        reporter.note("expected time: 3 s [not more]")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["training the supernet [1]", "expected time: 3 s [not more]"]


def test_progress_before_a_phase_is_ignored():
    with ConsoleReporter() as reporter:
        reporter.advance(1)


def test_on_a_terminal_a_bar_shows_what_is_done_and_left(monkeypatch, tmp_path):
    with open(tmp_path / "screen.txt", "w", encoding="utf-8") as screen:
        terminal = Console(file=screen, force_terminal=True, width=120, highlight=False)
        monkeypatch.setattr(progress, "messages", lambda: terminal)
        with ConsoleReporter() as reporter:
            reporter.phase("searching", 40, 10)
            reporter.advance(25, "λ -0.08: best 91.0%")
            reporter.phase("training", 7)
            reporter.advance(7)
    text = (tmp_path / "screen.txt").read_text(encoding="utf-8")
    assert "25/40" in text
    assert "best 91.0%" in text
    assert "7/7" in text


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_bars_are_put_away_when_something_happens(error):
    def work() -> None:
        with ConsoleReporter() as reporter:
            reporter.phase("searching", 3)
            raise error

    with pytest.raises(error):
        work()
