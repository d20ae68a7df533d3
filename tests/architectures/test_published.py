import pytest

from spikesearch.architectures.published import PUBLISHED, RANDOM_SEARCH, TABLE5_RANDOM
from spikesearch.architectures.spaces.autosnn import SPACES
from spikesearch.architectures.text import parse

ALL = [*PUBLISHED.values(), *RANDOM_SEARCH.values(), *TABLE5_RANDOM]


@pytest.mark.parametrize("text", ALL)
def test_each_is_canonical_and_in_the_paper_s_space(text: str) -> None:
    architecture = parse(text)
    assert str(architecture) == text
    assert architecture in SPACES["autosnn"]


def test_names_stand_for_their_text() -> None:
    assert list(PUBLISHED) == ["autosnn", "autosnn-0", "autosnn-0.16", "autosnn-0.24", "autosnn-ann"]
    for name, text in PUBLISHED.items():
        assert str(parse(name)) == str(parse(name.upper())) == text


def test_ten_different_random_ones() -> None:
    assert len(set(TABLE5_RANDOM)) == 10
    assert not set(TABLE5_RANDOM) & set(PUBLISHED.values())
