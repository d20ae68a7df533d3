"""What pages say of deviations: each paper has its own, and each item those of what it does."""

import pytest

from spikesearch.reproduction.items import ITEMS
from spikesearch.reproduction.scale import PARTS
from spikesearch.reproduction.scales import PAPERS, SCALES


def said(item: str, scale: str) -> str:
    one = ITEMS[item]
    return " ".join(PAPERS[one.paper][scale].deviations_of(one.uses))


def test_what_autosnns_authors_did_is_not_said_of_snasnets() -> None:
    for scale in SCALES:
        text = " ".join(PAPERS["snasnet"][scale].deviations_of(PARTS))
        assert "D_val" not in text
        assert "best one" not in text
        assert "SAHD is normalised" in text


@pytest.mark.parametrize("scale", ["small", "paper"])
def test_a_search_that_is_a_real_one_looks_nothing_up(scale: str) -> None:
    assert "whole space is measured once" in said("autosnn/table2", scale)
    assert "whole space is measured once" not in said("autosnn/table6", scale)


def test_items_with_trainings_of_their_own_do_not_name_the_scales() -> None:
    assert "3 epochs" in said("autosnn/table1", "small")
    for item in ("autosnn/table4", "autosnn/table9", "autosnn/table10", "autosnn/figure5"):
        assert "3 epochs" not in said(item, "small")
    assert "supernet" not in said("autosnn/table1", "small")
    assert "takes CIFAR-100 here" in said("snasnet/table4", "small")
    assert "takes CIFAR-100 here" not in said("snasnet/table1", "small")


def test_the_papers_scale_normalises_as_the_authors_code() -> None:
    assert "BatchNorm" in said("autosnn/table1", "small")
    assert "BatchNorm" not in said("autosnn/table1", "paper")
    assert "second batch starts" in said("snasnet/table1", "paper")
    assert "10,000 official validation images" in said("snasnet/table1", "paper")


def test_every_deviation_is_shown_by_some_item() -> None:
    for paper, scales in PAPERS.items():
        used = {part for item in ITEMS.values() if item.paper == paper for part in item.uses}
        assert all(set(one.parts) & used for scale in scales.values() for one in scale.deviations)
