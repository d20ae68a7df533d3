"""One call of `spikesearch reproduce`: items one after another, for as long as there is time."""

import contextlib
import math
import shlex
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from spikesearch.errors import UserError
from spikesearch.reproduction.choosing import chosen, data_folders, without_data
from spikesearch.reproduction.figures import MissingFigureError, Store
from spikesearch.reproduction.item import Item, Result
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.page import write_page
from spikesearch.reproduction.page_data import page_data
from spikesearch.reproduction.scales import PAPERS, SCALES
from spikesearch.studies.lock import locked
from spikesearch.studies.progress import Reporter

STORE = Path("runs") / "reproduce"

DEVICES = ("cpu", "cuda", "auto")
_LONGEST = 525_600  # minutes of a year; clocks end somewhere


@dataclass(frozen=True)
class Reproduced:
    """An item with its result, its page, and what the page's JSON holds."""

    item: Item
    result: Result
    page: Path
    scale: str
    data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.data, "page": str(self.page)}


class Reproductions(list[Reproduced]):
    """What one call made, in order.

    Attributes:
        skipped: items that were asked for by their paper or `all` and could not be made, with what is missing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the user gave, as it was given."""

    names: Sequence[str]
    scale: str
    data: Sequence[str]
    store: str | Path
    minutes: float | None
    workers: int | None
    device: str | None
    from_figures: bool

    def check(self) -> None:
        """Refuse what would fail later, or somewhere else.

        Raises:
            UserError: a value that is not allowed.
        """
        if self.scale not in SCALES:
            raise UserError(f"--scale {self.scale!r}: give one of {', '.join(SCALES)}")
        if self.minutes is not None:
            if not (math.isfinite(self.minutes) and 0 < self.minutes <= _LONGEST):
                raise UserError(
                    f"--minutes {self.minutes:g}: give a number above 0, up to {_LONGEST:,}, or leave it out for no "
                    "limit"
                )
            if threading.current_thread() is not threading.main_thread():
                raise UserError(
                    f"minutes={self.minutes:g}: only a program's main thread can be stopped by the clock; call "
                    "reproduce there, or leave minutes out"
                )
        if self.workers is not None and self.workers < 1:
            raise UserError(f"--workers {self.workers}: give a whole number above 0, or leave it out for the scale's")
        if self.device not in (None, *DEVICES):
            raise UserError(f"--device {self.device!r}: give one of {', '.join(DEVICES)}")

    @property
    def command(self) -> str:
        """The same, as a command; defaults are left out."""
        words = ["spikesearch", "reproduce", *self.names, "--scale", self.scale]
        words += [word for text in self.data for word in ("--data", text)]
        if Path(self.store) != STORE:
            words += ["--store", str(self.store)]
        for name in ("minutes", "workers", "device"):
            value = getattr(self, name)
            if value is not None:
                words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
        return shlex.join(words + ["--from-figures"] * self.from_figures)


class _PartsUnnamed(Reporter):
    """Passes on what runs tell, but not what goes on with one of them alone: the whole command is what does."""

    def __init__(self, whole: Reporter) -> None:
        self._whole = whole

    def phase(self, title: str, total: int, done: int = 0) -> None:
        self._whole.phase(title, total, done)

    def advance(self, done: int, detail: str = "") -> None:
        self._whole.advance(done, detail)

    def note(self, text: str) -> None:
        self._whole.note(text)

    def interrupted(self, run: Path) -> None:
        pass


