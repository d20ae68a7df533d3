"""Spikes behind the first blocks of a supernet's paths, kept from one evaluation to the next, one bit each.

A search comes back to the same first blocks again and again: the 200 candidates of one evolution run in AutoSNN's
space have 5 different first slots, 25 different first two slots and about 80 different first three, while its ten
generations, each by itself, compute 47, 115 and 165 of them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from spikesearch.architectures.plan import SlotStep, SuperPlan
from spikesearch.errors import UserError
from spikesearch.networks.recorder import SiteActivity
from spikesearch.neurons.layout import is_dense

Prefix = tuple[int, ...]
"""For each step from the stem on the index of the candidate that ran; 0 where there is no choice."""

_BITS = 8


@dataclass(frozen=True, eq=False)
class PackedSpikes:
    """A tensor of zeros and ones with one bit for each of its elements.

    Attributes:
        bits: uint8. Bit i of all bytes together is one eighth of the elements, in the order of the memory: whole rows
            are packed and unpacked at once.
        shape: of the tensor.
        stride: of the tensor; it comes back with the memory layout it had, so that what follows computes the same.
        dtype: of the tensor.
        exact: whether nothing but zeros and ones was packed; on the device, bool of no dimension.
    """

    bits: Tensor
    shape: torch.Size
    stride: tuple[int, ...]
    dtype: torch.dtype
    exact: Tensor

    @classmethod
    def pack(cls, x: Tensor) -> "PackedSpikes | None":
        """Packs a tensor of any shape and type; None if its memory has gaps."""
        if not is_dense(x.shape, x.stride()):
            return None
        flat = x.as_strided((x.numel(),), (1,))
        rows = torch.split(flat, _row(x.numel()))
        bits = torch.zeros(_row(x.numel()), dtype=torch.uint8, device=x.device)
        exact = torch.ones((), dtype=torch.bool, device=x.device)
        for bit, row in enumerate(rows):
            fires = row != 0
            exact &= (row == fires).all()
            bits[: len(row)] |= fires.to(torch.uint8) << bit
        return cls(bits, x.shape, x.stride(), x.dtype, exact)

    def unpack(self) -> Tensor:
        """The tensor that was packed."""
        x = torch.empty_strided(self.shape, self.stride, dtype=self.dtype, device=self.bits.device)
        flat = x.as_strided((x.numel(),), (1,))
        for bit, row in enumerate(torch.split(flat, _row(x.numel()))):
            row.copy_((self.bits[: len(row)] >> bit) & 1)
        return x


def _row(elements: int) -> int:
    return max(1, -(-elements // _BITS))


@dataclass(frozen=True, eq=False)
class KeptPrefix:
    """What running a prefix over all images gave.

    Attributes:
        choices: of the steps that ran.
        layers: their layers that emit spikes, in the order of the network; only counts and rates mean something.
        batches: what came out, for each batch.
    """

    choices: Prefix
    layers: tuple[SiteActivity, ...]
    batches: tuple[PackedSpikes, ...]


class PrefixStore:
    """Keeps prefixes that end where the next slot begins, behind any pooling: fewest bits for most work.

    Short prefixes come first: each length is given memory for all prefixes of that length before the next one gets
    any, and where that is not enough, those that were not used for longest make room. Belongs to one supernet, one set
    of images and one batch size.

    Args:
        plan: of the supernet.
        images: how many are evaluated.
        limit: bytes at most; 0 keeps nothing. 1 GiB holds, of AutoSNN's space at C = 16, T = 8 and 32×32, for 10,000
            images all prefixes of one slot (0.2 GB) and ten of the 25 of two, for 1,000 all of three slots.

    Raises:
        UserError: the limit is negative.
    """

    def __init__(self, plan: SuperPlan, images: int, limit: int = 2**30) -> None:
        if limit < 0:
            raise UserError(f"memory for kept prefixes, {limit} bytes: must be 0 (keep nothing) or more")
        self._capacity = _capacities(plan, images, limit)
        self._row = {length: _bytes(plan, length, images) for length in self._capacity}
        self._kept: dict[Prefix, KeptPrefix] = {}  # the one used last stands last

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """Memory in use."""
        return sum(batch.bits.numel() for kept in self._kept.values() for batch in kept.batches)

    def bytes_for(self, paths: int) -> int:
        """The most memory that so many different paths will ever use."""
        return sum(min(paths, capacity) * self._row[length] for length, capacity in self._capacity.items())

    def longest(self, choices: Sequence[int]) -> KeptPrefix | None:
        """The longest prefix of these choices that is kept."""
        for length in sorted(self._capacity, reverse=True):
            found = self._kept.get(tuple(choices[:length]))
            if found is not None:
                return found
        return None

    def touch(self, kept: KeptPrefix) -> None:
        """Notes that this prefix is used now."""
        self._kept[kept.choices] = self._kept.pop(kept.choices)

    def reserve(self, prefixes: Sequence[Prefix]) -> list[Prefix]:
        """Those of these new prefixes that are worth keeping; makes room for them."""
        chosen: list[Prefix] = []
        wanted: Counter[int] = Counter()
        for prefix in prefixes:
            if wanted[len(prefix)] < self._capacity.get(len(prefix), 0):
                wanted[len(prefix)] += 1
                chosen.append(prefix)
        held = Counter(map(len, self._kept))
        for prefix in list(self._kept):
            if held[len(prefix)] + wanted[len(prefix)] > self._capacity[len(prefix)]:
                held[len(prefix)] -= 1
                del self._kept[prefix]
        return chosen

    def add(self, kept: KeptPrefix) -> None:
        """Keeps a prefix that `reserve` chose."""
        self._kept[kept.choices] = kept


def _bytes(plan: SuperPlan, length: int, images: int) -> int:
    """Of a kept prefix of so many steps."""
    return _row(plan.dimensions.timesteps * plan.steps[length - 1].output.size * images)


def _capacities(plan: SuperPlan, images: int, limit: int) -> dict[int, int]:
    """Number of steps of a prefix → how many such prefixes are kept. The whole path never comes back, so is not."""
    slots = [index for index, step in enumerate(plan.steps) if isinstance(step, SlotStep)]
    capacities: dict[int, int] = {}
    for number, length in enumerate(slots[1:], start=1):
        row = _bytes(plan, length, images)
        prefixes = math.prod(len(step.candidates) for step in plan.slot_steps[:number])
        capacity = min(prefixes, limit // row)
        if capacity:
            capacities[length] = capacity
        if capacity < prefixes:
            break
        limit -= capacity * row
    return capacities
