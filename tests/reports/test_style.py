"""How figures become files and parts of the page."""

import warnings
import xml.etree.ElementTree as ET

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spikesearch.reports.style import (
    INK,
    PAPER,
    WINNERS,
    Picture,
    legend_below,
    percent_axis,
    render,
    spikes_axis,
    styled,
)


def picture(text: str = "text") -> Picture:
    with styled():
        figure = Figure(figsize=(4, 3))
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4], color=WINNERS[0], marker="o", clip_on=True)
        axes.text(1.5, 3.5, text, color=INK)
        return render(figure, "sample", 'It "shows" <nothing>')


def test_an_inline_figure_follows_the_page() -> None:
    inline = picture().inline()
    root = ET.fromstring(inline)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'It "shows" <nothing>'
    assert "width" not in root.attrib
    assert "viewBox" in root.attrib
    for colour in (INK, PAPER, WINNERS[0]):
        assert colour not in inline
    assert "var(--ink)" in inline
    assert "var(--winner-0)" in inline


def test_ids_of_inline_figures_cannot_meet() -> None:
    root = ET.fromstring(picture().inline())
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert ids
    assert all(value.startswith("sample-") for value in ids)
    links = [value for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_texts_stay_what_they_are() -> None:
    hostile = f'$x^2$ <b id="a"> &amp; {INK} url(#a) ]]>'
    for svg in (picture(hostile).svg, picture(hostile).inline()):
        texts = [element.text for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]
        assert hostile in texts


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert picture() == picture()


def test_the_users_settings_play_no_part_and_are_left_alone() -> None:
    expected = picture()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert picture() == expected
        assert matplotlib.rcParams["font.size"] == 30


def test_letters_that_the_font_lacks_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "日本" in picture("日本").svg


def ticks(axis) -> list[str]:  # type: ignore[no-untyped-def]
    low, high = sorted(axis.get_view_interval())
    axis.axes.figure.canvas.draw()
    return [
        label.get_text()
        for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
        if low <= place <= high
    ]


def test_axes_of_a_single_point_have_ticks_that_differ() -> None:
    picture()  # sets nothing; the axes below stand alone
    with styled():
        axes = Figure().subplots()
        axes.scatter([4201.3], [97.22])
        percent_axis(axes)
        spikes_axis(axes)
        for axis in (axes.xaxis, axes.yaxis):
            labels = ticks(axis)
            assert len(labels) == len(set(labels)) >= 2
        low, high = axes.get_xlim()
        assert high - low >= 4000  # as wide as the value is large: nothing there asks for finer figures


def test_axes_end_where_the_quantities_end() -> None:
    with styled():
        axes = Figure().subplots()
        axes.scatter([0, 10], [0, 100])
        axes.margins(0.3)
        percent_axis(axes)
        spikes_axis(axes)
        assert axes.get_ylim() == (-2.0, 101.0)
        assert axes.get_xlim()[0] > -1
        assert "102%" not in ticks(axes.yaxis)


def test_an_axis_of_silent_networks_has_one_tick() -> None:
    with styled():
        axes = Figure().subplots()
        axes.scatter([0, 0], [10, 11])
        spikes_axis(axes)
        assert ticks(axes.xaxis) == ["0"]


def test_a_legend_is_filled_row_by_row() -> None:
    with styled():
        figure = Figure(figsize=(9.6, 4))
        labels = [f"a label of medium length {i}" for i in range(7)]
        height = legend_below(figure, {label: Line2D([], []) for label in labels})
        shown = [text.get_text() for text in figure.legends[0].get_texts()]
        assert sorted(shown) == labels
        assert shown[:3] == [labels[0], labels[3], labels[6]]  # the first column of three
        assert 0 < height < 1.5
        assert legend_below(figure, {}) == 0.0
