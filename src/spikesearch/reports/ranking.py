"""What a bench of scores shows: tables as CSV and Markdown; the figures are in `ranking_figures`."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from spikesearch.reports.numbers import MINUS, NONE
from spikesearch.reports.ranking_figures import ContenderLike, EstimateLike, RankedLike, draw
from spikesearch.reports.text import printable, shorten
from spikesearch.studies.files import atomic_write

_HEADINGS = {
    "kendall": "Kendall's τ-b (95%)",
    "spearman": "Spearman's ρ (95%)",
    "recall": "best 1% among its best 1%",
    "recall_in_tenth": "best 1% among its best 10%",
}
_RECALLS = ("recall", "recall_in_tenth")
_LEAST_FOR_RECALL = 300
_KINDS = {"score": "score", "baseline": "baseline", "column": "column of the table", "ceiling": "noise ceiling"}
_SETS = {
    "all": "All networks",
    "trained": "Without networks that did not train",
}


class PredictionLike(Protocol):
    """What a table tells of a fitted model: see `bench.labelled.Prediction`."""

    @property
    def inputs(self) -> str: ...
    @property
    def networks(self) -> str: ...
    @property
    def labelled(self) -> int: ...
    @property
    def kendall(self) -> tuple[float, ...]: ...
    @property
    def quartiles(self) -> tuple[float, float, float]: ...


def write_values(folder: Path, texts: Sequence[str], values: Mapping[str, np.ndarray]) -> None:
    """Write `values.csv`, one architecture a line, which `strategies.score_file` reads."""
    with atomic_write(folder / "values.csv") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["architecture", *values])
        for row, text in enumerate(texts):
            # repr: the shortest text that is read back as the same number.
            writer.writerow([text, *(repr(float(column[row])) for column in values.values())])


def write_ranking(
    folder: Path,
    ranked: Sequence[RankedLike],
    predictions: Sequence[PredictionLike],
    contenders: Sequence[ContenderLike],
    test: np.ndarray,
    sets: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
) -> None:
    """Write `scores.csv`, `scores.md`, `labelled.csv` and the figures. The same figures give the same bytes."""
    with atomic_write(folder / "scores.csv") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "kind", "networks", "count", "quantity", "value", "low", "high"])
        for one in ranked:
            for quantity, estimate in {**one.estimates, "kendall_less_parameters": one.gain}.items():
                figures = [_plain(value) for value in (estimate.value, estimate.low, estimate.high)]
                writer.writerow([one.name, one.kind, one.networks, one.count, quantity, *figures])
    if predictions:
        with atomic_write(folder / "labelled.csv") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["inputs", "networks", "labelled", "draws", "first_quartile", "median", "third_quartile"])
            for model in predictions:
                quartiles = [_plain(value) for value in model.quartiles]
                writer.writerow([model.inputs, model.networks, model.labelled, len(model.kendall), *quartiles])
    with atomic_write(folder / "scores.md") as file:
        file.write(markdown(ranked, predictions, settings))
    for picture in draw(ordered(ranked), contenders, test, sets):
        for suffix, content in (("svg", picture.svg.encode()), ("png", picture.png)):
            with atomic_write(folder / "figures" / f"{picture.name}.{suffix}", "wb") as file:
                file.write(content)


def _plain(value: float) -> str:
    """Empty where it is not defined."""
    return "" if np.isnan(value) else f"{value:.6f}"


def markdown(ranked: Sequence[RankedLike], predictions: Sequence[PredictionLike], settings: Mapping[str, Any]) -> str:
    """All figures, and what was done, as Markdown."""
    table, sets = settings["table"], list(dict.fromkeys(one.networks for one in ranked))
    part = f"part: {table['part']}" + (f", a sample of {table['sample']['networks']:,}" if table.get("sample") else "")
    count = next(one.count for one in ranked)
    lines = [
        "# Training-free scores on a table of trained networks",
        "",
        f"{Path(table['path']).name}, {count:,} networks ({part}). {_scored_with(settings)}",
        "",
        f"In brackets 95% of {settings['resamples']:,} resamples of the networks. Test accuracy is "
        f"`{table['columns']['test']}`. The noise ceiling is the validation accuracy "
        f"`{table['columns']['validation']}` of the same trained networks. {_of_recall(count)}",
    ]
    for name in sets:
        own = [one for one in ranked if one.networks == name]
        lines += ["", f"## {_SETS[name]}: {own[0].count:,}", "", *rows(own)]
    if len(sets) > 1:
        lines += ["", _left_out(settings)]
    if predictions:
        lines += ["", "## From labelled networks", "", *prediction_rows(predictions), "", _PREDICTED]
    return printable("\n".join(lines) + "\n")


def _of_recall(networks: int) -> str:
    if recall_tells(networks):
        return (
            "Recall is the share of the best 1% of networks by test accuracy that stands among the best 1%, or 10%, by "
            "the score."
        )
    return f"Recall is not told of fewer than {_LEAST_FOR_RECALL} networks: the best 1% of them are one or two."


_PREDICTED = (
    "A Gaussian process is fitted to the validation accuracies of the labelled networks; τ-b is that of its order of "
    "all other networks with their test accuracies. Median (quartiles) over choices of the labelled networks, which "
    "are the same for all models."
)


def _scored_with(settings: Mapping[str, Any]) -> str:
    data, proxy = settings["data"], settings["proxy"]
    if settings["scores_from"] is not None:
        return f"Scores were read from {Path(settings['scores_from']['path']).name}."
    if data is None:
        return "No score needed a network."
    own = "each score's own"
    return (
        f"Networks were scored with C = {proxy['channels']}, T = {proxy['timesteps'] or 'that of their space'}, "
        f"batches of {proxy['batch_size'] or own} training images of {data['name']}, repeats: "
        f"{proxy['repeats'] or own}, seed {settings['seed']}."
    )


def _left_out(settings: Mapping[str, Any]) -> str:
    above = settings["trained_above"]
    limit = "" if above is None else f", or whose validation accuracy is not above {100 * above:g}%"
    return f"Networks that did not train are those without a way from input to output{limit}."


def recall_tells(networks: int) -> bool:
    """Whether recall is told of so many networks: the best 1% of fewer than 300 are one or two, which is luck."""
    return networks >= _LEAST_FOR_RECALL


def rows(ranked: Sequence[RankedLike]) -> list[str]:
    """A Markdown table of one set: a line for each contender, the best first within its kind."""
    told = [name for name in _HEADINGS if name not in _RECALLS or recall_tells(ranked[0].count)]
    headings = " | ".join(_HEADINGS[name] for name in told)
    lines = [
        f"| | | {headings} | τ-b less that of `parameters` | s per architecture |",
        "|---|---|" + "---|" * (len(told) + 2),
    ]
    for one in ordered(ranked):
        cells = [_cell(one.estimates[name]) for name in told]
        gain = NONE if one.name == "parameters" else _cell(one.gain, signed=True)
        name = f"`{shorten(one.name, 60).replace('|', '/')}`"
        lines.append(f"| {name} | {_KINDS[one.kind]} | {' | '.join(cells)} | {gain} | {seconds(one.seconds)} |")
    return lines


def ordered(ranked: Sequence[RankedLike]) -> list[RankedLike]:
    """By kind, then by τ, the largest first; without τ last."""
    kinds = list(_KINDS)
    value = {id(one): one.estimates["kendall"].value for one in ranked}
    return sorted(
        ranked, key=lambda one: (kinds.index(one.kind), -value[id(one)] if value[id(one)] == value[id(one)] else 2.0)
    )


def prediction_rows(predictions: Sequence[PredictionLike]) -> list[str]:
    """A Markdown table of the fitted models."""
    lines = ["| labelled | the model sees | networks | τ-b |", "|---|---|---|---|"]
    for one in predictions:
        low, middle, high = (number(value) for value in one.quartiles)
        lines.append(f"| {one.labelled} | {one.inputs} | {one.networks} | {middle} ({low}–{high}) |")
    return lines


def _cell(estimate: EstimateLike, *, signed: bool = False) -> str:
    if np.isnan(estimate.value):
        return NONE
    value, between = number(estimate.value, signed=signed), span(estimate, signed=signed)
    return value if between == NONE else f"{value} ({between})"


def span(estimate: EstimateLike, *, signed: bool = False) -> str:
    """`0.412…0.518`; one dash where no interval is defined."""
    if np.isnan(estimate.low) or np.isnan(estimate.high):
        return NONE
    return f"{number(estimate.low, signed=signed)}…{number(estimate.high, signed=signed)}"


def number(value: float, *, signed: bool = False) -> str:
    """Three decimals, with a true minus; a dash where it is not defined."""
    if np.isnan(value):
        return NONE
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return ("0.000" if float(text) == 0 else text).replace("-", MINUS)


def seconds(value: float | None) -> str:
    """Two digits; a dash where it is not known."""
    if value is None:
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.2g}" if value < 10 else f"{value:.0f}"
