"""Figure 6: the winners, drawn."""

from collections.abc import Callable
from typing import Any

from spikesearch.reproduction.item import Item
from spikesearch.reproduction.page import write_page
from spikesearch.reproduction.page_data import page_data
from spikesearch.reproduction.scales import DataSet
from spikesearch.reproduction.snasnet.drawings import figure6


def test_winners_are_drawn_without_any_training(
    lab: Callable[..., Any], given: Any, cifar100: DataSet, tmp_path: Any
) -> None:
    here = lab(given, data_sets=(DataSet(name="cifar10"), cifar100))
    found = figure6(here)
    assert given.trained == []
    assert [(row["cells"], row["searched on"], row["seed"], row["cell"]) for row in found.tables[0].rows] == [
        (name, data, seed, cell)
        for data, seeds in (("cifar10", ("0", "1")), ("cifar100", ("0",)))
        for seed in seeds
        for name, cell in (("SNASNet-Fw", "`0303 0003 0000 0000`"), ("SNASNet-Bw", "`0302 0030 1002 0000`"))
    ]
    item = Item(paper="snasnet", name="figure6", title="cells", cost={}, measure=figure6)
    data = page_data(item, here.scale, found, 90.0, here.taken)
    page = write_page(tmp_path, item, here.scale, found, data).read_text(encoding="utf-8")
    assert "![cells](snasnet-figure6-cells.svg)" in page
    picture = (tmp_path / "snasnet-figure6-cells.svg").read_text(encoding="utf-8")
    assert picture.startswith("<?xml")
    assert "feedback: arrives one timestep later" in picture
