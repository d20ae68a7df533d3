"""How a run tells what it is doing; the command line draws bars, a library caller hears nothing by default."""

from pathlib import Path


class Reporter:
    """Receives progress. Every method may be overridden; the base class is silent.

    Order of calls: `phase`, then any number of `advance` for it, then the next `phase`. `note` may come at any time.
    """

    def phase(self, title: str, total: int, done: int = 0) -> None:
        """A new phase begins; `done` of its `total` steps were finished by an earlier session."""

    def advance(self, done: int, detail: str = "") -> None:
        """`done` steps of the current phase are finished; `detail` is a short text of the newest figures."""

    def note(self, text: str) -> None:
        """Something worth a line of its own."""

    def interrupted(self, run: Path) -> None:
        """Somebody stopped a run; says what goes on with it, unless the run is a part of something larger."""
        self.note(f"interrupted; go on with: spikesearch resume {run}")
