"""What a bench of scores tells, from what its folder holds; torch is not needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.architectures.architecture import Architecture
from spikesearch.bench.contenders import BASELINE, SCORE, Contender, arithmetic, columns, sets
from spikesearch.bench.labelled import CODE, CODE_AND_BASELINES, CODE_AND_SCORES, Prediction, predictions
from spikesearch.bench.ranking import Ranked, rank
from spikesearch.bench.score_folder import ScoreFolder
from spikesearch.bench.tables import stored_costs, stored_scores
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.table import Table
from spikesearch.studies.progress import Reporter


@dataclass(frozen=True, kw_only=True)
class ScoreBench:
    """What a bench found.

    Attributes:
        path: its run folder.
        ranked: for each set of networks and each contender.
        predictions: of models fitted to some networks, if asked for.
    """

    path: Path
    ranked: Sequence[Ranked]
    predictions: Sequence[Prediction]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "run": str(self.path),
            "results": [one.as_dict() for one in self.ranked],
            "labelled": [one.as_dict() for one in self.predictions],
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Everything about a bench but the scores that are computed.

    Attributes:
        table: the networks.
        settings: of the bench.
        entries: text in the table, and architecture, for each network.
        sets: rows of the networks that figures are told of, by the sets' names.
        others: what scores are compared with, the ceiling last.
    """

    table: Table
    settings: Mapping[str, Any]
    entries: Sequence[tuple[str, Architecture]]
    sets: Mapping[str, np.ndarray]
    others: Sequence[Contender]


def judge(table: Table, architectures: Sequence[Architecture], settings: Mapping[str, Any]) -> Judged:
    """All that can be said before anything is scored.

    Raises:
        UserError: a column that is not there, two contenders of one name, or networks of which none was trained.
    """
    others = [*arithmetic(architectures, settings["arithmetic"]), *columns(table, settings["baselines"])]
    names = [*settings["scores"], *(one.name for one in others)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UserError(f"{twice[0]!r} is a column of the table and the name of a score: leave one of them out")
    return Judged(
        table=table,
        settings=settings,
        entries=list(zip(table.texts, architectures, strict=True)),
        sets=sets(table, architectures, settings["trained_above"]),
        others=others,
    )


def report_scores(folder: ScoreFolder, judged: Judged, reporter: Reporter) -> ScoreBench:
    """Write values, tables and figures of a bench whose scores are all there."""
    from spikesearch.reports.ranking import write_ranking, write_values

    contenders = [*_scored(folder, judged), *judged.others]
    settings, test = judged.settings, judged.table.test
    known = [one for one in contenders if one.kind in (SCORE, BASELINE)]
    own = {*settings["scores"], *settings["arithmetic"]}
    write_values(folder.path, judged.table.texts, {one.name: one.values for one in known if one.name in own})
    reporter.phase("comparing", len(judged.sets))
    ranked: list[Ranked] = []
    predicted: list[Prediction] = []
    for number, (name, rows) in enumerate(judged.sets.items(), start=1):
        ranked += rank(contenders, test, rows, name, settings["seed"])
        models = _models(known)
        predicted += predictions(judged.table, rows, name, settings["labelled"], models, settings["seed"])
        reporter.advance(number)
    write_ranking(folder.path, ranked, predicted, contenders, judged.table.test, judged.sets, folder.config)
    folder.finish()
    return ScoreBench(path=folder.path, ranked=ranked, predictions=predicted)


def _models(known: Sequence[Contender]) -> dict[str, list[Contender]]:
    """What the fitted models see beside the code."""
    baselines = [one for one in known if one.kind == BASELINE]
    models: dict[str, list[Contender]] = {CODE: [], CODE_AND_BASELINES: baselines}
    if len(known) > len(baselines):
        models[CODE_AND_SCORES] = list(known)
    return models


def _scored(folder: ScoreFolder, judged: Judged) -> list[Contender]:
    """The scores, computed or read."""
    names = judged.settings["scores"]
    stored = judged.settings["scores_from"]
    if stored is not None:
        found, costs = stored_scores(judged.table, stored), stored_costs(stored)
        values = {name: found[name] for name in names}
    else:
        entries, costs = folder.read(), folder.read_costs() or {}
        values = {
            name: np.array([_value(entries[text].scores, name, text) for text in judged.table.texts]) for name in names
        }
    return [Contender(name=name, kind=SCORE, values=found, seconds=costs.get(name)) for name, found in values.items()]


def _value(scores: Mapping[str, float], name: str, text: str) -> float:
    if name not in scores:
        raise RunError(f"the stored scores of '{text}' lack {name}: start a new run")
    return scores[name]
