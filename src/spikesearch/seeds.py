"""Named child seeds: everything random draws from its own, so that no part disturbs another."""

import hashlib


def child_seed(seed: int, *names: str | int) -> int:
    """A 63-bit seed for the part called `names`, the same on every machine and version.

    A hash instead of a shared generator: the order in which parts ask for numbers cannot matter, and a resumed
    run needs no stored generator state.
    """
    text = "\x1f".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
