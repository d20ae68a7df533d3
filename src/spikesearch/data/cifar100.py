"""CIFAR-100 from `cifar-100-python`: 60,000 photographs of 100 classes, 32×32 (Krizhevsky 2009)."""

from pathlib import Path

from spikesearch.data.cifar_files import Content, images_of, names_of, read_files
from spikesearch.data.dataset import Dataset, Images, IntArray, UInt8Array
from spikesearch.data.published import incomplete

FOLDER = "cifar-100-python"
SOURCE = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
WANTED = ("train", "test", "meta")
_PUBLISHED = (50_000, 10_000)


def load_cifar100(folder: str | Path) -> Dataset:
    """CIFAR-100 in its "python version" layout, with the 100 fine labels.

    Args:
        folder: `cifar-100-python` itself, the folder that holds it, or `cifar-100-python.tar.gz` or the folder that
            holds that, which is read in place.

    Returns:
        uint8 images [N, 3, 32, 32], planes red, green, blue, in the order of the files.

    Raises:
        UserError: the folder or one of the three files is missing, cut off, or holds something else.
    """
    files = {"train": _images, "test": _images, "meta": _names}
    found = read_files(Path(folder), "CIFAR-100", FOLDER, SOURCE, files)
    both = Images(*found["train"]), Images(*found["test"])
    return Dataset("cifar100", *both, found["meta"], incomplete(*both, _PUBLISHED))


def _images(batch: Content) -> tuple[UInt8Array, IntArray]:
    return images_of(batch, "fine_labels", 100)


def _names(meta: Content) -> tuple[str, ...]:
    return names_of(meta, "fine_label_names", 100)
