"""Hard budgets: what a network may cost at most, or must reach at least, and by how much one misses it.

Parameters and MACs follow from the architecture, so `strategies.feasible` takes what breaks them out of the space.
Spikes, firing rate and accuracy have to be measured. Candidates that keep those come before all that break them, and
of two that break them the one that breaks them less comes first, whatever the fitness: Deb's rule (Computer Methods in
Applied Mechanics and Engineering 186, 2000, section 3; Deb et al., IEEE Transactions on Evolutionary Computation 6,
2002, section VI).
"""

import math
import operator
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from spikesearch.errors import UserError
from spikesearch.strategies.evaluator import Measurement

ARITHMETIC = ("parameters", "macs")
"""Quantities that follow from the architecture."""

MEASURED = ("spikes", "firing_rate", "accuracy")
"""Quantities that are measured on images: spikes per image, and two shares in 0…1."""

_SHARES = ("firing_rate", "accuracy")
_RELATIONS: Mapping[str, Callable[[Any, float], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SUFFIXES = {"": Decimal(1), "k": Decimal(10**3), "m": Decimal(10**6), "g": Decimal(10**9), "%": Decimal("0.01")}
_FORM = re.compile(
    r"(?P<quantity>[a-z][a-z_ -]*?)\s*(?P<relation><=|>=|<|>)\s*"
    r"(?P<number>\d[\d_]*(\.\d+)?(e[+-]?\d{1,3})?)\s*(?P<suffix>[kmg%]?)",
    re.IGNORECASE,
)
_HELP = "write for example spikes<=50k, parameters<=100k or macs<20M"


@dataclass(frozen=True)
class Constraint:
    """One budget, for example `spikes<=50000`. `str` gives the canonical text, which `parse` reads back.

    Attributes:
        quantity: one of `ARITHMETIC` or `MEASURED`.
        relation: `<=`, `<`, `>=` or `>`.
        bound: parameters, MACs or spikes per image; a share in 0…1 for firing rate and accuracy.
    """

    quantity: str
    relation: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `QUANTITY RELATION NUMBER`; k, M and G stand for 10³, 10⁶ and 10⁹, % for hundredths of a share.

        Raises:
            UserError: the text has another form, an unknown quantity, or a bound that cannot be meant.
        """
        match = _FORM.fullmatch(text.strip().replace("≤", "<=").replace("≥", ">="))
        if match is None:
            raise UserError(
                f"constraint {text!r}: {_HELP}; the relation is <=, <, >= or >, the number may end in k, M, G"
            )
        quantity = match["quantity"].strip().lower().replace("-", "_").replace(" ", "_")
        if quantity not in (*ARITHMETIC, *MEASURED):
            raise UserError(
                f"constraint {text!r}: {quantity!r} cannot be constrained; give one of "
                f"{', '.join((*MEASURED[:1], *ARITHMETIC, *MEASURED[1:]))}"
            )
        suffix = match["suffix"].lower()
        # As decimals: 0.29k is 290, and not what 0.29 · 1000 is in binary.
        bound = float(Decimal(match["number"].replace("_", "")) * _SUFFIXES[suffix])
        constraint = cls(quantity, match["relation"], bound)
        constraint._check(text, suffix)
        return constraint

    def _check(self, text: str, suffix: str) -> None:
        share = self.quantity in _SHARES
        if suffix == "%" and not share:
            raise UserError(f"constraint {text!r}: {self.quantity} is a number and no share; {_HELP}")
        if share and self.bound > 1:
            raise UserError(
                f"constraint {text!r}: {self.quantity} lies in 0…1; write {self.quantity}{self.relation}0.9, or 90%"
            )
        if not math.isfinite(self.bound):
            raise UserError(f"constraint {text!r}: the bound is too large for a number; {_HELP}")
        if self.upper and self.bound == 0:
            raise UserError(f"constraint {text!r}: nothing useful has so little; give a bound above 0")

    @property
    def upper(self) -> bool:
        """Whether it sets a largest value, not a smallest one."""
        return self.relation.startswith("<")

    def kept(self, value: Any) -> Any:
        """Whether a network with this value keeps it; of an array of values, an array."""
        return _RELATIONS[self.relation](value, self.bound)

    def excess(self, value: float) -> float:
        """By how much `value` misses the bound, as a share of it; 0 or less where it is kept, as Optuna has it."""
        distance = value - self.bound if self.upper else self.bound - value
        share = distance / (self.bound or 1.0)
        # Kept or not must not depend on how this is rounded; nor may `<` count as kept at the bound itself.
        return min(share, 0.0) if self.kept(value) else max(share, sys.float_info.epsilon)

    def check(self, value: float) -> dict[str, Any]:
        """What is stored of a network: `constraint`, its `value`, and whether it is `kept`."""
        return {"constraint": str(self), "value": value, "kept": self.kept(value)}

    def __str__(self) -> str:
        whole = self.bound.is_integer()
        return f"{self.quantity}{self.relation}{int(self.bound) if whole else self.bound}"


@dataclass(frozen=True)
class Constraints:
    """All budgets of a search; none by default.

    Attributes:
        every: in the order given.
    """

    every: tuple[Constraint, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Read each of them.

        Raises:
            UserError: as `Constraint.parse`.
        """
        return cls(tuple(map(Constraint.parse, texts)))

    @property
    def arithmetic(self) -> tuple[Constraint, ...]:
        """Those that follow from the architecture."""
        return tuple(one for one in self.every if one.quantity in ARITHMETIC)

    @property
    def measured(self) -> tuple[Constraint, ...]:
        """Those that have to be measured."""
        return tuple(one for one in self.every if one.quantity in MEASURED)

    def excesses(self, measurement: Measurement) -> tuple[float, ...]:
        """`Constraint.excess` of each measured one."""
        values = measured_values(measurement)
        return tuple(one.excess(values[one.quantity]) for one in self.measured)

    def refuse_impossible(self, most_spikes: float = math.inf) -> None:
        """Make sure that each quantity has values that keep all its bounds.

        Not done by `parse`: what is read may be an older run, which ran with them.

        Args:
            most_spikes: spikes per image of a network whose every neuron always fires.

        Raises:
            UserError: no value keeps a bound, or two of them together.
        """
        largest = {"spikes": most_spikes, **dict.fromkeys(_SHARES, 1.0)}
        for one in self.every:
            limit = largest.get(one.quantity, math.inf)
            if not one.upper and not one.kept(limit):
                raise UserError(f"constraint {one}: {one.quantity} can be at most {limit:,.0f}; give a lower bound")
        for lower in self.every:
            for upper in self.every:
                if lower.quantity == upper.quantity and not lower.upper and upper.upper and _apart(lower, upper):
                    raise UserError(
                        f"constraints {lower} and {upper} contradict each other: nothing can keep both; leave one out"
                    )

    def checks(self, values: Mapping[str, float]) -> list[dict[str, Any]]:
        """`Constraint.check` of each one, by the values of all quantities."""
        return [one.check(values[one.quantity]) for one in self.every]


def _apart(lower: Constraint, upper: Constraint) -> bool:
    """Whether no value keeps both."""
    if lower.bound == upper.bound:
        return not (lower.kept(lower.bound) and upper.kept(upper.bound))
    return lower.bound > upper.bound


UNCONSTRAINED = Constraints()

NOT_WITH_RACING = (
    "a candidate that stops early is not measured exactly, so nobody could say whether it keeps the constraint; leave "
    "racing out, or constrain parameters and macs only"
)


def measured_values(measurement: Measurement) -> dict[str, float]:
    """The measured quantities of a network."""
    return {
        "spikes": measurement.spikes_per_image,
        "firing_rate": measurement.firing_rate,
        "accuracy": measurement.accuracy,
    }


def violation(excesses: Iterable[float]) -> float:
    """Σ of what is missed, each as a share of its bound (Deb 2000, eq. 2); 0 where everything is kept."""
    return math.fsum(max(0.0, excess) for excess in excesses)


def in_words(check: Mapping[str, Any]) -> str:
    """A stored check: `spikes<=50000 broken: 62,114` or `parameters<=100000 kept: 83,306`."""
    value = float(check["value"])
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.4g}"
    return f"{check['constraint']} {'kept' if check['kept'] else 'broken'}: {shown}"


def broken(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each winner that breaks a constraint after training; the search could only estimate that."""
    return [
        f"{entry['label']} breaks {in_words(check).replace(' broken:', ' on the test images:')}. The search measured "
        f"it with shared weights; give a {_tighter(check)} bound, or train several candidates (train --front) and take "
        "one that keeps it."
        for entry in results
        if entry["lam"] is not None
        for check in entry.get("constraints", ())
        if not check["kept"]
    ]


def _tighter(check: Mapping[str, Any]) -> str:
    return "lower" if Constraint.parse(check["constraint"]).upper else "higher"
