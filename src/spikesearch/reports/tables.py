"""The tables of the page, as texts ready to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikesearch.reports import numbers, repeats
from spikesearch.reports.activity import best_measurement
from spikesearch.reports.candidates import front_sets
from spikesearch.reports.cell_drawing import cell_of, connection_words, op_words
from spikesearch.reports.data import Network, ReportData, TrialFigures
from spikesearch.reports.scores import best_of, score_text
from spikesearch.reports.series import Series
from spikesearch.strategies.constraints import in_words
from spikesearch.strategies.evaluator import LayerActivity, Measurement

_MOST_FRONT = 15


@dataclass(frozen=True, kw_only=True)
class NetworkRow:
    """One line of the comparison."""

    label: str
    architecture: str
    winner: bool
    test_accuracy: str
    balanced: str  # empty where the classes of the test part are much alike in size
    test_spikes: str
    test_rate: str
    shared_accuracy: str
    shared_spikes: str
    parameters: str
    macs: str
    budgets: str = ""
    score: str = ""  # where the search went by a score alone


@dataclass(frozen=True, kw_only=True)
class FrontRow:
    """One Pareto-optimal candidate, and how many have its figures too."""

    architecture: str
    equals: str
    accuracy: str
    spikes: str
    chosen: str


@dataclass(frozen=True, kw_only=True)
class FinalistRow:
    """One of the best candidates of a λ, as the search measured it and measured again."""

    lam: str
    architecture: str
    winner: bool
    searched_accuracy: str
    searched_spikes: str
    searched_fitness: str
    accuracy: str
    spikes: str
    fitness: str


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One of the candidates with the highest scores."""

    architecture: str
    score: str
    parameters: str
    macs: str


@dataclass(frozen=True, kw_only=True)
class ConnectionRow:
    """One connection of the winner's cell: spikes per image and firing rate of its neurons in each of the two cells."""

    connection: str
    operation: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One spiking layer of the winner."""

    name: str
    positions: str
    spikes: str
    share: str
    rate: str


def network_rows(series: Sequence[Series]) -> list[NetworkRow]:
    """The winners, then the networks beside them."""
    rows, all_networks = [], [one.network for one in series]
    for one in series:
        test, shared = one.network.test, one.network.shared
        rows.append(
            NetworkRow(
                label=one.label,
                architecture=one.network.architecture,
                winner=one.winner,
                test_accuracy=repeats.accuracy(one.network, all_networks),
                balanced=_balanced(test),
                test_spikes=repeats.spikes(one.network, all_networks),
                test_rate=numbers.rate(test.firing_rate if test else None),
                shared_accuracy=_accuracy(shared),
                shared_spikes=numbers.spikes(shared.spikes_per_image if shared else None),
                parameters=numbers.count(one.network.parameters),
                macs=numbers.magnitude(one.network.macs),
                budgets=_budgets(one.network),
                score=score_text(one.network.score),
            )
        )
    return rows


def front_rows(data: ReportData) -> tuple[list[FrontRow], int]:
    """The Pareto front of the estimates, most accurate first, and how many more there are than shown."""
    best = list(reversed(front_sets(data.trials)))
    return [_front_row(data, equal) for equal in best[:_MOST_FRONT]], max(0, len(best) - _MOST_FRONT)


def _front_row(data: ReportData, equal: Sequence[TrialFigures]) -> FrontRow:
    """Candidates of equal figures: a winner stands for them, else the one whose text sorts first, as it is trained."""
    texts = sorted(trial.architecture for trial in equal)
    won = [winner for winner in data.winners if winner.network.architecture in texts]
    others = len(texts) - 1
    return FrontRow(
        architecture=won[0].network.architecture if won else texts[0],
        equals=f"and {others} other{'s' * (others != 1)} with these figures" if others else "",
        accuracy=numbers.percent(equal[0].accuracy, data.data.validation),
        spikes=numbers.spikes(equal[0].spikes_per_image),
        chosen=", ".join(f"λ = {numbers.lam(winner.lam)}" for winner in won),
    )


def finalist_rows(data: ReportData) -> list[FinalistRow]:
    """The finalists of each λ, the winner first."""
    return [
        FinalistRow(
            lam=numbers.lam(winner.lam),
            architecture=one.architecture,
            winner=place == 0,
            searched_accuracy=_accuracy(one.searched),
            searched_spikes=numbers.spikes(one.searched.spikes_per_image),
            searched_fitness=numbers.fitness(one.searched_fitness),
            accuracy=_accuracy(one.again),
            spikes=numbers.spikes(one.again.spikes_per_image),
            fitness=numbers.fitness(one.fitness),
        )
        for winner in data.winners
        for place, one in enumerate(winner.finalists)
    ]


def score_rows(data: ReportData) -> list[ScoreRow]:
    """The highest scores, the best first."""
    return [
        ScoreRow(
            architecture=one.architecture,
            score=score_text(one.score),
            parameters=numbers.count(one.parameters),
            macs=numbers.magnitude(one.macs),
        )
        for one in best_of(data)[:_MOST_FRONT]
    ]


def layer_rows(data: ReportData) -> tuple[list[LayerRow], str]:
    """The spiking layers of the headline's winner, and what was measured, in words; nothing when nothing was."""
    winner = data.headline_winner
    measured, kind = best_measurement(winner.network) if winner else (None, "")
    if measured is None:
        return [], ""
    total = measured.spikes_per_image
    rows = [
        LayerRow(
            name=layer.name,
            positions=numbers.count(layer.positions),
            spikes=numbers.spikes(layer.spikes_per_image),
            share=f"{100 * layer.spikes_per_image / total:.1f}%" if total else numbers.NONE,
            rate=numbers.rate(layer.firing_rate),
        )
        for layer in measured.layers
    ]
    return rows, kind


