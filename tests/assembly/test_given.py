"""What is given as architectures or as a run."""

from pathlib import Path

import pytest

from spikesearch.assembly.given import architectures_of
from spikesearch.errors import UserError


def test_architectures_are_put_together_where_a_shell_split_them() -> None:
    assert architectures_of(["autosnn", "autosnn-0"], None, choosing=False) == ["autosnn", "autosnn-0"]
    assert architectures_of(["SRB5", "SRB5", "skip", "SRB3", "SRB5"], None, choosing=False) == [
        "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
    ]
    assert architectures_of(["0302/0030/3003/0000"], None, choosing=False) == ["0302/0030/3003/0000"]


@pytest.mark.parametrize(
    ("words", "choosing", "message"),
    [
        (["runs/nothere"], True, "there is no run runs/nothere: give the folder that a search wrote"),
        (["nothere"], True, "there is no run nothere: .* stopped before it began, .* give the command that started it"),
        (["runs/nothere"], False, "there is no run runs/nothere, and it is no architecture: unknown architecture"),
        (["autosnm"], False, r"^unknown architecture 'autosnm' \(did you mean 'autosnn'\?\)"),
        (["here"], False, "here is not a run: it has no file named format"),
        (["autosnn"], True, "autosnn is an architecture: --front and --top choose among the candidates of a run"),
    ],
)
def test_a_run_that_is_not_there_is_called_so(
    words: list[str], choosing: bool, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    with pytest.raises(UserError, match=message):
        architectures_of(words, None, choosing=choosing)
