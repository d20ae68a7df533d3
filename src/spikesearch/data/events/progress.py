"""Who hears how far the reading of recordings is. It takes minutes the first time, deep inside of what loads data."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from spikesearch.studies.progress import Reporter

Item = TypeVar("Item")

# A context variable, not an argument: recordings are read wherever somebody first asks for the data, through loaders
# that know of files and labels alone and that users call and write themselves.
_REPORTER: ContextVar[Reporter | None] = ContextVar("reporter of recordings", default=None)


@contextmanager
def recordings_reported_to(reporter: Reporter | None) -> Iterator[None]:
    """Inside, the reporter hears a phase for each reading of all recordings, and every recording as a step of it.

    Args:
        reporter: None leaves whoever hears already.
    """
    token = _REPORTER.set(reporter or _REPORTER.get())
    try:
        yield
    finally:
        _REPORTER.reset(token)


class Counter:
    """Counts the recordings of one phase.

    Args:
        doing: what is done with them, `cutting frames`.
        total: how many recordings there are.
    """

    def __init__(self, doing: str, total: int) -> None:
        self._reporter = _REPORTER.get() or Reporter()
        self._all = f"{total:,} recording{'s' * (total != 1)}"
        self._done = 0
        self._reporter.phase(f"{doing}: {self._all}", total)

    def over(self, recordings: Iterable[Item]) -> Iterator[Item]:
        """These recordings, each counted once the next one is asked for."""
        for recording in recordings:
            yield recording
            self._done += 1
            self._reporter.advance(self._done, f"{self._done:,} of {self._all}")
