"""Figure 11: the architectures that each λ finds, drawn beside the published ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikesearch.architectures.text import parse
from spikesearch.reproduction.autosnn.found import LAMBDAS, PUBLISHED, evolved, shown
from spikesearch.reproduction.autosnn.replay import Replayed
from spikesearch.reproduction.claims import Claim, above, paired
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TOP, _LEFT, _COLUMN, _ROW = 52, 50, 126, 38  # hundredths of an inch


def figure11(lab: Lab) -> Result:
    """Without any training from scratch."""
    searches = {lam: evolved(lab, lam) for lam in LAMBDAS}
    rows = [
        {
            "λ": shown(lam)[4:],
            "found here": f"`{one.typical}`",
            "by": f"{one.found_by(one.typical)} of {len(one.winners)} searches",
            "published": f"`{PUBLISHED[lam]}`",
            "same blocks": f"{common(one.typical, PUBLISHED[lam])} of {len(blocks(one.typical))}",
            "blocks left out, all seeds": one.skips.text(1),
        }
        for lam, one in searches.items()
    ]
    columns = [
        (heading, text)
        for lam, one in searches.items()
        for heading, text in ((f"{shown(lam)}\nfound here", one.typical), ("\npublished", PUBLISHED[lam]))
    ]
    note = (
        f"Each λ searched with {lab.scale.seeds} seeds, all with one supernet; errors are over these seeds. The most "
        "frequent winner is drawn, of equals the one of the earliest seed."
    )
    table = Table("What each λ finds.", rows)
    return Result(
        [table],
        _claims(searches[0.0], searches[-0.24], list(searches.values())),
        {"architectures": lambda: draw(columns)},
        [note],
    )


def blocks(text: str) -> list[str]:
    """Of an architecture, in order."""
    return text.partition(": ")[2].split()


def common(first: str, second: str) -> int:
    """In how many places both have the same block."""
    return sum(x == y for x, y in zip(blocks(first), blocks(second), strict=True))


def _claims(none: Replayed, strong: Replayed, searches: Sequence[Replayed]) -> list[Claim]:
    by_seed = zip(*(one.winners for one in searches), strict=True)
    return [
        above("λ = −0.24 leaves out more blocks than λ = 0", strong.skips, none.skips, digits=1),
        paired(
            "kernels of 5 are preferred: so many more blocks of a seed's winners, all λ, have them",
            Sample(tuple(float(sum(map(_preference, texts))) for texts in by_seed)),
            digits=1,
        ),
    ]


def _preference(text: str) -> int:
    """Blocks with kernels of 5 less those with kernels of 3."""
    return sum(block.endswith("_k5") - block.endswith("_k3") for block in blocks(text))


def draw(columns: Sequence[tuple[str, str]]) -> "Figure":
    """Networks from top to bottom beside each other, as the report draws them.

    Args:
        columns: heading and architecture.
    """
    from matplotlib.figure import Figure

    from spikesearch.reports.activity import display_name
    from spikesearch.reports.data import network_from_plan
    from spikesearch.reports.drawing import box
    from spikesearch.reports.style import styled

    networks = []
    for _, text in columns:
        architecture = parse(text)
        networks.append(network_from_plan(architecture.plan(architecture.defaults)))
    steps = max(len(one.steps) for one in networks)
    width, height = _LEFT + _COLUMN * len(columns), _TOP + _ROW * steps
    with styled():
        figure = Figure(figsize=(width / 100, height / 100))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        axes.axis("off")
        for number, ((heading, _), network) in enumerate(zip(columns, networks, strict=True)):
            x = _LEFT + _COLUMN * number
            axes.text(x + _COLUMN / 2 - 4, 22, heading, ha="center", va="center", fontsize=8.5)
            for row, step in enumerate(network.steps):
                if not number:
                    axes.text(8, _TOP + _ROW * row + 15, display_name(step.name), va="center", fontsize=8.5)
                box(axes, step, x, _TOP + _ROW * row, _COLUMN - 8)
    return figure
