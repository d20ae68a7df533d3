"""What is written of an item: a page for people, the same as JSON, pictures; and a list of all pages of a scale."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

from spikesearch.errors import UserError
from spikesearch.forecast.words import duration
from spikesearch.reports.style import Picture
from spikesearch.reproduction.claims import Claim
from spikesearch.reproduction.item import Item, Result, Table, data_options
from spikesearch.reproduction.sample import signed
from spikesearch.reproduction.scale import Scale
from spikesearch.studies.files import atomic_write, write_json

REMARKS = "remarks"
"""Folder of a store with remarks by people, `autosnn-table2.md`: shown on the page, never written by the program."""


_PAGE = re.compile(r"(autosnn|snasnet)-(table|figure)\d+")


def write_page(
    folder: Path,
    item: Item,
    scale: Scale,
    result: Result,
    data: Mapping[str, Any],
    environments: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write `<paper>-<item>.md`, `.json` and pictures into `folder`, and the list of all items there.

    Args:
        folder: of the scale.
        item: what was measured.
        scale: at which size.
        result: what was found.
        data: the same as `page_data` tells it, with the `seconds` that measuring took over all runs it comes from.
        environments: `processor`, `python` and `versions` of these runs, as figures keep them.

    Returns:
        The page.

    Raises:
        UserError: a remark is not UTF-8.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{item.paper}-{item.name}"
    for picture, draw in result.pictures.items():
        drawn = draw()
        with atomic_write(folder / f"{name}-{picture}.svg", "wb") as file:
            if isinstance(drawn, Picture):
                file.write(drawn.svg.encode())
            else:
                # the same figures make the same file, so that a page that is built again shows no change
                with matplotlib.rc_context({"svg.hashsalt": name}):
                    drawn.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    write_json(folder / f"{name}.json", data)
    said = _remark(folder / REMARKS / f"{name}.md")
    _write(folder / f"{name}.md", page(item, scale, result, data["seconds"], said, environments))
    _write(folder / "README.md", overview(scale.name, folder))
    return folder / f"{name}.md"


def _remark(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text ({error.reason}): save it as UTF-8, or remove it") from error


def agreement(scale: Scale, result: Result) -> str:
    """One sentence on the paper's conclusions, where the scale allows any."""
    return result.agreement if scale.verdicts else "Seen working; numbers of this size mean nothing."


def page(
    item: Item,
    scale: Scale,
    result: Result,
    seconds: float,
    remark: str = "",
    environments: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Markdown."""
    paper = {"autosnn": "AutoSNN (ICML 2022)", "snasnet": "SNASNet (ECCV 2022)"}[item.paper]
    number = item.name.replace("table", "Table ").replace("figure", "Figure ")
    lines = [f"# {paper}, {number}: {item.title}", "", f"Scale `{scale.name}`. {agreement(scale, result)}", ""]
    if remark:
        lines += [remark, ""]
    for table in result.tables:
        lines += [f"{table.caption}", "", *_table(table), ""]
    for picture in result.pictures:
        lines += [f"![{picture.replace('-', ' ')}]({item.paper}-{item.name}-{picture}.svg)", ""]
    lines += _claims(result, scale)
    lines += ["## Deviations from the paper's setting", ""]
    lines += [f"- {one}" for one in (*result.notes, *scale.deviations_of(item.uses))]
    lines += ["", "## Repeat", "", "```console"]
    command = f"$ spikesearch reproduce {item.path} --scale {scale.name} {data_options(item.needs(scale.name))}"
    lines += [command.rstrip(), "```"]
    took = f"What this page is built from took {duration(seconds)} to measure; other items share some of it."
    return "\n".join([*lines, "", took, *_measured_with(environments)]) + "\n"


def _claims(result: Result, scale: Scale) -> list[str]:
    lines = []
    paper, own = ([one for one in result.claims if one.own == here] for here in (False, True))
    for heading, claims in (("the paper concludes", paper), ("asked here, not in the paper", own)):
        if claims:
            columns = [heading, "difference here", "n", *(["95 % interval", "verdict"] if scale.verdicts else [])]
            lines += [_row(columns), "|" + "---|" * len(columns)]
            lines += [_claim_row(one, scale) for one in claims] + [""]
    if any(one.error is not None for one in result.claims):
        lines.append("± of a difference is its standard error, from n measurements on each side, or n pairs or points.")
        if scale.verdicts:
            lines.append("It is within the noise if the interval (Student's t; Welch's degrees of freedom) contains 0.")
        lines.append("")
    return lines


def _claim_row(claim: Claim, scale: Scale) -> str:
    n = " / ".join(str(one) for one in claim.n) or "–"
    if claim.difference is None:
        return _row([claim.says, "–", n, *(["–", claim.verdict] if scale.verdicts else [])])
    spread = "" if claim.error is None else f" ± {claim.error:,.{claim.digits}f}"
    shown = f"{signed(claim.difference, claim.digits)}{spread} {claim.unit}".strip()
    if not scale.verdicts:
        return _row([claim.says, shown, n])
    interval = "–"
    if claim.limit is not None:
        ends = (claim.difference - claim.limit, claim.difference + claim.limit)
        interval = " to ".join(signed(one, claim.digits) for one in ends)
    return _row([claim.says, shown, n, interval, claim.verdict])


def _measured_with(environments: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line on the processors, the Python and the torch of all runs."""
    each = (
        (one.get("processor"), f"Python {one['python']}", f"torch {one['versions']['torch']}") for one in environments
    )
    found = sorted({", ".join(filter(None, one)) for one in each})
    return [f"It was measured with {'; '.join(found)}."] if found else []


def overview(scale: str, folder: Path) -> str:
    """A list of all items that have a page in `folder`."""
    lines = [f"# The papers' tables and figures at scale `{scale}`", "", "| item | | |", "|---|---|---|"]
    for path in sorted((one for one in folder.glob("*.json") if _PAGE.fullmatch(one.stem)), key=_order):
        try:
            found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            lines.append(f"| [{found['item']}]({path.stem}.md) | {found['title']} | {found['agreement']} |")
        except (OSError, ValueError, KeyError, TypeError):
            lines.append(f"| {path.stem} | | {path.name} is damaged: reproduce the item again |")
    return "\n".join(lines) + "\n"


def _order(path: Path) -> tuple[str, str, int]:
    """Figures before tables, each by number."""
    paper, _, name = path.stem.partition("-")
    kind = name.rstrip("0123456789")
    return paper, kind, int(name[len(kind) :] or 0)


def _table(table: Table) -> Sequence[str]:
    columns = list(table.rows[0])
    return [_row(columns), "|" + "---|" * len(columns), *(_row([row[one] for one in columns]) for row in table.rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text)
