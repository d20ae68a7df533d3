"""The tables of the page."""

from collections.abc import Callable
from dataclasses import replace

from spikesearch.reports.data import FinalistFigures, ReportData
from spikesearch.reports.headline import headline
from spikesearch.reports.meaning import definitions
from spikesearch.reports.page import render_page
from spikesearch.reports.series import all_series
from spikesearch.reports.tables import fact_lists, finalist_rows, front_rows, layer_rows, network_rows


def test_the_comparison_has_trained_and_estimated_figures(report: Callable[..., ReportData]) -> None:
    rows = network_rows(all_series(report()))
    assert [row.label for row in rows] == ["winner, λ = −0.08", "all SRB_k3", "all SCB_k3", "random"]
    assert (rows[0].test_accuracy, rows[0].shared_accuracy) == ("97.2%", "77.1%")  # 350 of 360, 222 of 288
    assert (rows[0].test_spikes, rows[0].parameters) == ("3,820", "91,810")
    untrained = network_rows(all_series(report(trained=False)))[0]
    assert (untrained.test_accuracy, untrained.test_spikes, untrained.test_rate) == ("–", "–", "–")


def test_the_front_says_what_was_chosen(report: Callable[..., ReportData]) -> None:
    rows, more = front_rows(report())
    assert [row.chosen for row in rows].count("λ = −0.08") == 1
    assert more == 0
    assert front_rows(report(trials=())) == ([], 0)


def test_candidates_of_equal_figures_are_one_row_of_the_front(report: Callable[..., ReportData]) -> None:
    data = report()
    best = max(data.trials, key=lambda trial: trial.accuracy)
    others = tuple(replace(best, architecture=f"autosnn: {name}") for name in ("zz", "AA"))
    rows, _ = front_rows(replace(data, trials=(*data.trials, *others), winners=()))
    assert len(rows) == len(front_rows(data)[0])
    assert (rows[0].architecture, rows[0].equals) == ("autosnn: AA", "and 2 others with these figures")
    assert all(not row.equals for row in rows[1:])


def test_finalists_have_old_and_new_figures(report: Callable[..., ReportData]) -> None:
    data = report(trained=False)
    assert finalist_rows(data) == []
    assert "The finalists" not in render_page(data, {})
    winner, shared = data.winners[0], data.winners[0].network.shared
    assert shared is not None
    again = replace(shared, accuracy=0.25, images=288, spikes_per_image=2600.0)
    best = FinalistFigures(
        architecture=winner.network.architecture, searched=shared, searched_fitness=0.5, again=again, fitness=0.2643
    )
    other = replace(best, architecture="autosnn: other", searched_fitness=0.75)
    data = replace(data, winners=(replace(winner, finalists=(best, other), fitness=best.fitness),))
    rows = finalist_rows(data)
    assert [(row.winner, row.searched_accuracy, row.accuracy, row.spikes) for row in rows] == [
        (True, "77.1%", "25.0%", "2,600"),
        (False, "77.1%", "25.0%", "2,600"),
    ]
    assert [(row.lam, row.searched_fitness, row.fitness) for row in rows] == [
        ("−0.08", "0.5000", "0.2643"),
        ("−0.08", "0.7500", "0.2643"),
    ]
    assert "The finalists" in render_page(data, {})
    # 0.25 · (1/2)^−0.08 = 0.25 · 1.0570 = 0.2643: the example has the figures that decided
    assert dict(definitions(data))["Fitness"].endswith("For the winner: 0.2500 · (2,600 / 5,200)^−0.08 = 0.2643.")


def test_the_layers_shares_add_up(report: Callable[..., ReportData]) -> None:
    rows, kind = layer_rows(report())
    assert kind == "trained, 360 test images"
    assert rows[0].name == "stem.neuron"
    assert rows[-1].name == "fc.neuron"
    assert abs(sum(float(row.share.removesuffix("%")) for row in rows) - 100) < 0.1 * len(rows)
    assert layer_rows(report(winners=())) == ([], "")


def test_facts(report: Callable[..., ReportData]) -> None:
    facts = {title: dict(pairs) for title, pairs in fact_lists(report())}
    assert facts["Images"]["test images"] == "360"
    assert facts["Images"]["part used"] == "all of it"
    assert facts["Network"]["image"] == "1 × 16 × 16"
    assert facts["Network"]["events"] == "no"
    assert facts["Search"]["N_avg, spikes"] == "5,200"
    assert facts["Machine and versions"]["torch"] == "2.13.0"
    assert facts["Time"]["together"] == "2 min 21 s"  # 62 + 31.4 + 48 seconds


def test_facts_of_a_run_that_only_trains(report: Callable[..., ReportData]) -> None:
    data = replace(report(space="", winners=(), trials=()), durations={}, machine={}, versions={})
    facts = dict(fact_lists(data))
    assert facts["Search"] == [("seed", "0")]
    assert "Time" not in facts
    assert "Machine and versions" not in facts


def test_balanced_accuracy_is_shown_where_classes_are_unequal(report: Callable[..., ReportData]) -> None:
    def with_classes(images: tuple[int, ...] | None, correct: tuple[int, ...] | None) -> ReportData:
        data = report()
        winner = data.winners[0]
        trained = winner.network.trained
        assert trained is not None
        assert trained.test is not None
        test = replace(trained.test, class_images=images, class_correct=correct)
        network = replace(winner.network, trained=replace(trained, test=test))
        return replace(data, winners=(replace(winner, network=network),))

    unequal = with_classes((300, 60), (297, 53))  # 99% and 88.3%
    assert [row.balanced for row in network_rows(all_series(unequal))] == ["93.7%", "", "", ""]
    assert [row.balanced for row in network_rows(all_series(with_classes((200, 160), (196, 154))))] == [""] * 4
    assert [row.balanced for row in network_rows(all_series(with_classes(None, None)))] == [""] * 4
    assert "Balanced accuracy" in dict(definitions(unequal))
    assert "Balanced accuracy" not in dict(definitions(report()))
    assert ("93.7%", "balanced accuracy") in headline(unequal).facts
    page = render_page(unequal, {})
    assert "<th>balanced accuracy</th>" in page
    assert "<td>93.7%</td>" in page
    assert "balanced accuracy" not in render_page(report(), {}).lower()


def test_images_of_a_class_are_among_the_facts(report: Callable[..., ReportData]) -> None:
    data = report()
    assert "images of a class" not in dict(dict(fact_lists(data))["Images"])
    told = replace(data, data=replace(data.data, per_class="24 (dog) to 72 (cat)"))
    assert dict(dict(fact_lists(told))["Images"])["images of a class"] == "24 (dog) to 72 (cat)"
