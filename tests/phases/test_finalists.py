"""The best candidates of a search, measured again in float32 on all validation images before one of them wins."""

import json

import pytest

from same_run import choice
from spikesearch import load_run, search
from spikesearch.app import report, resume, status
from spikesearch.architectures.text import parse
from spikesearch.assembly.starting import stored_config
from spikesearch.assembly.workbench import Workbench
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.forecast.duration import _finals_seconds
from spikesearch.phases.choosing import chosen_of_run
from spikesearch.phases.remarks import unkept
from spikesearch.strategies.objectives import exponential_fitness
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.studies.study import read_settings
from spikesearch.studies.trial import ranking
from spikesearch.training.checkpoints import load_checkpoint

COUNT = 4


class Stop(Reporter):
    """Ends a run where a phase begins, or when it has advanced so far; keeps what it was told."""

    def __init__(self, title, advanced=0):
        self.title, self.advanced, self.at, self.notes = title, advanced, "", []

    def phase(self, title, total, done=0):
        self.at = title
        self._stop(0)

    def advance(self, done, detail=""):
        self._stop(done)

    def note(self, text):
        self.notes.append(text)

    def _stop(self, done):
        if self.at.startswith(self.title) and done == self.advanced:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def settings(tiny):
    """A rough search, in bfloat16 on 12 of 40 images; with this seed other candidates win than without finalists."""

    def made(**search):
        return tiny(
            supernet={"epochs": 15},
            search={"images": 12, "finalists": COUNT, "lam": [0.0, -0.3]} | search,
            run={"precision": "bf16", "seed": 1},
            compare={"architectures": []},
        )

    return made


@pytest.fixture(scope="module")
def run(settings, search_only, tmp_path_factory):
    return search_only(settings=settings(), run=tmp_path_factory.mktemp("finalists") / "run")


def bench_of(path):
    folder = RunFolder.open(path)
    return Workbench(folder, stored_config(folder))


def of_lambda(run, lam):
    return [trial for trial in run.trials if trial.lam == lam]


def test_the_winner_is_the_best_by_figures_of_the_extracted_network_in_float32(run):
    bench = bench_of(run.path)
    supernet, info = load_checkpoint(run.path / "checkpoints" / "supernet.safetensors")
    average = info.extra["average_spikes"]
    moved = 0
    for entry in run.found:
        lam, finalists = entry["lam"], entry["finalists"]
        best = ranking(of_lambda(run, lam))[:COUNT]
        assert {one["number"] for one in finalists} == {trial.number for trial in best}
        fitness = {}
        for one in finalists:
            trial = run.trials[one["number"]]
            kept = (trial.architecture, trial.fitness, trial.accuracy, trial.spikes_per_image, trial.images)
            assert (one["architecture"], *(one[name] for name in list(one)[2:6])) == kept
            network = supernet.extract(parse(one["architecture"]))
            found = measure(network, bench.validation_data, normalisation=info.normalisation)
            assert (found.images, found.correct) == (40, one["again"]["correct"])
            assert found.spikes_per_image == one["again"]["spikes_per_image"]
            fitness[one["architecture"]] = exponential_fitness(found.accuracy, found.spikes_per_image, average, lam)
            assert one["again"]["fitness"] == fitness[one["architecture"]]
        winner = max(fitness, key=lambda text: fitness[text])
        assert (entry["architecture"], entry["fitness"]) == (winner, fitness[winner])
        assert finalists[0]["architecture"] == winner
        moved += winner != best[0].architecture
    assert moved  # other settings may need another seed


def test_the_search_itself_is_that_without_finalists(run, settings, search_only, tmp_path):
    without = search_only(settings=settings(finalists=0), run=tmp_path / "run", supernet=run.path)
    assert without.trials == run.trials
    kept = [read_settings(one.path / "study.db") for one in (without, run)]
    assert kept[0] == kept[1]
    assert "finalists" not in kept[0]["search"]
    assert choice(without.path)["comparisons"] == choice(run.path)["comparisons"]
    for entry in choice(without.path)["winners"]:
        best = ranking(of_lambda(run, entry["lam"]))[0]
        assert (entry["architecture"], entry["fitness"]) == (best.architecture, best.fitness)
        assert "finalists" not in entry


