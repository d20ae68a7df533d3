"""A page as data: its conclusions and tables as numbers, and the figures that it is built from."""

import re
from collections.abc import Mapping
from typing import Any

from spikesearch.reports.numbers import MINUS
from spikesearch.reproduction.claims import Claim
from spikesearch.reproduction.item import Item, Result, Table
from spikesearch.reproduction.page import agreement
from spikesearch.reproduction.scale import Scale
from spikesearch.reproduction.taken import Taken

_NUMBER = rf"[+{MINUS}-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?"
_CELL = re.compile(rf"({_NUMBER})(?: ± ({_NUMBER}))?")


def page_data(item: Item, scale: Scale, result: Result, seconds: float, taken: Taken) -> dict[str, Any]:
    """Plain JSON values.

    Tables have `rows` as the page shows them, and `values`, the same as numbers; `networks` and `searches` have the
    measurements themselves, without rounding, with their repeats and the file of each.
    """
    shown = _as_shown(item, scale, result)
    return {
        **shown,
        "tables": [
            {**one, "values": values_of(table)} for one, table in zip(shown["tables"], result.tables, strict=True)
        ],
        "seconds": round(seconds, 1),
        **taken.as_dict(),
    }


def _as_shown(item: Item, scale: Scale, result: Result) -> dict[str, Any]:
    """What stands on the page, as plain JSON values."""
    return {
        "item": item.path,
        "title": item.title,
        "scale": scale.name,
        "agreement": agreement(scale, result),
        "claims": [_claim_dict(one, scale) for one in result.claims],
        "tables": [{"caption": table.caption, "rows": [dict(row) for row in table.rows]} for table in result.tables],
        "notes": list(result.notes),
        "deviations": scale.deviations_of(item.uses),
    }


def _claim_dict(claim: Claim, scale: Scale) -> dict[str, Any]:
    return {
        "says": claim.says,
        "of": "here" if claim.own else "paper",
        "difference": claim.difference,
        "error": claim.error,
        "limit": claim.limit,
        "n": list(claim.n),
        "unit": claim.unit,
        "verdict": claim.verdict if scale.verdicts else None,
    }


def values_of(table: Table) -> list[dict[str, Any]]:
    """The rows of a table with numbers in the place of their texts."""
    return [{column: value_of(cell) for column, cell in row.items()} for row in table.rows]


def value_of(cell: str) -> str | float | Mapping[str, float] | None:
    """A cell as data.

    >>> value_of("24,987 ± 375")
    {'mean': 24987.0, 'deviation': 375.0}
    >>> value_of("−38.46"), value_of("–"), value_of("SRB_k3")
    (-38.46, None, 'SRB_k3')
    """
    if cell == "–":
        return None
    found = _CELL.fullmatch(cell)
    if found is None:
        return cell
    mean, deviation = (None if text is None else _number(text) for text in found.groups())
    if mean is None or deviation is None:
        return mean
    return {"mean": mean, "deviation": deviation}


def _number(text: str) -> float:
    return float(text.replace(MINUS, "-").replace(",", ""))
