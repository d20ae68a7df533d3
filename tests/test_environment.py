"""What a run records of the machine."""

from pathlib import Path

import pytest

from spikesearch.environment import cores, cpu_name, environment


def test_the_processor_is_named_with_its_cores() -> None:
    assert environment()["processor"] == f"{cpu_name()}, {cores()} cores"
    assert cores() >= 1


def test_the_name_is_the_one_that_linux_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: True)
    monkeypatch.setattr(Path, "read_text", lambda self, encoding: "processor\t: 0\nmodel name\t: Example 9000\n")
    assert cpu_name() == "Example 9000"
