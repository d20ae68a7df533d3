"""Runs commands in this process and catches what they print."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from spikesearch.cli.main import run


class Answer(NamedTuple):
    """Exit status, and what went to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; anything else there is an error."""
        return json.loads(self.out)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """`cli("describe", "autosnn")`. Errors must come as one message without a traceback."""

    def command(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        answer = Answer(code, *capsys.readouterr())
        assert "Traceback" not in answer.err
        if code in (1, 2):
            assert answer.out == ""
            assert answer.err.count("error:") + answer.err.count("Error:") + answer.err.count("Usage:") >= 1
        return answer

    return command
