"""Which items a call means, and the folders of data that they need."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikesearch.architectures.suggest import did_you_mean
from spikesearch.errors import UserError
from spikesearch.reproduction.item import Item, data_options
from spikesearch.reproduction.items import ITEMS


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
        UserError: there is no such folder or data set, or a data set has two.
    """
    from spikesearch.data.datasets import DATASETS

    needing = [name for name, source in DATASETS.items() if source.needs_folder]
    found: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=") if not Path(text).is_dir() else ("cifar10", "=", text)
        if not equals:
            raise UserError(f"--data {text!r}: no such folder; give CIFAR-10's folder, or NAME=DIR for a data set")
        if name not in needing:
            raise UserError(
                f"--data {text!r}: no data set {name!r} needs a folder{did_you_mean(name, needing)}; "
                f"names: {', '.join(needing)}"
            )
        if not Path(folder).exists():  # events may come as one zip archive
            raise UserError(f"--data {text!r}: no such folder; give the folder of {name}'s files")
        if name in found:
            raise UserError(f"--data {text!r}: {name} has the folder {found[name]} already; give it once")
        found[name] = Path(folder)
    return found


def without_data(
    items: Sequence[Item], names: Sequence[str], scale: str, folders: Mapping[str, Path]
) -> dict[str, str]:
    """Items whose data are not there, with what is missing: to be skipped.

    Raises:
        UserError: one of them was named by itself, and not by its paper or `all`; or nothing is left.
    """
    found = {}
    for item in items:
        missing = [name for name in item.needs(scale) if name not in folders]
        if missing:
            found[item.path] = f"needs {', '.join(missing)}: give {data_options(missing)}"
    for path, why in found.items():
        if path in names or len(found) == len(items):
            raise UserError(f"{path} at scale {scale} {why}")
    return found
