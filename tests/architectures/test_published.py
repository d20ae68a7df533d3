import pytest

from spikesearch.architectures.cells import CellArchitecture
from spikesearch.architectures.describe import describe
from spikesearch.architectures.published import PUBLISHED, RANDOM_SEARCH, TABLE5_RANDOM
from spikesearch.architectures.spaces.autosnn import SPACES
from spikesearch.architectures.spaces.cells import CELL_SPACES
from spikesearch.architectures.text import parse

CELLS = {
    "snasnet-bw-cifar10": "snasnet: 0303 0030 2002 0200",
    "snasnet-bw-cifar100": "snasnet: 0302 0030 3003 0000",
}
AUTOSNN = {name: text for name, text in PUBLISHED.items() if name not in CELLS}
ALL = [*AUTOSNN.values(), *RANDOM_SEARCH.values(), *TABLE5_RANDOM]


@pytest.mark.parametrize("text", ALL)
def test_each_is_canonical_and_in_the_paper_s_space(text: str) -> None:
    architecture = parse(text)
    assert str(architecture) == text
    assert architecture in SPACES["autosnn"]


def test_names_stand_for_their_text() -> None:
    assert list(AUTOSNN) == ["autosnn", "autosnn-0", "autosnn-0.16", "autosnn-0.24", "autosnn-ann"]
    assert {name: PUBLISHED[name] for name in CELLS} == CELLS
    for name, text in PUBLISHED.items():
        assert str(parse(name)) == str(parse(name.upper())) == text


def test_published_cells_are_what_the_authors_search_can_find() -> None:
    for text in CELLS.values():
        cell = parse(text)
        assert isinstance(cell, CellArchitecture)
        assert cell.has_feedback
        assert cell.canonical_cell() == cell
        assert cell in CELL_SPACES["snasnet-feedback"]
    # The published weights for CIFAR-10 have that many parameters (256 channels, second pooling 4).
    assert describe("snasnet-bw-cifar10", channels=256, pooling=4).parameters == 19_520_356


def test_ten_different_random_ones() -> None:
    assert len(set(TABLE5_RANDOM)) == 10
    assert not set(TABLE5_RANDOM) & set(PUBLISHED.values())
