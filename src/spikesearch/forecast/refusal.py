"""A run that would not fit into memory ends before it starts, with cures that were made sure to be enough."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.forecast.available import available_memory
from spikesearch.forecast.memory import Phase, footprint, in_words, largest_layers, phases_of

Changes = Mapping[tuple[str, ...], Any]
"""(section, key) → another value."""

# Scores compare images with each other, or average over them; of few, and of narrow networks, they tell nothing.
_LEAST_SCORED = {"batch_size": 16, "channels": 4}
_TOLD = ("batch_size", "channels", "workers")  # keys whose present value is told beside the other one


def known_to_fit(expected: Mapping[str, int], device: str, done: Sequence[str] = ()) -> bool:
    """Whether every phase that is not `done` fits by what a run expected when it began, which costs nothing to look at.

    Args:
        expected: bytes of each phase; none if the run did not say.
        device: where it runs.
        done: phases that are complete.
    """
    available = available_memory(device)
    left = [size for name, size in expected.items() if name not in done]
    return available is None or (bool(expected) and all(size <= available for size in left))


def refuse_if_too_large(
    config: Config,
    parts: Parts,
    facts: Mapping[str, Any],
    *,
    done: Sequence[str] = (),
    changeable: Collection[str] | None = None,
) -> None:
    """Before anything is written: whether every phase that is not `done` fits into the memory that is there.

    Args:
        config: resolved.
        parts: the user's own objects.
        facts: what `resolve` found out.
        done: phases of the run that are complete.
        changeable: keys whose values may still be changed; None: all.

    Raises:
        UserError: one does not; says what is needed and available, and the cures.
    """
    available = available_memory(config.run.device)
    if available is None:
        return
    if large := _too_large(footprint(config, parts, facts, done), available):
        first = large[0]
        raise UserError(
            f"this run would not fit into memory: {first.work}{first.by} needs about {in_words(first.bytes)}, "
            f"{in_words(available)} are available; most is held by {largest_layers(first)}; "
            f"{_Cures(config, parts, facts, available, done, changeable).text(large)}"
        )


def _too_large(phases: Sequence[Phase], available: int) -> list[Phase]:
    """The phases that take more than there is themselves, not only because of what an earlier one has left behind."""
    found, before = [], 0
    for phase in phases:
        if phase.bytes > max(available, before):
            found.append(phase)
        before = max(before, phase.bytes)
    return found


class _Cures:
    """Settings with which the run would fit."""

    def __init__(
        self,
        config: Config,
        parts: Parts,
        facts: Mapping[str, Any],
        available: int,
        done: Sequence[str],
        changeable: Collection[str] | None,
    ) -> None:
        self.config = config
        self.parts = parts
        self.facts = facts
        self.available = available
        self.done = done
        self.changeable = changeable
        network = "make network.channels or network.timesteps smaller"
        self.last = network if changeable is None else "wait for memory, or start a new run with other settings"

    def text(self, large: Sequence[Phase]) -> str:
        """One clause: each change that is enough by itself for these phases; else some that are enough together."""
        if self.changeable is None and all(phase.batch_key == "score.batch_size" for phase in large):
            self.last = "make score.timesteps smaller"
        together = self._together(large)
        if not together or not self._fits(together[-1]):  # asked first: what nothing cures is said at once
            return f"no setting is enough: {self.last}"
        sections = list(dict.fromkeys(phase.batch_key.partition(".")[0] for phase in large))
        ways = [values for values in self._ways(sections) if self._allowed(values)]
        if found := [change for values in ways if (change := self._mildest(values)) is not None]:
            return f"cures: {', '.join(map(self._words, found))}; or {self.last}"
        enough = self._mildest(together) or together[-1]
        return f"no single setting is enough, but these are together: {', '.join(self._each(enough))}"

    def _ways(self, sections: Sequence[str]) -> Iterator[list[Changes]]:
        """For each setting that saves memory its other values, the mildest first.

        Args:
            sections: those whose batches are too large; what has nothing to do with them is not offered.
        """
        config = self.config
        yield self._smaller("batch_size", sections)
        yield self._smaller("channels", ["score"] if "score" in sections else [])
        trained = not {"supernet", "train"}.isdisjoint(sections)
        saving = config.run.recompute or config.run.time_chunk
        yield [{("run", "recompute"): True}] if trained and not saving else []
        longest = config.run.time_chunk or config.network.timesteps or 1
        yield [{("run", "time_chunk"): max(1, longest // share)} for share in _halvings(longest)] if trained else []
        run_in_precision = trained or "search" in sections  # scores are always computed in float32
        yield [{("run", "precision"): "bf16"}] if run_in_precision and config.run.precision == "fp32" else []
        yield [{("run", "workers"): number} for number in range(config.run.workers - 1, 0, -1)]

    def _smaller(self, key: str, sections: Sequence[str]) -> list[Changes]:
        """Half of the value, a quarter, … in all these sections at once; none where nothing is left to halve."""
        now = {section: getattr(getattr(self.config, section), key) for section in sections}
        least = {section: min(now[section], _LEAST_SCORED[key] if section == "score" else 1) for section in sections}
        found: list[Changes] = [
            {(section, key): max(least[section], now[section] // share) for section in sections}
            for share in _halvings(max(now.values(), default=1))
        ]
        return [values for values in found if any(value < now[section] for (section, _), value in values.items())]

    def _allowed(self, values: Sequence[Changes]) -> bool:
        """Whether there are any, and they may be given."""
        if not values or self.changeable is None:
            return bool(values)
        return all(f"{section}.{key}" in self.changeable for section, key in values[0])

    def _mildest(self, values: Sequence[Changes]) -> Changes | None:
        """The first of them with which the run fits; they need less and less memory."""
        if not self._fits(values[-1]):
            return None
        low, high = 0, len(values) - 1  # the one at `high` fits
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._fits(values[middle]) else (middle + 1, high)
        return values[high]

    def _together(self, large: Sequence[Phase]) -> list[Changes]:
        """More and more settings, each at the value that saves most, first those that cost least."""
        sections = dict.fromkeys(phase.batch_key.partition(".")[0] for phase in large)
        if set(sections) != {"score"} or not self.config.scored:
            # With these batches smaller, others may hold most.
            sections |= dict.fromkeys(["train", "search"])
            sections |= {} if self.config.train_only or self.config.scored else {"supernet": None}
            sections |= {"score": None} if self.config.search.first_stage and self.config.score.batch_size else {}
        batch, channels, recompute, chunk, precision, workers = self._ways(list(sections))
        harshest: list[Changes] = [
            values[-1] for values in (recompute, workers, precision, chunk, batch, channels) if self._allowed(values)
        ]
        joined: list[Changes] = []
        for values in harshest:
            joined.append({**(joined[-1] if joined else {}), **values})
        return joined

    def _fits(self, changes: Changes) -> bool:
        phases = phases_of(_changed(self.config, changes), self.parts, self.facts, self.done)
        return all(phase.bytes <= self.available for phase in phases)

    def _words(self, changes: Changes) -> str:
        return " with ".join(self._each(changes))

    def _each(self, changes: Changes) -> Iterator[str]:
        for (section, key), value in changes.items():
            now = getattr(getattr(self.config, section), key)
            said = str(value).lower() if isinstance(value, bool) else value
            if value != now:
                yield f"{section}.{key}={said}" + (f" (now {now})" if key in _TOLD else "")


def _halvings(number: int) -> list[int]:
    """2, 4, 8, …, up to the number."""
    return [2**power for power in range(1, number.bit_length())]


def _changed(config: Config, changes: Changes) -> Config:
    sections: dict[str, dict[str, Any]] = {}
    for (section, key), value in changes.items():
        sections.setdefault(section, {})[key] = value
    return config.model_copy(
        update={name: getattr(config, name).model_copy(update=values) for name, values in sections.items()}
    )
