"""What is written of an item: a page for people, the same as JSON, pictures; and a list of all pages of a scale."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

from spikesearch.forecast.words import duration
from spikesearch.reports.style import Picture
from spikesearch.reproduction.item import Item, Result, Table
from spikesearch.reproduction.sample import signed
from spikesearch.reproduction.scales import Scale
from spikesearch.studies.files import atomic_write, write_json

REMARKS = "remarks"
"""Folder of a store with remarks by people, `autosnn-table2.md`: shown on the page, never written by the program."""


def write_page(folder: Path, item: Item, scale: Scale, result: Result, seconds: float) -> Path:
    """Write `<paper>-<item>.md`, `.json` and pictures into `folder`, and the list of all items there.

    `seconds` is what measuring took, over all runs that the figures come from.

    Returns:
        The page.
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
    write_json(folder / f"{name}.json", {**as_dict(item, scale, result), "seconds": round(seconds, 1)})
    remark = folder / REMARKS / f"{name}.md"
    said = remark.read_text(encoding="utf-8").strip() if remark.is_file() else ""
    _write(folder / f"{name}.md", page(item, scale, result, seconds, said))
    _write(folder / "README.md", overview(scale.name, folder))
    return folder / f"{name}.md"


def as_dict(item: Item, scale: Scale, result: Result) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "item": item.path,
        "title": item.title,
        "scale": scale.name,
        "agreement": result.agreement,
        "claims": [
            {"says": one.says, "difference": one.difference, "error": one.error, "verdict": one.verdict}
            for one in result.claims
        ],
        "tables": [{"caption": table.caption, "rows": [dict(row) for row in table.rows]} for table in result.tables],
        "notes": list(result.notes),
        "deviations": list(scale.deviations),
    }


def page(item: Item, scale: Scale, result: Result, seconds: float, remark: str = "") -> str:
    """Markdown."""
    paper = {"autosnn": "AutoSNN (ICML 2022)", "snasnet": "SNASNet (ECCV 2022)"}[item.paper]
    number = item.name.replace("table", "Table ").replace("figure", "Figure ")
    lines = [f"# {paper}, {number}: {item.title}", "", f"Scale `{scale.name}`. {result.agreement}", ""]
    if remark:
        lines += [remark, ""]
    for table in result.tables:
        lines += [f"{table.caption}", "", *_table(table), ""]
    for picture in result.pictures:
        lines += [f"![{picture.replace('-', ' ')}]({item.paper}-{item.name}-{picture}.svg)", ""]
    if result.claims:
        lines += ["| the paper concludes | difference here | |", "|---|---|---|"]
        for claim in result.claims:
            spread = "" if claim.error is None else f" ± {claim.error:,.{claim.digits}f}"
            shown = f"{signed(claim.difference, claim.digits)}{spread} {claim.unit}".strip()
            lines.append(f"| {claim.says} | {shown} | {claim.verdict} |")
        lines += ["", "A difference is within the noise if it is less than two standard errors; ± is one.", ""]
    lines += ["## Deviations from the paper's setting", "", *(f"- {one}" for one in (*result.notes, *scale.deviations))]
    lines += ["", "## Repeat", "", "```console"]
    folders = "" if scale.name == "smoke" else " --data DIR"
    lines += [f"$ spikesearch reproduce {item.path} --scale {scale.name}{folders}", "```"]
    lines += ["", f"What this page is built from took {duration(seconds)} to measure; other items share some of it."]
    return "\n".join(lines) + "\n"


def overview(scale: str, folder: Path) -> str:
    """A list of all items that have a page in `folder`."""
    lines = [f"# The papers' tables and figures at scale `{scale}`", "", "| item | | |", "|---|---|---|"]
    for path in sorted(folder.glob("*.json"), key=_order):
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        lines.append(f"| [{found['item']}]({path.stem}.md) | {found['title']} | {found['agreement']} |")
    return "\n".join(lines) + "\n"


def _order(path: Path) -> tuple[str, str, int]:
    """Figures before tables, each by number."""
    paper, _, name = path.stem.partition("-")
    kind = name.rstrip("0123456789")
    return paper, kind, int(name[len(kind) :] or 0)


def _table(table: Table) -> Sequence[str]:
    columns = list(table.rows[0])
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return [*lines, *(f"| {' | '.join(row[column] for column in columns)} |" for row in table.rows)]


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text)