def test_interrupted_meanwhile_they_are_measured_again(run, settings, tmp_path):
    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        search(settings=settings(), run=path, supernet=run.path, reporter=Stop("measuring finalists", 2))
    assert not (path / "winners.json").exists()
    assert f"the best {COUNT} of each λ will be measured again in fp32" in status(path)["phases"][1]["detail"]
    with pytest.raises(KeyboardInterrupt):
        resume(path, reporter=Stop("training λ"))
    assert choice(path) == choice(run.path)


def test_everybody_goes_by_the_new_figures(run):
    page = report(run.path).read_text(encoding="utf-8")
    assert f"The best {COUNT} candidates of each λ were measured again with the supernet&#39;s weights" in page
    assert page.count("<h3>The finalists</h3>") == 1
    facts = status(run.path)
    config = stored_config(RunFolder.open(run.path))
    texts, _ = chosen_of_run(RunFolder.open(run.path), config, config)
    assert texts == list(dict.fromkeys(entry["architecture"] for entry in run.found))
    _, kept = chosen_of_run(RunFolder.open(run.path), config, config, top=COUNT)
    for entry, line in zip(run.found, facts["best"], strict=True):
        again = entry["finalists"][0]["again"]
        figures = f"({100 * again['accuracy']:.1f}% of the validation images with shared weights, measured again, "
        assert line.startswith(f"λ = {entry['lam']:g}: {entry['architecture']} {figures}")
        assert f"{again['spikes_per_image']:,.0f} spikes per image" in line
    first = [one["architecture"] for one in run.found[0]["finalists"]]
    assert [kept["labels"][text] for text in first] == [f"λ = 0 #{place}" for place in (1, 2, 3, 4)]
    assert "measured again in fp32 on 40 images" in (run.path / "log.txt").read_text(encoding="utf-8")


def test_recalibrated_they_have_statistics_of_their_own(least, search_only, tmp_path):
    found = search_only(settings=least(search={"finalists": 2, "recalibrate": 16, "images": 10}), run=tmp_path / "run")
    bench = bench_of(found.path)
    supernet, info = load_checkpoint(found.path / "checkpoints" / "supernet.safetensors")
    figures = [one["again"] for one in found.found[0]["finalists"]]
    texts = [parse(one["architecture"]) for one in found.found[0]["finalists"]]
    for calibration, equal in [(bench.calibration_images, True), (None, False)]:
        evaluator = SharedWeightsEvaluator(
            supernet, bench.validation_data, normalisation=info.normalisation, calibration=calibration
        )
        spikes = [one.spikes_per_image for one in evaluator.evaluate(texts)]
        assert (spikes == [one["spikes_per_image"] for one in figures]) == equal


def test_where_nothing_is_finer_it_is_said_and_nothing_changes(least, tmp_path):
    stop = Stop("training λ")
    with pytest.raises(KeyboardInterrupt):
        search(settings=least(search={"finalists": 99}), run=tmp_path / "run", reporter=stop)
    assert any(note.startswith("search.finalists = 99 changes nothing here: ") for note in stop.notes)
    found = load_run(tmp_path / "run")
    (entry,) = found.found
    assert [one["number"] for one in entry["finalists"]] == [one.number for one in ranking(found.trials)]
    assert all(one["again"][name] == one[name] for one in entry["finalists"] for name in ("fitness", "accuracy"))


def test_a_winner_that_breaks_a_budget_is_the_best_of_the_finalists(least, tmp_path):
    stop = Stop("training λ")
    with pytest.raises(KeyboardInterrupt):
        search(
            settings=least(search={"finalists": 2, "constraints": ["spikes<=0.5"]}), run=tmp_path / "run", reporter=stop
        )
    assert any(note.startswith("λ = -0.08: none of the 2 finalists keeps all") for note in stop.notes)
    winners = json.loads((tmp_path / "run" / "winners.json").read_text(encoding="utf-8"))["winners"]
    (line,) = unkept(winners)
    assert line.startswith("λ = -0.08: no finalist keeps all constraints with shared weights; the winner breaks them")


def test_the_forecast_has_their_time(run):
    bench = bench_of(run.path)
    # Two λ with four finalists each, half of whose blocks run for others: 8 · 40 / 2 images, in fp32 twice as long.
    assert _finals_seconds(bench, 16, 0.5) == 8 * 40 / 2 * 0.5 * 2
    assert _finals_seconds(bench, 4, 0.5) == 4 * 40 / 2 * 0.5 * 2
