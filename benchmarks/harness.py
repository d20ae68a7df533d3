"""How everything here is measured: interleaved rounds, ratios within a round, facts about the machine, one writer.

A ratio of two times that were taken minutes apart compares two states of the machine as much as two programs. So all
sides of a comparison run in one process, in turns (A B C A B C …), and a ratio is formed inside each round before the
median is taken over rounds.
"""

import gc
import json
import math
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from spikesearch.environment import cores, cpu_name

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "spikingjelly", "snntorch", "numpy", "optuna")


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Median and quartiles of a sample."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Quartiles by the inclusive method, which needs no more than one value."""
        if len(values) == 1:
            return cls(median=values[0], lower=values[0], upper=values[0])
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median=median, lower=lower, upper=upper)

    def text(self, factor: float = 1.0, digits: int = 3) -> str:
        """`median (lower–upper)` with `digits` significant digits, after multiplication by `factor`."""
        median, lower, upper = (significant(value * factor, digits) for value in (self.median, self.lower, self.upper))
        return f"{median} ({lower}–{upper})"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one side took: one figure per round, in seconds, already the mean over the round's items."""

    name: str
    seconds: tuple[float, ...]

    @property
    def spread(self) -> Spread:
        """Median and quartiles over the rounds."""
        return Spread.of(self.seconds)

    def ratio_to(self, other: "Timing") -> Spread:
        """How many times as long as `other` this side took: the ratio is formed in each round, then summarised."""
        return Spread.of([mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True)])


def interleave(
    sides: Mapping[str, Callable[[Any], object]],
    items: Sequence[Any] = (None,),
    *,
    rounds: int = 7,
    warmups: int = 2,
    device: str = "cpu",
) -> dict[str, Timing]:
    """Time several callables in turns.

    Args:
        sides: name → callable; each is called with one item, for example the path of a supernet to train.
        items: every side gets every item in every round; item by item, so that the sides stay neighbours in time.
        rounds: measured rounds.
        warmups: rounds that are run and thrown away (allocator, compiler, caches). Each item is seen in them, since
            another shape or another path may be compiled anew.
        device: "cuda" waits for the device around each call.
    """
    totals: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(warmups + rounds):
        sums = dict.fromkeys(sides, 0.0)
        for item in items:
            for name, side in sides.items():
                sums[name] += timed(side, item, device)
        gc.collect()  # between rounds, not inside somebody's turn
        if number >= warmups:
            for name, total in sums.items():
                totals[name].append(total / len(items))
    return {name: Timing(name=name, seconds=tuple(values)) for name, values in totals.items()}


def timed(side: Callable[[Any], object], item: object, device: str) -> float:
    """Seconds of one call, with the garbage collector held off: it would charge one side for another's waste."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        synchronise(device)
        start = time.perf_counter()
        side(item)
        synchronise(device)
        return time.perf_counter() - start
    finally:
        if collecting:
            gc.enable()


def synchronise(device: str) -> None:
    """Wait until the device has done what was asked of it; nothing to wait for on a CPU."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def machine_facts(device: str = "cpu") -> dict[str, Any]:
    """What a figure depends on. No host name, no path: they say nothing and belong to nobody else."""
    facts: dict[str, Any] = {
        "cpu": cpu_name(),
        "cores": cores(),
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    if device.startswith("cuda"):
        facts["gpu"] = torch.cuda.get_device_name()
        facts["cuda"] = torch.version.cuda
        facts["cudnn"] = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
        facts["triton"] = _version("triton")
    for package in PACKAGES:
        facts[package] = _version(package)
    return facts


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def significant(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits, never in exponent form."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def timing_rows(
    timings: Mapping[str, Timing], references: Sequence[str] = (), unit: str = "s", subject: str | None = None
) -> list[dict[str, str]]:
    """Rows of a table: one per side, its time, and its ratio to each of `references`.

    With `subject` the ratios are turned round: how many times faster the subject is than the row (row / subject).
    """
    factor = {"s": 1.0, "ms": 1e3}[unit]
    rows = []
    for name, timing in timings.items():
        row = {"": name, f"median (quartiles) [{unit}]": timing.spread.text(factor)}
        if subject is not None:
            row[f"time / {subject}"] = timing.ratio_to(timings[subject]).text()
        for reference in references:
            row[f"time / {reference}"] = timing.ratio_to(timings[reference]).text()
        rows.append(row)
    return rows


def write_results(
    name: str, result: Mapping[str, Any], *, device: str = "cpu", folder: Path = RESULTS
) -> tuple[Path, Path]:
    """Write `folder/name.json` (everything), `folder/name.md` (the tables, for people) and further files.

    Args:
        name: of the benchmark, and of the files.
        result: what the benchmark's `run` returned: `title`, `settings` (flat), `tables` (list of `caption`, `rows`),
            `notes` (list of sentences), `files` (name → text of further files, such as figures), and whatever else a
            program may want to read later (raw seconds).
        device: decides which machine facts are added.
        folder: where to; made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"benchmark": name, "date": time.strftime("%Y-%m-%d"), "machine": machine_facts(device), **result}
    for file, text in whole.pop("files", {}).items():
        (folder / file).write_text(text, encoding="utf-8")
    as_json, as_markdown = folder / f"{name}.json", folder / f"{name}.md"
    as_json.write_text(json.dumps(whole, indent=1, default=_plain, ensure_ascii=False) + "\n", encoding="utf-8")
    as_markdown.write_text(markdown(whole), encoding="utf-8")
    return as_json, as_markdown


def _plain(value: object) -> object:
    """What JSON does not know: our records, and paths of numbers."""
    if isinstance(value, Timing):
        return {
            "median": value.spread.median,
            "quartiles": [value.spread.lower, value.spread.upper],
            "seconds": value.seconds,
        }
    if isinstance(value, Spread):
        return {"median": value.median, "quartiles": [value.lower, value.upper]}
    return str(value)


def markdown(whole: Mapping[str, Any]) -> str:
    """The page of one benchmark: what was run, on what, the tables, the notes."""
    lines = [f"# {whole.get('title', whole['benchmark'])}", ""]
    lines += [f"`python -m benchmarks {whole['benchmark']}`, {whole['date']}", ""]
    for heading in ("machine", "settings"):
        facts = whole.get(heading) or {}
        lines += [f"{heading.capitalize()}: " + "; ".join(f"{key} {value}" for key, value in facts.items()), ""]
    for table in whole.get("tables", ()):
        lines += [f"## {table['caption']}", "", *markdown_table(table["rows"]), ""]
    lines += [f"- {note}" for note in whole.get("notes", ())]
    return "\n".join(lines).rstrip() + "\n"


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line per row; the columns are the keys in the order in which they first appear."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        cells = (row.get(column, "") for column in columns)
        lines.append("| " + " | ".join(significant(c) if isinstance(c, float) else str(c) for c in cells) + " |")
    return lines
