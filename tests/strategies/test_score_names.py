import pytest

from spikesearch.errors import UserError
from spikesearch.strategies.score_names import DEFAULT_SCORE, SCORES, SECOND_NAMES, caution, check_score_names

FIXED = {
    *("sahd", "hamming", "parameters", "macs", "depth", "spikes", "synflow", "snip", "grad-norm"),
    *("jacobian-covariance", "naswot", "sahd-paper", "sahd-code"),
}


def test_the_fixed_names_are_there():
    assert set(SCORES) >= FIXED
    assert next(iter(SCORES)) == DEFAULT_SCORE
    assert all(info.description and info.source for info in SCORES.values())


def test_second_names_are_those_of_scores():
    assert {*SECOND_NAMES, *SECOND_NAMES.values()} <= {*SCORES}


def test_a_score_is_doubted_beyond_the_spaces_that_it_was_validated_on():
    said = caution("spike-paths", ["autosnn", "spikenas-bench", "snasnet", "autosnn"])
    assert said is not None
    assert said.startswith("spike-paths is validated on the cells of spikenas-bench only, not on autosnn, snasnet: ")
    assert caution("spike-paths", ["spikenas-bench"]) is None
    assert caution("sahd", ["autosnn"]) is None
    assert caution("own", ["autosnn"]) is None


def test_names_keep_their_order_and_count_once():
    assert check_score_names(["macs", "sahd", "macs"]) == ("macs", "sahd")
    assert check_score_names(["mine"], ["mine"]) == ("mine",)


def test_unknown_names_are_refused():
    with pytest.raises(UserError, match=r"unknown score 'hamm' \(did you mean 'hamming'\?\); known are"):
        check_score_names(["hamm"])
