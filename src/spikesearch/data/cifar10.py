"""CIFAR-10 from the folder people have, `cifar-10-batches-py`, without running anything that its pickles may say."""

from pathlib import Path

import numpy as np

from spikesearch.data.cifar_files import Content, images_of, names_of, read_files
from spikesearch.data.dataset import Dataset, Images, IntArray, UInt8Array
from spikesearch.data.published import incomplete

FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{k}" for k in range(1, 6))
TEST_FILE = "test_batch"
META_FILE = "batches.meta"
WANTED = (*TRAIN_FILES, TEST_FILE, META_FILE)
SOURCE = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_PUBLISHED = (50_000, 10_000)


def load_cifar10(folder: str | Path) -> Dataset:
    """CIFAR-10 in its "python version" layout.

    Args:
        folder: `cifar-10-batches-py` itself, the folder that holds it, or `cifar-10-python.tar.gz` or the folder that
            holds that, which is read in place.

    Returns:
        uint8 images [N, 3, 32, 32], planes red, green, blue; training images in file order 1…5.

    Raises:
        UserError: the folder or one of the seven files is missing, cut off, or holds something else. All such files
            are named at once, with what is wanted and where to get it.
    """
    files = {**dict.fromkeys((*TRAIN_FILES, TEST_FILE), _images), META_FILE: _names}
    found = read_files(Path(folder), "CIFAR-10", FOLDER, SOURCE, files)
    images, labels = map(np.concatenate, zip(*(found[name] for name in TRAIN_FILES), strict=True))
    both = Images(images, labels), Images(*found[TEST_FILE])
    return Dataset("cifar10", *both, found[META_FILE], incomplete(*both, _PUBLISHED))


def _images(batch: Content) -> tuple[UInt8Array, IntArray]:
    return images_of(batch, "labels", 10)


def _names(meta: Content) -> tuple[str, ...]:
    return names_of(meta, "label_names", 10)
