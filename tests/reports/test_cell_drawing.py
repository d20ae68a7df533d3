"""Cells drawn: every connection is told, and no arrow touches another one."""

import itertools
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.errors import UserError
from spikesearch.reports import numbers
from spikesearch.reports.cell_drawing import MOST_CELLS, _curve, _outside_nodes, _part, cells, draw_cell
from spikesearch.reports.data import Network, ReportData
from spikesearch.reports.page import draw, render_page
from spikesearch.reports.series import all_series
from spikesearch.reports.tables import connection_rows

SMALL = Dimensions(channels=4, timesteps=2, image=(1, 16, 16))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def test_nodes_operations_and_directions_are_written() -> None:
    found = texts(draw_cell("0302/0030/3003/0000"))
    assert "snasnet: 0302 0030 3003 0000" in found
    assert [text for text in found if text in set("0123")] == ["0", "1", "2", "3"]
    assert found.count("conv 3×3") == 4  # 0→1, 1→2, 2→3, and back from 2 to 0
    assert found.count("conv 1×1") == 1
    assert {"input", "output", "within a timestep", "feedback: arrives one timestep later"} <= set(found)
    assert "average pooling 3×3" not in found  # the legend explains what occurs


def test_entries_of_the_bench_tell_thresholds_and_dead_nodes() -> None:
    found = texts(draw_cell("spikenas-bench:12617"))
    assert sorted(text for text in found if text.startswith("V_th")) == ["V_th 0.5", "V_th 1.0", "V_th 1.5", "V_th 1.5"]
    assert "without effect on the output" in found  # 0→1, and nothing behind it
    assert "feedback: arrives one timestep later" not in found
    assert "no way from input to output" in texts(draw_cell("spikenas-bench:2"))
    assert "no way from input to output" in texts(draw_cell("spikenas-bench:0"))


def test_the_same_cell_is_the_same_drawing() -> None:
    assert draw_cell("spikenas-bench:15624") == draw_cell("spikenas-bench:15624")
    assert draw_cell("spikenas-bench:15624") != draw_cell("spikenas-bench:15623")


def test_only_cells_are_drawn() -> None:
    with pytest.raises(UserError, match=r"'autosnn: .*' is no cell: give such as 'snasnet: 0302 0030 3003 0000'"):
        draw_cell("autosnn")


def test_arrows_keep_away_from_each_other_and_from_other_nodes() -> None:
    curves = {}
    for first, second in itertools.combinations(range(4), 2):
        points = _outside_nodes(_curve(first, second))
        curves[first, second] = np.array([_part(points, t, t)[0] for t in np.linspace(0, 1, 101)])
    nodes = [_curve(node, node)[0] for node in range(4)]
    for (pair, one), (other, two) in itertools.combinations(curves.items(), 2):
        apart = np.hypot(*(one[:, None] - two[None, :]).transpose(2, 0, 1)).min()
        assert apart > 5, (pair, other)
    for pair, one in curves.items():
        for node, place in enumerate(nodes):
            assert np.hypot(*(one - place).T).min() > 15, (pair, node)


def test_a_part_of_a_curve_is_the_curve() -> None:
    points = _curve(0, 3)
    assert np.allclose(_part(points, 0, 1), points)
    half = _part(points, 0.25, 0.75)
    assert np.allclose(_part(half, 0.5, 0.5)[0], _part(points, 0.5, 0.5)[0])
    assert np.allclose(half[0], _part(points, 0.25, 0.25)[0])


def test_the_page_shows_the_cells_of_a_run(report: Callable[..., ReportData], network: Callable[..., Network]) -> None:
    trained = network("snasnet: 0302 0030 3003 0000", SMALL, label="mine", correct=300)
    plain = network("spikenas-bench:15624", SMALL, trained=False)
    other = network("autosnn:SCB_k3", Dimensions(channels=8, timesteps=4, image=(1, 16, 16)))
    data = report(lambdas=(), trial_count=0, comparisons=(trained, plain, other, replace(trained, label="again")))
    pictures = draw(data)
    found = texts(pictures["cells"].svg)
    assert "mine" in found
    assert "snasnet: 0302 0030 3003 0000" in found
    assert any(text.startswith("83.3% test accuracy, ") for text in found)
    assert found.count("spikenas-bench:15624") == 1  # its label is its text
    assert "again" not in found
    assert "SCB_k3" not in " ".join(found)
    assert "conv 3×3 back from 2 to 0" in pictures["cells"].alt


def test_the_page_tells_which_connection_spikes(
    report: Callable[..., ReportData], network: Callable[..., Network]
) -> None:
    data = report(lambdas=(0.0,), trial_count=0, comparisons=())
    won = network("snasnet: 0302 0030 3004 0000", SMALL, correct=300)
    data = replace(data, winners=(replace(data.winners[0], network=won),))
    rows = {row.connection: row for row in connection_rows(data)}
    assert set(rows) == {"0 → 1", "0 → 3", "1 → 2", "2 → 0, feedback", "2 → 3"}
    assert rows["2 → 3"].operation == "pool 3×3"
    assert rows["2 → 3"].cells == (("–", "–"), ("–", "–"))
    assert won.test is not None
    emitted = {layer.name: layer for layer in won.test.layers}
    for step, (spikes, rate) in zip(("cell1", "cell2"), rows["2 → 0, feedback"].cells, strict=True):
        layer = emitted[f"{step}.back20.neuron"]
        assert (spikes, rate) == (numbers.spikes(layer.spikes_per_image), numbers.rate(layer.firing_rate))
    page = render_page(data, draw(data))
    assert '(<a href="#cells">the cells</a>)' in page
    assert "Where the cell spikes" in page
    assert connection_rows(report()) == []


def test_other_runs_have_no_such_figure(report: Callable[..., ReportData]) -> None:
    assert cells(all_series(report())) is None


def test_not_more_cells_than_a_figure_holds(report: Callable[..., ReportData], network: Callable[..., Network]) -> None:
    many = tuple(network(f"spikenas-bench:{15600 + number}", SMALL, trained=False) for number in range(10))
    picture = cells(all_series(report(lambdas=(), trial_count=0, comparisons=many)))
    assert picture is not None
    assert sum(text.startswith("spikenas-bench:") for text in texts(picture.svg)) == MOST_CELLS


def test_drawing_needs_no_torch() -> None:
    code = (
        "import sys\nfrom spikesearch.reports.cell_drawing import draw_cell\n"
        "draw_cell('spikenas-bench:77')\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
