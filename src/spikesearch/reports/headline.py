"""The first sentences of the page: what was found, how good it is, and how it compares, in plain numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from spikesearch.reports import numbers, repeats
from spikesearch.reports.candidates import distinct
from spikesearch.reports.data import Network, ReportData, Winner
from spikesearch.reports.scores import best_of, score_text
from spikesearch.reports.series import comparison_labels
from spikesearch.strategies.constraints import in_words
from spikesearch.strategies.evaluator import Measurement

_CHOSEN_BY_TEST = (
    "It stands here because of its test accuracy, which for that reason is rather too high; a network to be used is "
    "chosen by validation accuracy. What this run gives as its best, to predict for example, is its first network."
)
_MOST_PARTS = 3  # of a sentence; the table has them all


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The page's beginning.

    Attributes:
        before, architecture, after: the headline; the architecture, empty where none was found, is set in its own type.
        sentences: what follows below it.
        facts: (figure, what it is) for the row of large numbers.
    """

    before: str
    architecture: str = ""
    after: str = ""
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def headline(data: ReportData) -> Headline:
    """The headline of a run in whatever state it is."""
    winner = data.headline_winner
    if winner is not None:
        return _found(data, winner)
    tested = [network for network in data.comparisons if network.test]
    if tested:
        return _only_trained(data, tested)
    if data.trials:
        best = max(distinct(data.trials), key=lambda trial: trial.accuracy, default=None)
        return Headline(
            before=f"The search has not ended: {_candidates(data)} evaluated so far.",
            sentences=(
                f"The highest accuracy estimated so far is {numbers.percent(best.accuracy)}"
                f"{f' with {numbers.spikes(best.spikes_per_image)} spikes per image' * data.spiking} "
                f"({best.architecture}).",
            )
            if best
            else (),
        )
    if data.scored and data.by_score:
        leader = best_of(data)[0]
        return Headline(
            before=f"The search has not ended: {_scored(data)} so far.",
            sentences=(f"The highest is {score_text(leader.score)} ({leader.architecture}).",),
        )
    if data.supernet:
        epochs = f"{len(data.supernet)} epoch{'s' * (len(data.supernet) != 1)}"
        return Headline(before=f"The supernet has been trained for {epochs}; no candidate has been evaluated yet.")
    return Headline(before="Nothing has been measured yet.")


def _found(data: ReportData, winner: Winner) -> Headline:
    test = winner.network.test
    shared = winner.network.shared
    if test:
        accuracy = repeats.accuracy(winner.network)
        after = f": {accuracy} test accuracy {_with_spikes(test)}."
        sentences = [*_budgets(winner.network), *compared(data), *_other_lambdas(data, winner)]
        facts = [(accuracy, "test accuracy"), *_balanced_facts(test), *_spike_facts(test)]
    elif shared:
        accuracy = numbers.percent(shared.accuracy, shared.images)
        after = f": an estimated {accuracy} accuracy {_with_spikes(shared)}. It has not been trained from scratch yet."
        sentences = [
            "The estimate is made with the supernet's weights on validation images; training from scratch usually "
            "gives a higher accuracy.",
            *_other_lambdas(data, winner),
        ]
        facts = [(accuracy, "validation accuracy (estimate)"), *_spike_facts(shared)]
    elif winner.network.score is not None and data.score is not None:
        shown = score_text(winner.network.score)
        after = f": the highest {data.score.name}, {shown}. It has not been trained yet."
        sentences, facts = [], [(shown, data.score.name)]
    else:
        after, sentences, facts = ". It has not been measured yet.", [], []
    measured = test or shared
    if measured and measured.spikes_per_image == 0:
        sentences.insert(0, "This network is silent: it emits no spike and gives every image the same answer.")
    facts.append((numbers.magnitude(winner.network.parameters), "parameters"))
    if data.score is not None and data.scored:
        sentences.append(
            f"Of {_scored(data)} the best {numbers.count(data.score.kept)} were searched with shared weights."
            if data.score.kept
            else f"It is the best of {_scored(data)}; none of them was trained to choose it."
        )
    facts += _candidate_facts(data)
    return Headline(
        before="The search found ",
        architecture=winner.network.architecture,
        after=after,
        sentences=tuple(sentences),
        facts=tuple(facts),
    )


def compared(data: ReportData) -> list[str]:
    """The headline winner against the first comparison networks that were trained like it. Networks that have learned
    nothing are not compared: few spikes are no merit of theirs."""
    winner = data.headline_winner
    test = winner.network.test if winner else None
    if winner is None or test is None:
        return []
    parts, same = [], []
    for network, label in zip(data.comparisons, comparison_labels(data), strict=True):
        if network.architecture == winner.network.architecture:
            same.append(f"The network “{label}” is the same architecture.")
        elif network.test is not None and winner.network.learned and network.learned:
            parts.append(versus(test, network.test, label))
    return [f"That is {'; '.join(parts[:_MOST_PARTS])}.", *same] if parts else same


