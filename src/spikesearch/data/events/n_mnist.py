"""N-MNIST: 70,000 handwritten digits seen by a moving event camera, 34×34 pixels (Orchard et al. 2015)."""

import re
from dataclasses import replace
from pathlib import Path

from spikesearch.data.dataset import Dataset
from spikesearch.data.events.forty_bits import read_forty_bits
from spikesearch.data.events.loading import dataset_of, recording_in, trees_in
from spikesearch.data.events.recording import Recording
from spikesearch.data.events.settings import EventSettings
from spikesearch.data.published import incomplete
from spikesearch.errors import UserError

SOURCE = "https://www.garrickorchard.com/datasets/n-mnist"
SENSOR = (34, 34)
_PUBLISHED = (60_000, 10_000)
_ARCHIVES = ("Train.zip", "Test.zip")
_FILE = re.compile(r"(?:.*/)?(Train|Test)/([0-9])/[^/]+\.bin")


def load_n_mnist(folder: str | Path, settings: EventSettings | None = None, cache: str | Path | None = None) -> Dataset:
    """N-MNIST as its authors publish it.

    Args:
        folder: the one with `Train.zip` and `Test.zip`, read in place, or with the folders `Train` and `Test`; or one
            zip archive that holds both.
        settings: how recordings become frames.
        cache: folder for frames; None: the user's own.

    Returns:
        Frames [N, T, 2, 34, 34] of counts, recordings in the order of class and file.

    Raises:
        UserError: files are missing (it says which and where to get them) or damaged.
    """
    folder = Path(folder)
    found: dict[str, dict[tuple[int, str], Recording]] = {"Train": {}, "Test": {}}
    try:
        trees = trees_in(folder, _ARCHIVES)
    except UserError as error:
        raise UserError(f"N-MNIST cannot be read: {error}\n{_cure(folder)}") from error
    for tree in trees:
        for name in tree.names:
            match = _FILE.fullmatch(name)
            if match:
                part, label = match[1], int(match[2])
                recording = recording_in(tree, name, label, read_forty_bits)
                found[part].setdefault((label, name.rsplit("/", 1)[1]), recording)  # folders before archives
    missing = [part for part, files in found.items() if len({label for label, _ in files}) < 10]
    if missing:
        raise UserError(
            f"N-MNIST cannot be read: {folder} holds no recordings {' and no '.join(f'{p}/0…9/*.bin' for p in missing)}"
            f"\n{_cure(folder)}"
        )
    parts = {part.lower(): [files[place] for place in sorted(files)] for part, files in found.items()}
    dataset = dataset_of("n-mnist", parts, "0123456789", SENSOR, settings or EventSettings(), cache)
    return replace(
        dataset, notices=(*dataset.notices, *incomplete(dataset.train, dataset.test, _PUBLISHED, "recordings"))
    )


def _cure(folder: Path) -> str:
    here = sorted(path for path in folder.glob("*.zip") if path.name not in _ARCHIVES) if folder.is_dir() else []
    return (
        f"Wanted are {' and '.join(_ARCHIVES)} from {SOURCE}, as they are or unpacked to the folders Train/0…9 and "
        "Test/0…9: name the folder that holds them with --data, or name one zip archive that holds both"
        f"{f' (is it {here[0]}?)' if here else ''}."
    )
