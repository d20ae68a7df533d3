"""Writes a run's report: one self-contained HTML page, and its figures as files of their own."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spikesearch.reports import numbers
from spikesearch.reports.activity import activity, best_measurement
from spikesearch.reports.cell_drawing import cells
from spikesearch.reports.curves import curves
from spikesearch.reports.data import ReportData
from spikesearch.reports.drawing import drawing, side_by_side
from spikesearch.reports.headline import headline
from spikesearch.reports.history import history
from spikesearch.reports.meaning import block_words, definitions
from spikesearch.reports.scores import scores, scores_caption
from spikesearch.reports.series import all_series, focus
from spikesearch.reports.style import Picture
from spikesearch.reports.tables import (
    connection_rows,
    fact_lists,
    finalist_rows,
    front_rows,
    layer_rows,
    network_rows,
    score_rows,
)
from spikesearch.reports.text import printable
from spikesearch.reports.tradeoff import tradeoff, tradeoff_caption
from spikesearch.studies.files import atomic_write

FIGURES = ("tradeoff", "scores", "winner", "winners", "cells", "activity", "history", "curves")


def write_report(data: ReportData, folder: str | Path) -> Path:
    """Write `report.html` and `figures/*.svg` and `*.png` into `folder`, which is made if need be.

    The page holds its figures itself and loads nothing: it can be mailed alone and read offline. Each file is
    replaced whole; figures of an earlier report that this one has no data for are removed. The same data gives the
    same bytes.

    Returns:
        The path of `report.html`.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    pictures = draw(data)
    for name in FIGURES:
        for suffix in ("svg", "png"):
            path = figures / f"{name}.{suffix}"
            if name not in pictures:
                path.unlink(missing_ok=True)
                continue
            with atomic_write(path, "wb") as file:
                file.write(pictures[name].png if suffix == "png" else pictures[name].svg.encode())
    page = folder / "report.html"
    with atomic_write(page) as file:
        file.write(render_page(data, pictures))
    return page


def draw(data: ReportData) -> dict[str, Picture]:
    """All figures there is data for, by name (see `FIGURES`)."""
    series = all_series(data)
    winner = data.headline_winner
    colour = next((one.colour for one in series if winner and one.network is winner.network), None)
    made = [
        tradeoff(data, series),
        drawing(winner.network, data, colour) if winner and colour else None,
        scores(data, series),
        side_by_side(data),
        cells(series),
        activity(focus(data, series)),
        history(data),
        curves(data, series),
    ]
    return {picture.name: picture for picture in made if picture is not None}


def _clean(value: object) -> object:
    """Whatever the template prints; the figures' markup is clean already."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def render_page(data: ReportData, pictures: dict[str, Picture]) -> str:
    """The page as text."""
    # StrictUndefined: a misspelt name in the template is an error in the tests and not a hole in somebody's page.
    environment = Environment(
        loader=PackageLoader("spikesearch.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_clean,
    )
    winner = data.headline_winner
    front, more_front = front_rows(data)
    layers, layers_kind = layer_rows(data)
    return environment.get_template("report.html.j2").render(
        data=data,
        headline=headline(data),
        # The figures escape what they print; see `Picture.inline`.
        pictures={name: Markup(picture.inline()) for name, picture in pictures.items()},
        tradeoff_caption=tradeoff_caption(data, all_series(data)),
        winner=winner,
        winner_lam=numbers.lam(winner.lam) if winner else "",
        winner_kind=best_measurement(winner.network)[1] if winner else "",
        block_words=block_words(winner.network.steps, events=bool(data.dimensions.get("events")), spiking=data.spiking)
        if winner
        else [],
        networks=network_rows(all_series(data)),
        budgets=any(series.network.checks for series in all_series(data)),
        scored=score_rows(data),
        scores_caption=scores_caption(data),
        finalists=finalist_rows(data),
        front=front,
        front_chosen=any(row.chosen for row in front),
        more_front=more_front,
        layers=layers,
        connections=connection_rows(data),
        layers_kind=layers_kind,
        facts=fact_lists(data),
        definitions=definitions(data),
        version=data.versions.get("spikesearch", ""),
    )
