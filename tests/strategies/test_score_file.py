"""Stored scores: which architecture they belong to, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from spikesearch.errors import UserError
from spikesearch.strategies.score_file import as_ranks, read_scores


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "values.csv"
    text = "architecture,sahd,depth\nb: 1,0.1,5\nb: 2,-1e9,7.0\nb: 3,0.30000000000000004,1\n"
    path.write_text(text, encoding="utf-8")
    return path


def test_scores_follow_the_architectures_asked_for(file: Path) -> None:
    found = read_scores(file, ["b: 3", "b: 1"])
    assert {name: values.tolist() for name, values in found.items()} == {
        "sahd": [0.30000000000000004, 0.1],
        "depth": [1.0, 5.0],
    }
    assert list(read_scores(file, ["b: 2"], ["depth", "depth"])) == ["depth"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sahd\n1\n", "has no column 'architecture': give a values.csv of `spikesearch bench scores`"),
        (
            "architecture,sahd\nb: 1,1\n",
            "1 of 2 networks have no scores in .*, the first is 'b: 2': score the same part",
        ),
        ("architecture,sahd\nb: 1,1\nb: 1,2\n", "line 3: 'b: 1' stands in line 2 already"),
        ("architecture,sahd\nb: 1,1\nb: 2,much\n", "line 3, column 'sahd': 'much' is no finite number"),
        ("architecture,sahd\n", "is empty"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "values.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_scores(path, ["b: 1", "b: 2"])


def test_an_unknown_score_is_named(file: Path) -> None:
    with pytest.raises(UserError, match=r"has no score 'sadh' \(did you mean 'sahd'\?\); scores: sahd, depth"):
        read_scores(file, ["b: 1"], ["sadh"])


def test_ranks_keep_the_order_and_nothing_else() -> None:
    assert as_ranks(np.array([3.0, -1e9, 3.0, 7.0, 5.0])).tolist() == [0.375, 0.0, 0.375, 1.0, 0.75]
    assert as_ranks(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert as_ranks(np.array([2.0])).tolist() == [0.0]
