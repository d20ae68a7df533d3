"""How every figure looks, and how it becomes a file and a part of the page.

Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart, and greys. Nothing is told by
colour alone: markers, positions and texts repeat it.
"""

import contextlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spikesearch.reports.numbers import MINUS
from spikesearch.reports.text import printable

INK = "#1d2126"
MUTED = "#667080"
FAINT = "#a3abb5"
GRID = "#e4e7eb"
PAPER = "#fffffe"  # not #ffffff, so that replacing it in the page cannot catch a white that is meant
BOX = "#e3e6ea"  # boxes of steps that are the same in every network
BOX_INK = "#14181d"  # text on a coloured box: dark in the dark theme too
WINNERS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
COMPARISONS = ("#454d59", "#7a8493", "#aab2bd")

# On the page these follow the reader's light or dark theme; the variables are defined in templates/report.html.j2.
_THEMED = {
    INK: "ink",
    MUTED: "muted",
    FAINT: "faint",
    GRID: "grid",
    PAPER: "page",
    BOX: "box",
    **{colour: f"winner-{i}" for i, colour in enumerate(WINNERS)},
    **{colour: f"grey-{i}" for i, colour in enumerate(COMPARISONS)},
}

WIDTH = 9.6  # inches: the page's column of 960 px at 100 px per inch
_PNG_DPI = 160

_SETTINGS: Any = {  # Any: the stubs of newer matplotlibs list every key
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],  # ships with matplotlib: the same picture on every machine
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and tested
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a user's name is a `$`
    "xtick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.color": FAINT,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": 8.5,
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A finished figure.

    Attributes:
        name: stem of its files and prefix of its ids on the page.
        alt: what it shows, in a sentence, for those who do not see it.
        svg: the stand-alone SVG document.
        png: the same as PNG bytes.
    """

    name: str
    alt: str
    svg: str
    png: bytes

    def inline(self) -> str:
        """The SVG as an element of a page: own ids, the page's colours, a text for screen readers."""
        body = self.svg[self.svg.index("<svg") :]
        body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
        body = re.sub(r"<[^<>]+>", lambda tag: self._on_page(tag[0]), body)
        # The page scales it; a fixed size in points would overflow on narrow screens.
        head, rest = body.split(">", 1)
        head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
        return f'{head} role="img" aria-label="{escape(self.alt)}">{rest}'

    def _on_page(self, tag: str) -> str:
        """One tag, texts are left alone: a name may well contain `id="`."""
        tag = re.sub(r'\bid="', f'id="{self.name}-', tag)
        tag = re.sub(r'\bhref="#', f'href="#{self.name}-', tag)
        tag = re.sub(r"\burl\(#", f"url(#{self.name}-", tag)
        for colour, variable in _THEMED.items():
            tag = tag.replace(colour, f"var(--{variable})")
        return tag


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """The figures' settings, for the time of a `with` block; the user's own matplotlib settings play no part."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        # A name in a script that the font does not have: boxes in the PNG, and as it should be in the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        with matplotlib.rc_context(_SETTINGS):
            yield


def render(figure: Figure, name: str, alt: str) -> Picture:
    """Draw `figure` as SVG and PNG. The same figure gives the same bytes."""
    FigureCanvasAgg(figure)
    matplotlib.rcParams["svg.hashsalt"] = name
    svg, png = io.StringIO(), io.BytesIO()
    # The dpi in an SVG concerns rasterised clouds only.
    figure.savefig(svg, format="svg", dpi=200, metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=_PNG_DPI, metadata={"Software": None})
    return Picture(name=name, alt=printable(alt), svg=svg.getvalue(), png=png.getvalue())


def legend_below(figure: Figure, keys: Mapping[str, Artist]) -> float:
    """A legend along the lower edge, filled row by row; returns its height in inches."""
    if not keys:
        return 0.0
    longest = max(len(label) for label in keys)
    columns = max(1, min(len(keys), int((figure.get_figwidth() - 0.8) / (0.6 + 0.075 * longest))))
    rows = -(-len(keys) // columns)
    # matplotlib fills a legend column by column, and its first columns are the full ones.
    order = [row * columns + column for column in range(columns) for row in range(rows)]
    labels = list(keys)
    shown = [labels[i] for i in order if i < len(labels)]
    figure.legend(
        [keys[label] for label in shown],
        shown,
        loc="lower left",
        bbox_to_anchor=(0.05, 0.0),
        ncols=columns,
        columnspacing=2.2,
        handletextpad=0.6,
        borderaxespad=0.2,
    )
    return 0.12 + 0.205 * rows


def percent_axis(axes: Axes) -> None:
    """The y axis in percent, without ticks and empty room beyond 0 and 100."""
    low, high = _at_least(*axes.get_ylim(), 2.0)
    low, high = max(low, -2.0), min(high, 101.0)
    axes.set_ylim(low, high)
    # Steps of 1, 2 or 5, never 2.5: so one decimal is enough, and none where the steps are whole.
    locator = MaxNLocator(nbins=7, steps=[1, 2, 5, 10])
    axes.yaxis.set_major_locator(locator)
    decimals = int(any(abs(tick - round(tick)) > 1e-9 for tick in locator.tick_values(low, high)))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:.{decimals}f}%" if -1e-9 <= value <= 100 + 1e-9 else "")
    )


def spikes_axis(axes: Axes, *, which: str = "x") -> None:
    """The spikes of an axis as `0`, `2.5 k`, `120 k`; never below 0."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_data_interval()
    silent = not high > 0
    # Around one value the axis shows what is large and small, not digits that nothing there compares.
    share = 0.08 if high > low else 1.0
    low, high = axis.get_view_interval()
    low, high = _at_least(low, high, max(1.0, share * high))
    (axes.set_xlim if which == "x" else axes.set_ylim)(max(low, -0.02 * high), high)
    if silent:
        axis.set_ticks([0.0])
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _at_least(low: float, high: float, span: float) -> tuple[float, float]:
    """The limits widened about their middle to `span`: a single point needs surroundings, and ticks that differ."""
    missing = max(0.0, span - (high - low)) / 2
    return low - missing, high + missing


def _short(value: float) -> str:
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{unit}"
    return "" if value < 0 else f"{value:.4g}".replace("-", MINUS)