def connection_rows(data: ReportData) -> list[ConnectionRow]:
    """The connections of the headline's winner with what each emits in both cells; none unless it is a cell."""
    winner = data.headline_winner
    measured, _ = best_measurement(winner.network) if winner else (None, "")
    cell = cell_of(winner.network.architecture) if winner else None
    if winner is None or measured is None or cell is None:
        return []
    layers = {layer.name: layer for layer in measured.layers}
    steps = [step.name for step in winner.network.steps if step.block == "CellBlock"]
    return [
        ConnectionRow(
            connection=connection_words(edge),
            operation=op_words(edge.op),
            cells=tuple(_emitted(layers.get(f"{step}.{edge.name}.neuron")) for step in steps),
        )
        for edge in cell.edges
    ]


def _emitted(layer: LayerActivity | None) -> tuple[str, str]:
    """Spikes per image and firing rate of the neurons of a connection."""
    if layer is None:
        return numbers.NONE, numbers.NONE
    return numbers.spikes(layer.spikes_per_image), numbers.rate(layer.firing_rate)


def fact_lists(data: ReportData) -> list[tuple[str, list[tuple[str, str]]]]:
    """Titled lists of (name, value): the images, the network's size, the search, the machine, the time."""
    lists = [
        ("Images", _images(data)),
        ("Network", [(_words(name), _value(value)) for name, value in data.dimensions.items()]),
        ("Search", _search(data)),
        ("Machine and versions", [(_words(k), _value(v)) for k, v in {**data.machine, **data.versions}.items()]),
        ("Time", _time(data)),
    ]
    return [(title, facts) for title, facts in lists if facts]


def _images(data: ReportData) -> list[tuple[str, str]]:
    images = data.data
    return [
        ("data set", images.name),
        ("part used", images.part or "all of it"),
        ("image", numbers.shape(images.image)),
        ("classes", str(images.classes)),
        ("training images", numbers.count(images.train)),
        ("validation images", numbers.count(images.validation)),
        ("test images", numbers.count(images.test)),
        *([("images of a class", images.per_class)] if images.per_class else []),
    ]


def _search(data: ReportData) -> list[tuple[str, str]]:
    facts = [("seed", str(data.seed))]
    if not data.space:
        return facts
    facts.append(("space", data.space))
    if data.space_size:
        facts.append(("architectures in it", numbers.count(data.space_size)))
    facts.append(("strategy", data.search.strategy))
    facts += [("fitness", data.search.fitness)] if data.search.fitness else []
    if (data.winners or data.trials) and not data.by_score:
        lambdas = dict.fromkeys([*(w.lam for w in data.winners), *(t.lam for t in data.trials)])
        facts.append(("λ", ", ".join(numbers.lam(value) for value in lambdas)))
    if data.search.budget is not None:
        facts.append(("budget" if data.by_score else "budget for each λ", numbers.count(data.search.budget)))
    facts += [(_words(name), _value(value)) for name, value in data.search.settings.items()]
    if data.score is not None:
        facts.append(("score", data.score.name))
        facts += [(f"scored network, {name}", _value(value)) for name, value in data.score.network.items()]
    if data.average_spikes is not None:
        facts.append(("N_avg, spikes", numbers.spikes(data.average_spikes)))
    return facts


def _time(data: ReportData) -> list[tuple[str, str]]:
    facts = [(name, numbers.duration(seconds)) for name, seconds in data.durations.items()]
    if len(facts) > 1:
        facts.append(("together", numbers.duration(sum(data.durations.values()))))
    return facts


def _budgets(network: Network) -> str:
    """Which constraints the trained network breaks; empty where there are none."""
    missed = [in_words(check) for check in network.checks if not check["kept"]]
    return "; ".join(missed) or ("kept" if network.checks else "")


def _accuracy(measured: Measurement | None) -> str:
    return numbers.percent(measured.accuracy, measured.images) if measured else numbers.NONE


def _balanced(measured: Measurement | None) -> str:
    if measured is None or measured.balanced_accuracy is None or not measured.unequal_classes:
        return ""
    return numbers.percent(measured.balanced_accuracy, measured.images)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " × ".join(map(str, value))
    return str(value)
