"""From a run folder to its report: reads what the run has stored and hands it to the page as plain values."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from spikesearch.assembly.parts import Parts
from spikesearch.data.balance import extremes
from spikesearch.phases.report_source import Source
from spikesearch.reports.data import (
    Command,
    DataFacts,
    ReportData,
    SearchFacts,
)
from spikesearch.reports.page import write_report
from spikesearch.strategies.constraints import Constraints
from spikesearch.studies.run import RunFolder


def report_run(folder: RunFolder, parts: Parts) -> None:
    """Write `report.html` and the figures of a run, finished or not."""
    write_report(report_data(folder, parts), folder.path)


def report_data(folder: RunFolder, parts: Parts) -> ReportData:
    """Everything the report shows."""
    config, facts = folder.config, folder.config["facts"]
    source = Source(folder, parts)
    data = config["data"]
    run = config["run"]
    machine = {name: run[name] for name in ("device", "threads", "precision", "compile")}
    if "processor" in config["environment"]:  # older runs do not know theirs
        machine = {"processor": config["environment"]["processor"], **machine}
    searched = not config["train_only"]
    return ReportData(
        run=folder.path.name,
        data=DataFacts(
            name=facts["data"],
            image=tuple(facts["dimensions"]["image"]),
            classes=facts["dimensions"]["classes"],
            part=_part(data) if facts["data"] == data["name"] or "images_sha256" in facts else "",
            per_class=_per_class(facts),
            **facts["images"],
        ),
        space=facts["space"] if searched else "",
        space_size=facts["space_size"] if searched else None,
        dimensions=facts["dimensions"],
        seed=run["seed"],
        created=config["environment"]["created"].replace("T", " ").removesuffix("+00:00") + " UTC",
        state=" ".join(filter(None, [source.state(), source.blind_search(facts), *source.warnings()])),
        machine=machine,
        versions=config["environment"]["versions"],
        durations=source.durations(),
        supernet=source.curve("supernet"),
        average_spikes=source.average_spikes(),
        search=_search_facts(config["search"], facts, config["space"].get("sampling", "uniform")),
        trials=source.candidates(),
        winners=source.winners(),
        comparisons=source.comparisons(),
        repeat=_repeat(folder, config),
        notes=(
            *_notes(config, source.racing()),
            *_finalists(config),
            *source.notes(),
            *map(_sentence, facts.get("notices", ())),
        ),
        ranks=source.ranks(),
        score=source.score(),
        scored=source.scored(),
    )


def _part(data: dict[str, Any]) -> str:
    pieces = []
    if data["limit"]:
        pieces.append(f"{data['limit']:,} training images, drawn with the classes in their proportions")
    if data["test_limit"]:
        pieces.append(f"{data['test_limit']:,} test images, drawn in the same way")
    return " and ".join(pieces)


def _sentence(notice: str) -> str:
    return f"{notice[:1].upper()}{notice[1:]}."


def _per_class(facts: Mapping[str, Any]) -> str:
    """Images of a class over all parts, in words; empty for runs of versions that did not count them."""
    counts = facts.get("class_images")
    if counts is None:
        return ""
    numbers = [sum(parts) for parts in zip(*counts.values(), strict=True)]
    (fewest, low), (most, high) = extremes(numbers, facts["class_names"])
    return f"{low:,} each" if low == high else f"{low:,} ({fewest}) to {high:,} ({most})"


def _search_facts(section: dict[str, Any], facts: dict[str, Any], sampling: str) -> SearchFacts:
    exhaustive = section["strategy"] == "exhaustive"
    shown = [] if exhaustive else ["rounds", "population"]
    if section["strategy"] == "evolution":
        shown += ["parents", "mutations", "crossovers", "mutation_probability"]
    if section["strategy"] == "predictor":
        shown += ["initial", "model"]
    settings = {name.replace("_", " "): section[name] for name in shown}
    if constraints := section.get("constraints"):
        settings["constraints"] = ", ".join(map(str, Constraints.parse(constraints).every))
    if "feasible" in facts:
        settings["architectures that keep those of parameters and MACs"] = f"{facts['feasible']:,}"
    if stage := section.get("first_stage"):
        settings["candidates of the first stage"] = f"{stage:,}"
        settings["kept of them"] = f"{section['keep']:,}"
    if sampling != "uniform":
        settings["cells are drawn"] = "as the authors' code draws"
    return SearchFacts(
        strategy=section["strategy"],
        fitness="" if section.get("score") and not section.get("first_stage") else facts["objective"],
        settings=settings,
        budget=facts.get("feasible", facts["space_size"]) if exhaustive else section["rounds"] * section["population"],
    )


def _repeat(folder: RunFolder, config: dict[str, Any]) -> tuple[Command, ...]:
    recipe = shlex.quote(str(folder.path / "recipe.toml"))
    words = [f"--set {shlex.quote(f'{key}={json.dumps(value)}')}" for key, value in _leaves(config["settings"])]
    if config["data"]["folder"]:
        words.append(f"--data {shlex.quote(config['data']['folder'])}")
    changes = " ".join(["", *words, f"--seed {config['run']['seed']}"])
    if config["train_only"]:
        texts = " ".join(shlex.quote(text) for text in config["train_only"])
        first = Command(text=f"spikesearch train {texts} --recipe {recipe}{changes}", comment="trains them again")
    else:
        first = Command(text=f"spikesearch search {recipe}{changes}", comment="the whole run again, in a new folder")
    own = config["facts"]["own_parts"]
    if own:
        comment = f"from Python only, with the same {' and '.join(own)} as this run was given"
        first = Command(text=f"search({str(folder.path / 'recipe.toml')!r}, …)", comment=comment)
    return (
        first,
        Command(text=f"spikesearch evaluate {folder.path} --again", comment="measures the trained networks anew"),
        Command(text=f"spikesearch report {folder.path}", comment="writes this page anew"),
    )


def _leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The changes to the recipe as `section.key`, value; without those that have options of their own."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{name}.")
        elif name not in {"data.folder", "run.seed"}:
            yield name, value


def _finalists(config: Mapping[str, Any]) -> Iterator[str]:
    count, images = config["search"].get("finalists"), config["facts"]["images"]["validation"]
    if count and not config["train_only"]:
        yield (
            f"The best {count} candidates of each λ were measured again with the supernet's weights, in fp32 on all "
            f"{images:,} validation images, and the best of them by these figures is the winner. Estimates outside of "
            "the table of finalists are those of the search."
        )


def _notes(config: dict[str, Any], racing: Mapping[str, Any] | None) -> tuple[str, ...]:
    notes = []
    if racing is not None:
        notes.append(
            f"Candidates raced: {racing['stopped_early']} of {racing['candidates']} stopped before they had seen all "
            f"validation images, which saved {100 * racing['images_saved']:.1f}% of the work. They are not shown: with "
            f"{100 * config['search']['confidence']:g}% confidence in each generation none of them is among the best."
        )
    if images := config["search"].get("images"):
        notes.append(
            f"The search measured its candidates on {images:,} of the validation images, drawn by the run's seed with "
            "the classes in their proportions."
        )
    if images := config["search"].get("recalibrate"):
        notes.append(
            f"Each candidate was measured with BatchNorm statistics of its own, from {images:,} training images run "
            "through it."
        )
    if config["train"]["on"] == "train+validation":
        notes.append("The networks trained from scratch used the training and the validation images.")
    return tuple(notes)
