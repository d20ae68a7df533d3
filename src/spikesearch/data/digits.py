"""The digits of scikit-learn: 1,797 real handwritten digits that come with the installation."""

import numpy as np
import torch
from torch.nn import functional as F

from spikesearch.data.dataset import Dataset, Images, UInt8Array
from spikesearch.data.split import stratified_split
from spikesearch.errors import UserError

_OWN_SIZE = 8  # pixels
_LARGEST_SIZE = 256  # 1,797 such images are 118 MB
_TEST_FRACTION = 0.2
_TEST_SEED = 20220  # a constant: the test part is the same for every run, seed and version


def load_digits(size: int = _OWN_SIZE) -> Dataset:
    """The digits data set (UCI optical recognition of handwritten digits, test part, by way of scikit-learn).

    Grey images, 10 classes. scikit-learn names no test part; ours is a fixed stratified fifth (359 images), the same
    whatever the seed of a run.

    Args:
        size: height and width in pixels: 8 as they are, more by bilinear enlarging.

    Returns:
        Images [N, 1, size, size]; the original grey values 0…16 become 0…255.

    Raises:
        UserError: the size is below 8 or above 256, or scikit-learn is not installed.
    """
    if not _OWN_SIZE <= size <= _LARGEST_SIZE:
        raise UserError(f"digits of size {size!r}: they are 8×8 pixels and can be enlarged up to {_LARGEST_SIZE}")
    try:
        from sklearn.datasets import load_digits as load_from_sklearn
    except ImportError as error:
        raise UserError("the digits come with scikit-learn: pip install scikit-learn") from error
    found = load_from_sklearn()
    images = _enlarge(np.asarray(found.images), size)  # [N, 1, size, size]
    labels = np.asarray(found.target, dtype=np.int64)
    train, test = stratified_split(labels, _TEST_FRACTION, _TEST_SEED)
    whole = Images(images, labels)
    return Dataset("digits", whole.select(train), whole.select(test), tuple("0123456789"))


def _enlarge(grey: np.ndarray, size: int) -> UInt8Array:
    """[N, 8, 8] grey values 0…16 → uint8 [N, 1, size, size]."""
    # float64, so that rounding to bytes cannot depend on the machine's float32 kernels
    images = torch.from_numpy(grey.astype(np.float64) * (255 / 16)).unsqueeze(1)  # [N, 1, 8, 8]
    if size != _OWN_SIZE:
        images = F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False)
    return images.round().to(torch.uint8).numpy()
