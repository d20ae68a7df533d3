"""What is said where files are not those that were published: no folder where one is named, or only a part of them."""

from pathlib import Path

from spikesearch.data.dataset import Images


def place_problem(folder: Path, inside: str) -> str:
    """Why nothing is found there, in words that follow the name of the folder.

    Args:
        folder: as the user gave it.
        inside: what is wrong if there is such a folder: `holds no …`.
    """
    if folder.is_dir():
        return inside
    return "is a file; name its folder" if folder.exists() else "does not exist"


def incomplete(train: Images, test: Images, published: tuple[int, int], word: str = "images") -> tuple[str, ...]:
    """A notice where a data set has other numbers of images than its publishers': figures of a part of it are not those
    that papers give.

    Args:
        train: what was found.
        test: the same.
        published: numbers of both.
        word: what they are.
    """
    if (len(train), len(test)) == published:
        return ()
    return (
        f"this is not the whole data set as published: the training part has {len(train):,} {word} instead of "
        f"{published[0]:,}, the test part {len(test):,} instead of {published[1]:,}",
    )
