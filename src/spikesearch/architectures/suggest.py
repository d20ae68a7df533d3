"""The nearest known name to a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever the case; None when nothing is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'X'?)` to be put behind the wrong name, or nothing."""
    match = nearest(name, known)
    return f" (did you mean {match!r}?)" if match else ""
