"""The part of a space that keeps budgets of parameters and MACs, found by arithmetic before anything is evaluated."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from spikesearch.architectures.costs import SlotCosts
from spikesearch.errors import UserError
from spikesearch.strategies.constraints import Constraint
from spikesearch.strategies.strategy import Space

# Codes that are listed: all 390,625 of AutoSNN's spaces with eight slots, and 8 MB.
_MOST_LISTED = 2**20
# Draws for one architecture where they cannot be listed.
_TRIES = 10_000


class ConstrainedSpace:
    """The architectures of a space that keep all `constraints`: a space of its own for strategies.

    They are listed if they are not too many, so that `size` is their number and `sample` is exactly uniform. Otherwise
    `size` is that of the whole space, and `sample` draws from it until it meets one. So it does in a space that
    draws in a way of its own (`sampling` is not "uniform"), which its part keeps.

    Args:
        space: where they are.
        costs: for each constrained quantity, what candidates cost.
        constraints: of quantities in `costs`.
        most_listed: how many codes may be listed.

    Raises:
        UserError: no architecture keeps them; names the smallest (or largest) possible value.
    """

    def __init__(
        self,
        space: Space,
        costs: Mapping[str, SlotCosts],
        constraints: Sequence[Constraint],
        *,
        most_listed: int = _MOST_LISTED,
    ) -> None:
        self._space = space
        self._costs = costs
        self._constraints = tuple(constraints)
        for constraint in self._constraints:
            self._refuse_impossible(constraint)
        self._uniform = getattr(space, "sampling", "uniform") == "uniform"
        self._codes = self._listed(most_listed)
        if self._codes is None:
            self.sample(np.random.default_rng(0))  # says now, and not after a training, if there is none to be found
        elif not len(self._codes):
            raise UserError(
                f"no architecture of {self._name} keeps {self._words} together, though each alone can be kept: loosen "
                "one of them"
            )

    @property
    def listed(self) -> bool:
        """Whether `size` is exact."""
        return self._codes is not None

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of the slots."""
        return self._space.slot_names

    @property
    def choices(self) -> tuple[int, ...]:
        """Number of candidates of each slot."""
        return self._space.choices

    @property
    def size(self) -> int:
        """Number of architectures that keep the constraints; that of the whole space if they are not listed."""
        return self._space.size if self._codes is None else len(self._codes)

    def encode(self, architecture: Any) -> tuple[int, ...]:
        """The index of the candidate in each slot."""
        return self._space.encode(architecture)

    def decode(self, code: tuple[int, ...]) -> Any:
        """The architecture with these candidates, whether it keeps the constraints or not."""
        return self._space.decode(code)

    def sample(self, rng: np.random.Generator) -> Any:
        """One architecture, uniform over those that keep the constraints, or as the space itself draws.

        Raises:
            UserError: they are too rare to be met by chance.
        """
        if self._codes is not None and self._uniform:
            return self._decoded(self._codes[int(rng.integers(len(self._codes)))])
        for _ in range(_TRIES):
            architecture = self._space.sample(rng)
            if architecture in self:
                return architecture
        raise UserError(
            f"of {_TRIES:,} architectures drawn from {self._name} none keeps {self._words}: loosen them, or give fewer "
            "candidates, so that all architectures can be listed"
        )

    def __contains__(self, architecture: object) -> bool:
        if architecture not in self._space:
            return False
        code = self._space.encode(architecture)
        return all(one.kept(self._costs[one.quantity].of(code)) for one in self._constraints)

    def __iter__(self) -> Iterator[Any]:
        if self._codes is not None:
            return map(self._decoded, self._codes)
        return (architecture for architecture in self._space if architecture in self)

    @property
    def _name(self) -> str:
        return str(getattr(self._space, "name", "the space"))

    @property
    def _words(self) -> str:
        return " and ".join(map(str, self._constraints))

    def _decoded(self, code: np.ndarray) -> Any:
        return self._space.decode(tuple(code.tolist()))

    def _refuse_impossible(self, constraint: Constraint) -> None:
        costs, best = self._costs[constraint.quantity], min if constraint.upper else max
        code = tuple(slot.index(best(slot)) for slot in costs.slots)
        if constraint.kept(costs.of(code)):
            return
        word, cure = ("smallest", "raise") if constraint.upper else ("largest", "lower")
        raise UserError(
            f"no architecture of {self._name} keeps {constraint}: the {word} possible value is {costs.of(code):,} "
            f"({self._space.decode(code)}); {cure} the bound, or change network.channels or the candidates"
        )

    def _listed(self, most: int) -> np.ndarray | None:
        """The codes, [architectures, slots], the last slot fastest; None if they are too many.

        Slot by slot: beginnings that not even the best rest could save are dropped at once. A space of which few codes
        are members may list those itself (`codes`).
        """
        members: np.ndarray | None = getattr(self._space, "codes", None)
        if members is not None:
            return members[self._kept(members)] if len(members) <= most else None
        codes = np.zeros((1, 0), dtype=np.int16)
        sums = {name: np.array([costs.fixed]) for name, costs in self._costs.items()}  # of the beginnings, and fixed
        for slot, count in enumerate(self._space.choices):
            if len(codes) * count > most:
                return None
            last = np.tile(np.arange(count, dtype=np.int16), len(codes))
            codes = np.column_stack([np.repeat(codes, count, axis=0), last])
            sums = {name: np.repeat(known, count) + self._added(name, slot)[last] for name, known in sums.items()}
            kept = np.ones(len(codes), dtype=bool)
            for one in self._constraints:
                kept &= one.kept(sums[one.quantity] + self._rest(one, slot + 1))
            codes, sums = codes[kept], {name: known[kept] for name, known in sums.items()}
        if np.prod(self._space.choices, dtype=float) != self._space.size:  # not every code is an architecture
            codes = codes[[self._decoded(code) in self._space for code in codes]]
        return codes

    def _kept(self, codes: np.ndarray) -> np.ndarray:
        """Which of the codes keep all constraints: [architectures]."""
        kept = np.ones(len(codes), dtype=bool)
        for one in self._constraints:
            added = (self._added(one.quantity, slot)[codes[:, slot]] for slot in range(codes.shape[1]))
            kept &= one.kept(self._costs[one.quantity].fixed + sum(added))
        return kept

    def _added(self, quantity: str, slot: int) -> np.ndarray:
        return np.array(self._costs[quantity].slots[slot], dtype=np.int64)

    def _rest(self, constraint: Constraint, begin: int) -> int:
        """What the slots from `begin` on add at least, or at most where a smallest value is asked for."""
        best = min if constraint.upper else max
        return sum(best(slot) for slot in self._costs[constraint.quantity].slots[begin:])
