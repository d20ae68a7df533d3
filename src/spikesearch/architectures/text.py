"""Reads architectures from text: tolerant of case and separators, and exact about what is wrong.

`autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5` is canonical. A published network's name stands for it, a prefix and one
block fill every slot, and five blocks without a prefix belong to `autosnn`. `snasnet: 0302 0030 3003 0000` is a cell,
with or without its prefix, and `spikenas-bench:12617` an entry of that table. `cifarnet-fang` is a network
made by hand.
"""

import re
from collections.abc import Callable, Mapping

from spikesearch.architectures.architecture import Architecture, SlotArchitecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.cells import CELL_EXAMPLE, CELL_PREFIX, is_cell_text, parse_cell
from spikesearch.architectures.hand_made import HAND_MADE, HandMadeArchitecture
from spikesearch.architectures.macros import MACROS, Macro
from spikesearch.architectures.naming import BLOCK_EXAMPLES, find_block, parse_block
from spikesearch.architectures.published import PUBLISHED
from spikesearch.architectures.spikenas_bench import BENCH_EXAMPLE, BENCH_PREFIX, parse_entry
from spikesearch.architectures.suggest import did_you_mean, nearest
from spikesearch.errors import UserError

# What stands behind these prefixes is read by functions of their own.
CELLS: dict[str, Callable[[str], Architecture]] = {CELL_PREFIX: parse_cell, BENCH_PREFIX: parse_entry}
CELL_SPACES: tuple[str, ...] = ("snasnet-forward", "snasnet-feedback")
_SEPARATORS = re.compile(r"[\s,-]+")


def parse(text: str, blocks: Mapping[str, Block] | None = None) -> Architecture:
    """Reads an architecture: canonical text, a looser form of it, or the name of a published network.

    Args:
        text: `<space>: <block> …`; case does not matter, and space, comma or dash may stand between blocks. Between
            the rows of a cell also slashes.
        blocks: the user's own blocks by name, beside the built-in ones.

    Raises:
        UserError: anything that is no architecture; the message names it, what is allowed and the nearest known name.
    """
    if not isinstance(text, str):
        raise UserError(f"{text!r} is no architecture text; give one such as {PUBLISHED['autosnn']!r}")
    prefix, colon, rest = (part.strip() for part in text.partition(":"))
    if colon:
        return _prefixed(prefix, rest, blocks)
    name = text.strip().lower()
    if name in PUBLISHED:
        return parse(PUBLISHED[name])
    if name in HAND_MADE:
        return HandMadeArchitecture(name)
    if name in MACROS:
        raise UserError(_space_alone(MACROS[name]))
    if name in CELLS or name in CELL_SPACES:
        raise UserError(_cells_alone(name))
    if is_cell_text(name):
        return parse_cell(name)
    return _unprefixed(text.strip(), blocks)


def as_architecture(given: str | Architecture, blocks: Mapping[str, Block] | None = None) -> Architecture:
    """The architecture itself, or what its text says.

    Raises:
        UserError: as `parse`.
    """
    return given if isinstance(given, Architecture) else parse(given, blocks)


def _prefixed(prefix: str, rest: str, blocks: Mapping[str, Block] | None) -> Architecture:
    space = prefix.lower()
    if space in CELLS and rest:
        return CELLS[space](rest)
    if space in CELLS or space in CELL_SPACES:
        raise UserError(_cells_alone(space, rest))
    if space not in MACROS:
        if space in PUBLISHED or space in HAND_MADE:
            raise UserError(f"{prefix!r} names a whole network, so no blocks follow it: give {space!r} alone")
        raise UserError(f"unknown space {prefix!r}{did_you_mean(prefix, (*MACROS, *CELLS))}; {_available()}")
    macro = MACROS[space]
    words = _words(rest)
    if not words:
        raise UserError(_space_alone(macro))
    if len(words) == 1:
        words *= len(macro.slots)
    if len(words) != len(macro.slots):
        raise UserError(
            f"{space} has {len(macro.slots)} slots ({' '.join(macro.slot_names)}), got {len(words)}: {rest!r}; "
            f"give {len(macro.slots)} blocks, or one to fill every slot, such as {space}:SCB_k3"
        )
    return SlotArchitecture(space, tuple(parse_block(word, blocks) for word in words))


def _unprefixed(text: str, blocks: Mapping[str, Block] | None) -> Architecture:
    """Blocks alone. Only the number of slots could tell the space, and only five of them do."""
    words = _words(text)
    if all(find_block(word, blocks) is None for word in words):
        names = (*PUBLISHED, *HAND_MADE, *MACROS, *CELLS, *CELL_SPACES)
        # A dash stands in names as well as between blocks: several words may be one mistyped name.
        if len(words) < 2 or nearest(text, names):
            hint = did_you_mean(text, (*names, *BLOCK_EXAMPLES, *(blocks or ())))
            raise UserError(f"unknown architecture {text!r}{hint}; {_available()}")
    slots = [parse_block(word, blocks) for word in words]
    if len(slots) == len(MACROS["autosnn"].slots):
        return SlotArchitecture("autosnn", tuple(slots))
    fitting = [name for name, macro in MACROS.items() if len(macro.slots) == len(slots)]
    if fitting:
        forms = " or ".join(f"'{name}: {' '.join(map(str, slots))}'" for name in fitting)
        raise UserError(
            f"{len(slots)} blocks could belong to {' or '.join(fitting)}: write the space in front, {forms}"
        )
    raise UserError(
        f"{len(slots)} block{'s' * (len(slots) != 1)} without a space in front: {text!r}; give the "
        f"{len(MACROS['autosnn'].slots)} of autosnn, or a space and one block for all its slots: autosnn:{slots[0]}"
    )


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]


def _space_alone(macro: Macro) -> str:
    blocks = " ".join(["SCB_k3"] * len(macro.slots))
    return (
        f"{macro.name!r} is a space, not an architecture: fill its {len(macro.slots)} slots "
        f"({' '.join(macro.slot_names)}), as in '{macro.name}: {blocks}', or all with one block, '{macro.name}:SCB_k3'"
    )


def _cells_alone(name: str, rest: str = "") -> str:
    if name == BENCH_PREFIX:
        return f"{name!r} is a space, not an architecture: give an entry's id, as in {BENCH_EXAMPLE!r}"
    if name == CELL_PREFIX:
        return f"{name!r} is the prefix of a cell: write its matrix behind it, as in {CELL_EXAMPLE!r}"
    example = f"{CELL_PREFIX}: {rest}" if rest else CELL_EXAMPLE
    return f"{name!r} is a space, not an architecture; its cells are written with the prefix snasnet, as in {example!r}"


def _available() -> str:
    return (
        f"networks: {', '.join((*PUBLISHED, *HAND_MADE))}; spaces: {', '.join(MACROS)} (write '<space>: <block> …'); "
        f"cells: {CELL_EXAMPLE!r}, {BENCH_EXAMPLE!r}"
    )