def versus(one: Measurement, other: Measurement, name: str) -> str:
    """`34% fewer spikes than all SRB_k3 at +0.3 points`, `one` against the network called `name`."""
    difference = numbers.points(one.accuracy, other.accuracy, min(one.images, other.images))
    if not _spiking(one):
        return f"{difference} {'as' if 'same' in difference else 'against'} {name}"
    spikes = numbers.fewer_spikes(one.spikes_per_image, other.spikes_per_image)
    if spikes.startswith("spikes where"):
        return f"{numbers.spikes(one.spikes_per_image)} spikes against none of {name} at {difference}"
    joined = "as" if "same" in spikes else "of" if "times" in spikes else "than"
    return f"{spikes} {joined} {name} at {difference}"


def _other_lambdas(data: ReportData, winner: Winner) -> list[str]:
    parts = []
    for other in data.winners:
        measured = other.network.test if winner.network.test else other.network.shared
        if other is winner or measured is None:
            continue
        accuracy = numbers.percent(measured.accuracy, measured.images)
        parts.append(f"{_lam(other)} gives {accuracy} {_with_spikes(measured)}")
    if not parts:
        return []
    more = len(parts) - _MOST_PARTS
    rest = f"; {more} more in the comparison below" if more > 0 else ""
    return [f"It was chosen with {_lam(winner)}; {'; '.join(parts[:_MOST_PARTS])}{rest}."]


def _only_trained(data: ReportData, tested: Sequence[Network]) -> Headline:
    best = max(tested, key=lambda network: network.test.accuracy if network.test else 0.0)
    assert best.test is not None
    accuracy = repeats.accuracy(best)
    several = len(tested) > 1
    many = f"Highest test accuracy of {len(tested)} trained networks: " if several else "One network was trained: "
    return Headline(
        before=many,
        architecture=best.architecture,
        after=f": {accuracy} test accuracy {_with_spikes(best.test)}.",
        sentences=(_CHOSEN_BY_TEST,) if several else (),
        facts=(
            (accuracy, "test accuracy"),
            *_balanced_facts(best.test),
            *_spike_facts(best.test),
            (numbers.magnitude(best.parameters), "parameters"),
        ),
    )


def _budgets(network: Network) -> list[str]:
    """Whether the trained network keeps the constraints of the search, with its figures."""
    parts = [in_words(check) for check in network.checks]
    return [f"Constraints: {', '.join(parts)}."] if parts else []


def _balanced_facts(measured: Measurement) -> list[tuple[str, str]]:
    """Nothing where classes are much alike in size."""
    if measured.balanced_accuracy is None or not measured.unequal_classes:
        return []
    return [(numbers.percent(measured.balanced_accuracy, measured.images), "balanced accuracy")]


def _candidate_facts(data: ReportData) -> list[tuple[str, str]]:
    """How many were scored and evaluated, in the order in which that is done; both together in few words."""
    of = f"of {numbers.count(data.space_size)} " if data.space_size else ""
    scored, evaluated = numbers.count(len(data.scored)), numbers.count(len(distinct(data.trials)))
    if data.score is not None and data.scored and data.trials:
        return [(scored, f"{of}scored"), (evaluated, "evaluated")]
    if data.score is not None and data.scored:
        return [(scored, f"{of}candidates scored")]
    return [(evaluated, f"{of}candidates evaluated")] if data.trials else []


def _spike_facts(measured: Measurement) -> list[tuple[str, str]]:
    if not _spiking(measured):
        return []
    return [
        (numbers.spikes(measured.spikes_per_image), "spikes per image"),
        (numbers.rate(measured.firing_rate), "firing rate"),
    ]


def _with_spikes(measured: Measurement) -> str:
    if not _spiking(measured):
        return "as an ordinary network, with ReLUs for neurons"
    return f"with {numbers.spikes(measured.spikes_per_image)} spikes per image"


def _spiking(measured: Measurement) -> bool:
    """Spikes of an ordinary network are nan."""
    return not math.isnan(measured.spikes_per_image)


def _lam(winner: Winner) -> str:
    """Without places where the line may break."""
    return f"λ\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{numbers.lam(winner.lam)}"


def _scored(data: ReportData) -> str:
    count, name = len(data.scored), data.score.name if data.score else ""
    return f"{numbers.count(count)} candidate{'s' * (count != 1)} scored by {name}"


def _candidates(data: ReportData) -> str:
    count = len(distinct(data.trials))
    return f"{numbers.count(count)} candidate{'s' * (count != 1)}"
