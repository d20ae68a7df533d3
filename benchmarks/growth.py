"""How time and memory of one training step grow with timesteps, channels, batch and image size.

One size is varied at a time around the paper's; each point runs in a process of its own, so that its peak memory is
its own. Near-linear growth is the goal: twice the timesteps should cost twice the time.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmarks import ours
from benchmarks.peers.setting import Setting, sampled_paths
from benchmarks.sides import Side, SideResult, interleave_sides

LABELS = {
    "timesteps": "timesteps T",
    "channels": "initial channels C",
    "batch": "batch N",
    "size": "height and width of the images",
}


def run(
    *,
    rounds: int = 3,
    warmups: int = 1,
    paths: int = 2,
    timesteps: tuple[int, ...] = (2, 4, 8, 16, 32),
    channels: tuple[int, ...] = (8, 16, 32, 64),
    batch: tuple[int, ...] = (24, 48, 96, 192),
    size: tuple[int, ...] = (16, 24, 32, 48),
    base: tuple[int, ...] = (8, 16, 96, 32),
    precisions: tuple[str, ...] = ("fp32", "bf16"),
    compiled: bool = True,
    device: str = "cpu",
    figure: bool = True,
) -> dict[str, Any]:
    """Measure every point; `base` is T, C, N and image size where they are not varied.

    From 64 pixels on the stem pools (Fig. 6 of AutoSNN), so the sizes stay below.
    """
    centre = Setting(timesteps=base[0], channels=base[1], batch=base[2], size=base[3], device=device)
    varied = {"timesteps": timesteps, "channels": channels, "batch": batch, "size": size}
    sampled = sampled_paths(paths, seed=1)
    points: dict[str, dict[str, dict[int, SideResult]]] = {}
    for precision in precisions:
        points[precision] = {
            name: {
                value: measure_point(with_size(centre, name, value), precision, compiled, sampled, rounds, warmups)
                for value in values
            }
            for name, values in varied.items()
        }
    return {
        "title": "Growth of time and memory of one training step",
        "settings": {**asdict(centre), "rounds": rounds, "paths": paths, "compiled": compiled},
        "tables": [
            {"caption": f"{LABELS[name]}, {precision}", "rows": rows(name, values)}
            for precision, by_name in points.items()
            for name, values in by_name.items()
        ],
        "notes": [
            "Exponent: slope of the logarithm of the figure between the first and the last row; 1 is linear. Channels "
            "enter convolutions squared.",
            "Memory: the most that the process held during the steps, less what it held before the first one.",
        ],
        "files": {"growth.svg": draw(points)} if figure else {},
    }


def with_size(setting: Setting, name: str, value: int) -> Setting:
    """The setting with one size changed."""
    sizes: dict[str, Any] = {name: value}
    return replace(setting, **sizes)


def measure_point(
    setting: Setting, precision: str, compiled: bool, paths: Sequence[Any], rounds: int, warmups: int
) -> SideResult:
    """One size, alone."""
    side = Side(
        name="ours",
        make=ours.training_side,
        keywords={"setting": setting, "precision": precision, "compiled": compiled, "recording": False},
    )
    return interleave_sides([side], paths, rounds=rounds, warmups=warmups, device=setting.device)["ours"]


def rows(name: str, values: Mapping[int, SideResult]) -> list[dict[str, str]]:
    """One row per size, and the exponents."""
    table = [
        {
            LABELS[name]: str(value),
            "ms per step": result.timing.spread.text(1e3),
            "memory of the steps, MiB": f"{result.step_mib:.0f}",
        }
        for value, result in values.items()
    ]
    if len(values) > 1:
        (low, first), *_, (high, last) = values.items()
        span = math.log(high / low)
        table.append(
            {
                LABELS[name]: "exponent",
                "ms per step": f"{math.log(last.timing.spread.median / first.timing.spread.median) / span:.2f}",
                "memory of the steps, MiB": f"{math.log(max(1, last.step_mib) / max(1, first.step_mib)) / span:.2f}",
            }
        )
    return table


def draw(points: Mapping[str, Mapping[str, Mapping[int, SideResult]]]) -> str:
    """SVG: both figures against each size, on logarithmic axes, with the linear law for comparison."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, len(LABELS), figsize=(14, 6), constrained_layout=True)
    for column, (name, label) in enumerate(LABELS.items()):
        for row, unit in enumerate(("ms per step", "memory of the steps, MiB")):
            axis = axes[row][column]
            for precision, by_name in points.items():
                xs = list(by_name[name])
                results = by_name[name].values()
                ys = [1e3 * r.timing.spread.median if row == 0 else r.step_mib for r in results]
                axis.plot(xs, ys, "o-", label=precision)
                axis.plot(xs, [ys[0] * x / xs[0] for x in xs], ":", color="grey", linewidth=1)
            axis.set(xscale="log", yscale="log", xlabel=label, ylabel=unit if column == 0 else "")
            axis.set_xticks(xs, [str(x) for x in xs])
            axis.minorticks_off()
    axes[0][0].legend()
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    plt.close(figure)
    return drawn.getvalue()
