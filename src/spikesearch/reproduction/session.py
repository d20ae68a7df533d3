"""One call of `spikesearch reproduce`: items one after another, for as long as there is time."""

import contextlib
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from spikesearch.errors import UserError
from spikesearch.reproduction.figures import Store
from spikesearch.reproduction.item import Item, Result
from spikesearch.reproduction.items import ITEMS
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.page import as_dict, write_page
from spikesearch.reproduction.scales import PAPERS, SCALES
from spikesearch.studies.lock import locked
from spikesearch.studies.progress import Reporter

STORE = Path("runs") / "reproduce"


@dataclass(frozen=True)
class Reproduced:
    """An item with its result and its page."""

    item: Item
    result: Result
    page: Path
    scale: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**as_dict(self.item, PAPERS[self.item.paper][self.scale], self.result), "page": str(self.page)}


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
) -> list[Reproduced]:
    """Measure tables and figures of the papers again; what was measured before, in any item, is not measured twice.

    Args:
        names: `autosnn/table2`, …; a paper's name, or `all`, stands for all of its items.
        scale: `smoke`, `small` or `paper`.
        data: folders of data sets: `DIR` for CIFAR-10, or `NAME=DIR`.
        store: folder where figures, runs and pages are kept, a folder for each scale.
        minutes: after so many the call stops, as by Ctrl-C; the same call goes on; None: no limit.
        workers: processes that train and evaluate side by side; None: the scale's.
        device: `cpu`, `cuda` or `auto`.
        from_figures: measure nothing, build pages from what is there.
        reporter: hears of progress.

    Raises:
        UserError: an unknown item or scale, no data, or with `from_figures` something is missing.
        RunError: a run failed; the same call goes on once the cause is mended.
    """
    items = chosen(names)
    if scale not in SCALES:
        raise UserError(f"--scale {scale!r}: give one of {', '.join(SCALES)}")
    if minutes is not None and minutes <= 0:
        raise UserError(f"--minutes {minutes:g}: give a number above 0, or leave it out for no limit")
    folders = data_folders(data)
    _check_data(items, scale, folders, from_figures)
    place = Store(Path(store) / scale)
    place.path.mkdir(parents=True, exist_ok=True)
    found = []
    with locked(place.path / "lock"), _limited(minutes):
        for item in items:
            size = PAPERS[item.paper][scale]
            lab = Lab(
                place,
                size,
                data=folders,
                device=device,
                workers=workers,
                measuring=not from_figures,
                reporter=reporter,
            )
            (reporter or Reporter()).note(f"{item.path}: {item.title}")
            result = item.measure(lab)
            found.append(Reproduced(item, result, write_page(place.path, item, size, result, lab.seconds), scale))
    return found


def chosen(names: Sequence[str]) -> list[Item]:
    """The items called so, each once.

    Raises:
        UserError: there is no such item.
    """
    found: dict[str, Item] = {}
    for name in names:
        wanted = [item for item in ITEMS.values() if name in ("all", item.paper, item.path)]
        if not wanted:
            raise UserError(
                f"nothing to reproduce under {name!r}; items: {', '.join(ITEMS)}; or autosnn, snasnet or all"
            )
        found |= {item.path: item for item in wanted}
    if not found:
        raise UserError("name an item, such as autosnn/table2; spikesearch reproduce --list shows all")
    return list(found.values())


def data_folders(given: Sequence[str]) -> dict[str, Path]:
    """`DIR` or `NAME=DIR` as folders by data set.

    Raises:
        UserError: there is no such folder.
    """
    found = {}
    for text in given:
        name, equals, folder = text.partition("=") if not Path(text).is_dir() else ("cifar10", "=", text)
        if not equals or not Path(folder).exists():  # events may come as one zip archive
            raise UserError(f"--data {text!r}: no such folder; give CIFAR-10's folder, or NAME=DIR for a data set")
        found[name] = Path(folder)
    return found


def _check_data(items: Sequence[Item], scale: str, folders: Mapping[str, Path], from_figures: bool) -> None:
    if from_figures:
        return
    for item in items:
        missing = [name for name in item.needs(scale) if name not in folders]
        if missing:
            option = "--data DIR" if missing == ["cifar10"] else " ".join(f"--data {name}=DIR" for name in missing)
            raise UserError(f"{item.path} at scale {scale} needs {', '.join(missing)}: give {option}")


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
