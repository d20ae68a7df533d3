"""Progress for people: one bar per phase with the time left, on stderr."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from spikesearch.cli.output import messages
from spikesearch.processes.launch import Launch
from spikesearch.studies.progress import Reporter


class ConsoleReporter(Reporter):
    """Shows phases as bars on a terminal and as plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = messages()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
            console=self._console,
            disable=not (self._console.is_terminal and Launch.here().leads),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def phase(self, title: str, total: int, done: int = 0) -> None:
        """A new phase begins; `done` of `total` steps were finished before."""
        if not self._console.is_terminal:
            self._console.print(title, markup=False)
        self._task = self._bars.add_task(title, total=total, completed=done, detail="")

    def advance(self, done: int, detail: str = "") -> None:
        """`done` steps of the phase are finished."""
        if self._task is not None:
            self._bars.update(self._task, completed=done, detail=detail)

    def note(self, text: str) -> None:
        """Something worth a line."""
        self._console.print(text, markup=False, soft_wrap=True)