def reproduce(
    names: Sequence[str],
    *,
    scale: str = "small",
    data: Sequence[str] = (),
    store: str | Path = STORE,
    minutes: float | None = None,
    workers: int | None = None,
    device: str | None = None,
    from_figures: bool = False,
    reporter: Reporter | None = None,
) -> Reproductions:
    """Measure tables and figures of the papers again; what was measured before, in any item, is not measured twice.

    Args:
        names: `autosnn/table2`, …; a paper's name, or `all`, stands for all of its items that can be made with what
            is given. The others are skipped, and named in the result.
        scale: `smoke`, `small` or `paper`.
        data: folders of data sets: `DIR` for CIFAR-10, or `NAME=DIR`.
        store: folder where figures, runs and pages are kept, a folder for each scale.
        minutes: after so many the call stops, as by Ctrl-C; the same call goes on; None: no limit.
        workers: processes that train and evaluate side by side; None: the scale's.
        device: `cpu`, `cuda` or `auto`.
        from_figures: measure nothing, build pages from what is there.
        reporter: hears of progress.

    Raises:
        UserError: an unknown item, scale or data set, no data, a damaged figure, or with `from_figures` an item named
            by itself lacks one; all pages that can be built then are.
        RunError: a run failed; the same call goes on once the cause is mended.
    """
    items, teller = chosen(names), reporter or Reporter()
    asked = _Asked(
        names=names,
        scale=scale,
        data=data,
        store=store,
        minutes=minutes,
        workers=workers,
        device=device,
        from_figures=from_figures,
    )
    asked.check()
    folders = data_folders(data)
    found = Reproductions()
    if not from_figures:
        found.skipped |= without_data(items, names, scale, folders)
    place = _opened(asked)
    try:
        with locked(place.path / "lock"), _limited(minutes):
            _work(place, [item for item in items if item.path not in found.skipped], asked, folders, found, teller)
    except KeyboardInterrupt:
        teller.note(f"interrupted; go on with: {asked.command}")
        raise
    for path, why in found.skipped.items():
        teller.note(f"skipped {path}: {why}")
    return found


def _work(
    place: Store,
    items: Sequence[Item],
    asked: _Asked,
    folders: Mapping[str, Path],
    found: Reproductions,
    teller: Reporter,
) -> None:
    """Make one page after the other; with figures alone all that can be made, before what cannot is an error."""
    failed: dict[str, UserError] = {}
    for item in items:
        lab = Lab(
            place,
            PAPERS[item.paper][asked.scale],
            data=folders,
            device=asked.device,
            workers=asked.workers,
            measuring=not asked.from_figures,
            reporter=_PartsUnnamed(teller),
        )
        teller.note(f"{item.path}: {item.title}")
        try:
            found.append(_made(place, item, lab))
        except UserError as error:
            if not asked.from_figures:
                raise
            if isinstance(error, MissingFigureError) and item.path not in asked.names:
                found.skipped[item.path] = str(error)
            else:
                failed[item.path] = error
    if not found:
        failed |= {path: MissingFigureError(why) for path, why in found.skipped.items()}
    if failed:
        (first, *others), several = failed.values(), (f"{path}: {error}" for path, error in failed.items())
        raise UserError("\n".join(several)) if others else first


def _made(place: Store, item: Item, lab: Lab) -> Reproduced:
    result = item.measure(lab)
    data = page_data(item, lab.scale, result, lab.seconds, lab.taken)
    page = write_page(place.path, item, lab.scale, result, data, lab.taken.places)
    return Reproduced(item, result, page, lab.scale.name, data)


def _opened(asked: _Asked) -> Store:
    """The store's folder of the scale; made if something may be measured.

    Raises:
        UserError: it is not there, or cannot be.
    """
    place = Store(Path(asked.store) / asked.scale)
    if asked.from_figures and not place.figures.is_dir():
        raise UserError(
            f"--store {asked.store}: there is no folder {place.figures}, and with --from-figures nothing is measured; "
            "give the store that has it"
        )
    try:
        place.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--store {asked.store}: {place.path} cannot be made ({error.strerror or error}); give a folder that can "
            "be written"
        ) from error
    return place


@contextlib.contextmanager
def _limited(minutes: float | None) -> Iterator[None]:
    """Interrupt what is in the block after so many minutes."""
    if minutes is None:
        yield
        return

    def over(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, over)
    # Once more after a minute: what is raised while an object is being freed reaches nobody.
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes, 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
