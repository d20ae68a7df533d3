"""Names that users give, made fit for one line of a figure or a page."""


def printable(text: str) -> str:
    """Without control and direction characters, which XML refuses or which turn the rest of a line around.

    Line breaks and no-break spaces stay.
    """
    return "".join(c for c in text if c.isprintable() or c in "\n\N{NO-BREAK SPACE}")


def shorten(text: str, limit: int) -> str:
    """On one line, with at most `limit` characters."""
    clean = " ".join(printable(text.replace("\t", " ")).split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def numbered(labels: list[str]) -> list[str]:
    """Labels that occur more than once get numbers: `random (1)`, `random (2)`."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        result.append(f"{label} ({seen[label]})" if labels.count(label) > 1 else label)
    return result
