"""The first sentences of the page, in every state a run can be in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from spikesearch.reports.data import Network, ReportData
from spikesearch.reports.headline import headline, versus
from spikesearch.strategies.evaluator import Measurement


def measured(correct: int, spikes: float, images: int = 360) -> Measurement:
    return Measurement(
        accuracy=correct / images,
        correct=correct,
        images=images,
        spikes_per_image=spikes,
        firing_rate=0.1,
        layers=(),
    )


def with_test(network: Network, test: Measurement) -> Network:
    assert network.trained is not None
    return replace(network, trained=replace(network.trained, test=test))


def test_a_finished_run(report: Callable[..., ReportData]) -> None:
    data = report()
    winner = replace(data.winners[0], network=with_test(data.winners[0].network, measured(350, 3300.0)))
    other = with_test(data.comparisons[0], measured(349, 5000.0))
    found = headline(replace(data, winners=(winner,), comparisons=(other,)))
    assert found.architecture == "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
    # 350/360 = 97.2%, 349/360 = 96.9%, 3300/5000 = 66%
    assert found.after == ": 97.2% test accuracy with 3,300 spikes per image."
    assert found.sentences == ("That is 34% fewer spikes than all SRB_k3 at +0.3 points.",)
    assert found.facts[:2] == (("97.2%", "test accuracy"), ("3,300", "spikes per image"))
    assert found.facts[-1] == ("200", "of 3,125 candidates evaluated")


@pytest.mark.parametrize("which", ["winner", "comparison"])
def test_networks_that_have_learned_nothing_are_not_compared(report: Callable[..., ReportData], which: str) -> None:
    data = report()
    winner, other = data.winners[0], data.comparisons[0]
    if which == "winner":
        winner = replace(winner, network=replace(winner.network, learned=False))
    else:
        other = replace(other, learned=False)
    found = headline(replace(data, winners=(winner,), comparisons=(other,)))
    assert not [sentence for sentence in found.sentences if "spikes" in sentence]


def test_other_lambdas_are_named(report: Callable[..., ReportData]) -> None:
    text = headline(report(lambdas=(-0.08, 0.0))).sentences[-1].replace("\N{NO-BREAK SPACE}", " ")
    assert text == "It was chosen with λ = −0.08; λ = 0 gives 97.8% with 4,777 spikes per image."


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (measured(350, 100), measured(350, 100), "the same number of spikes as X at the same accuracy"),
        (measured(340, 300), measured(350, 100), "3.0 times the spikes of X at −2.8 points"),
        (measured(340, 300), measured(350, 0), "300 spikes against none of X at −2.8 points"),
        (measured(36, 0), measured(350, 100), "100% fewer spikes than X at −87.2 points"),
    ],
)
def test_versus(one: Measurement, other: Measurement, text: str) -> None:
    assert versus(one, other, "X") == text


def test_a_winner_that_is_its_own_comparison(report: Callable[..., ReportData]) -> None:
    data = report()
    same = replace(data.winners[0].network, label="published")
    found = headline(replace(data, comparisons=(same,)))
    assert found.sentences == ("The network “published” is the same architecture.",)


def test_an_untrained_winner_is_called_an_estimate(report: Callable[..., ReportData]) -> None:
    found = headline(report(trained=False))
    assert "an estimated 77.1% accuracy" in found.after  # 222 of 288
    assert "has not been trained" in found.after
    assert "test accuracy" not in str(found)


def test_a_silent_winner_is_called_silent(report: Callable[..., ReportData]) -> None:
    data = report()
    winner = replace(data.winners[0], network=with_test(data.winners[0].network, measured(36, 0.0)))
    found = headline(replace(data, winners=(winner,)))
    assert found.after == ": 10.0% test accuracy with 0 spikes per image."
    assert "silent" in found.sentences[0]


def test_a_search_on_its_way(report: Callable[..., ReportData]) -> None:
    found = headline(report(winners=(), comparisons=()))
    assert found.before == "The search has not ended: 200 candidates evaluated so far."
    assert headline(report(trial_count=1, winners=())).before.startswith("Highest test accuracy of 3 trained")


def test_a_supernet_alone_and_nothing_at_all(report: Callable[..., ReportData]) -> None:
    data = report(winners=(), comparisons=(), trials=())
    assert "trained for 40 epochs" in headline(data).before
    assert headline(replace(data, supernet=())).before == "Nothing has been measured yet."


def test_a_run_that_only_trains(report: Callable[..., ReportData]) -> None:
    found = headline(report(space="", winners=(), trials=(), supernet=()))
    assert found.before == "Highest test accuracy of 3 trained networks: "
    assert "What this run gives as its best, to predict for example, is its first network." in found.sentences[0]
    assert found.architecture == "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3"
