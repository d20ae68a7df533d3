"""`spikesearch reproduce` at scale `smoke`: pages from real runs, resumed, shared, and built again from figures."""

import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError
from spikesearch.reproduction.choosing import chosen, data_folders, without_data
from spikesearch.reproduction.items import ITEMS
from spikesearch.reproduction.scales import PAPERS, SCALES
from spikesearch.reproduction.session import reproduce
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reproduce")
    reproduce(["autosnn/table1"], scale="smoke", store=path)
    return path


def test_a_page_stands_beside_its_numbers(store: Path) -> None:
    page = (store / "smoke" / "autosnn-table1.md").read_text(encoding="utf-8")
    assert "| 86.93 |" in page
    assert "| 154,000 |" in page
    found = json.loads((store / "smoke" / "autosnn-table1.json").read_text(encoding="utf-8"))
    figures = [json.loads(path.read_text(encoding="utf-8")) for path in (store / "smoke" / "figures").iterdir()]
    assert found["seconds"] == pytest.approx(sum(one["seconds"] for one in figures), abs=0.1)
    assert [row["network"] for row in found["tables"][0]["rows"]][:2] == [
        "SNN_1: max pooling",
        "SNN_2: max pooling, GAP",
    ]
    assert "[autosnn/table1](autosnn-table1.md)" in (store / "smoke" / "README.md").read_text(encoding="utf-8")


def test_a_page_has_its_numbers_as_data(store: Path) -> None:
    found = json.loads((store / "smoke" / "autosnn-table1.json").read_text(encoding="utf-8"))
    assert {claim["unit"] for claim in found["claims"]} == {"points", "spikes"}
    (table,) = found["tables"]
    first, shown = table["values"][0], table["rows"][0]
    assert (first["paper's accuracy, %"], first["network"]) == (86.93, "SNN_1: max pooling")
    assert [len(table["values"]), *first] == [len(table["rows"]), *shown]
    network = next(one for one in found["networks"] if one["architecture"].startswith("autosnn: SCB_k3"))
    stored = json.loads((store / "smoke" / network["figure"]).read_text(encoding="utf-8"))
    assert network["accuracy"]["values"] == [100 * one["accuracy"] for one in stored["repeats"]]
    assert (network["accuracy"]["n"], network["accuracy"]["unit"]) == (2, "%")
    assert network["accuracy"]["mean"] == pytest.approx(first["accuracy, %"]["mean"], abs=0.005)
    assert network["settings"] == stored["settings"]
    assert len(found["networks"]) == len(table["rows"])


def test_other_items_take_what_was_measured(store: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (store / "smoke" / "runs").iterdir()}
    (found,) = reproduce(["autosnn/figure2"], scale="smoke", store=store, from_figures=True)
    assert {path.name: path.stat().st_mtime_ns for path in (store / "smoke" / "runs").iterdir()} == before
    picture = found.page.parent / "autosnn-figure2-layers.svg"
    drawn = picture.read_bytes()
    reproduce(["autosnn/figure2"], scale="smoke", store=store, from_figures=True)
    assert picture.read_bytes() == drawn  # what is built again shows no change


def test_pages_are_built_again_from_figures_alone(store: Path, tmp_path: Path) -> None:
    (tmp_path / "smoke").mkdir()
    (store / "smoke" / "figures").rename(tmp_path / "smoke" / "figures")
    try:
        (found,) = reproduce(["autosnn/table1"], scale="smoke", store=tmp_path, from_figures=True)
        assert found.page.read_bytes() == (store / "smoke" / "autosnn-table1.md").read_bytes()
        with pytest.raises(UserError, match=r"no folder \S+figures, and with --from-figures nothing is measured"):
            reproduce(["autosnn/table1"], scale="smoke", store=store, from_figures=True)
    finally:
        (tmp_path / "smoke" / "figures").rename(store / "smoke" / "figures")


def test_with_figures_alone_all_is_built_that_can_be(store: Path) -> None:
    found = reproduce(["autosnn"], scale="smoke", store=store, from_figures=True)
    assert [one.item.name for one in found] == ["table1", "figure2", "figure3"]
    assert "searched-autosnn-" in found.skipped["autosnn/table2"]
    assert len(found) + len(found.skipped) == len(chosen(["autosnn"]))
    with pytest.raises(UserError, match=r"trained-autosnn-\S+ is missing: without --from-figures it is measured"):
        reproduce(["autosnn/table8", "autosnn/table1"], scale="smoke", store=store, from_figures=True)
    with pytest.raises(UserError, match=r"snasnet/table1: \S+ is missing"):
        reproduce(["snasnet"], scale="smoke", store=store, from_figures=True)


def test_a_damaged_figure_is_named(store: Path) -> None:
    path = next((store / "smoke" / "figures").glob("trained-autosnn-SCB3-*.json"))
    before = path.read_text(encoding="utf-8")
    damaged = json.loads(before)
    damaged["repeats"][0]["accuracy"] = 5.0
    path.write_text(json.dumps(damaged), encoding="utf-8")
    try:
        with pytest.raises(UserError, match=rf"{path.name} is damaged \(repeats\.0\.accuracy: .*: remove it"):
            reproduce(["autosnn/table1"], scale="smoke", store=store, from_figures=True)
    finally:
        path.write_text(before, encoding="utf-8")


def test_without_figures_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no folder .*figures, and with --from-figures nothing is measured"):
        reproduce(["autosnn/table1"], scale="smoke", store=tmp_path / "nowhere", from_figures=True)
    assert not list(tmp_path.iterdir())


def test_a_remark_by_people_is_on_the_page(store: Path) -> None:
    remarks = store / "smoke" / "remarks"
    remarks.mkdir()
    (remarks / "autosnn-table1.md").write_text("It is a smoke test.\n", encoding="utf-8")
    (found,) = reproduce(["autosnn/table1"], scale="smoke", store=store, from_figures=True)
    assert "\nIt is a smoke test.\n" in found.page.read_text(encoding="utf-8")


def test_the_time_limit_interrupts_and_the_next_call_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        reproduce(["autosnn/table9"], scale="smoke", store=tmp_path, minutes=0.004)  # sooner than anything is trained
    (found,) = reproduce(["autosnn/table9"], scale="smoke", store=tmp_path)
    assert len(found.result.tables[0].rows) == 4


class Stops(Reporter):
    """Stops the program when the first phase begins."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def phase(self, title: str, total: int, done: int = 0) -> None:
        raise KeyboardInterrupt

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_an_interrupted_item_goes_on_by_the_same_command_with_the_options_of_now(tmp_path: Path) -> None:
    stops = Stops()
    with pytest.raises(KeyboardInterrupt):
        reproduce(["autosnn/figure11"], scale="smoke", store=tmp_path, workers=2, reporter=stops)
    command = f"spikesearch reproduce autosnn/figure11 --scale smoke --store {tmp_path} --workers 2"
    assert stops.notes[-1] == f"interrupted; go on with: {command}"
    assert not any("spikesearch resume" in note for note in stops.notes)
    (path,) = (tmp_path / "smoke" / "runs").iterdir()
    with pytest.raises(UserError, match=rf"--device cuda: {path} was begun on cpu, .* give --device cpu, or remove"):
        reproduce(["autosnn/figure11"], scale="smoke", store=tmp_path, device="cuda")
    reproduce(["autosnn/figure11"], scale="smoke", store=tmp_path, workers=1)
    assert RunFolder.open(path).config["run"]["workers"] == 1


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["autosnn/table99"], "nothing to reproduce under 'autosnn/table99'; items: autosnn/table1, "),
        ([], "name an item, such as autosnn/table2"),
    ],
)
def test_unknown_items(names: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        chosen(names)


def test_a_paper_and_all_stand_for_their_items() -> None:
    assert chosen(["all"]) == list(ITEMS.values())
    assert {item.paper for item in chosen(["snasnet"])} == {"snasnet"}
    assert len(chosen(["autosnn/table1", "autosnn"])) == len(chosen(["autosnn"]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": "large"}, "--scale 'large': give one of smoke, small, paper"),
        ({"minutes": 0}, "--minutes 0: give a number above 0"),
        ({"minutes": math.nan}, "--minutes nan: give a number above 0"),
        ({"minutes": math.inf}, "--minutes inf: give a number above 0"),
        ({"minutes": 1e300}, r"--minutes 1e\+300: give a number above 0"),
        ({"workers": 0}, "--workers 0: give a whole number above 0"),
        ({"device": "gpu"}, "--device 'gpu': give one of cpu, cuda, auto"),
        ({"data": ["/nowhere"]}, "--data '/nowhere': no such folder; give CIFAR-10's"),
        ({"data": ["n-mnist=/nowhere"]}, "--data 'n-mnist=/nowhere': no such folder; give the folder of n-mnist's"),
        ({"data": ["cifar=/tmp"]}, r"no data set 'cifar' needs a folder \(did you mean 'cifar10'\?\); names: cifar10"),
        ({"data": ["digits=/tmp"]}, "no data set 'digits' needs a folder"),
        ({"store": "/dev/null"}, r"--store /dev/null: /dev/null/smoke cannot be made \(Not a directory\)"),
        ({"scale": "small"}, "autosnn/table1 at scale small needs cifar10: give --data DIR"),
    ],
)
def test_bad_options_are_named_before_anything_is_measured(
    options: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=said):
        reproduce(["autosnn/table1"], **{"scale": "smoke"} | options)
    assert not list(tmp_path.iterdir())


def test_a_time_limit_needs_the_main_thread(tmp_path: Path) -> None:
    said: list[str] = []

    def call() -> None:
        try:
            reproduce(["autosnn/table1"], scale="smoke", store=tmp_path, minutes=5)
        except UserError as error:
            said.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert said[0].startswith("minutes=5: only a program's main thread can be stopped by the clock")


def test_folders_of_data(tmp_path: Path) -> None:
    assert data_folders([str(tmp_path), f"n-mnist={tmp_path}"]) == {"cifar10": tmp_path, "n-mnist": tmp_path}
    archive = tmp_path / "events.zip"
    archive.touch()
    assert data_folders([f"n-mnist={archive}"]) == {"n-mnist": archive}
    with pytest.raises(UserError, match=r"cifar10 has the folder .* already; give it once"):
        data_folders([str(tmp_path), f"cifar10={tmp_path}"])


def test_of_a_paper_what_lacks_data_is_skipped(tmp_path: Path) -> None:
    whole, folders = chosen(["all"]), {"cifar10": tmp_path}
    skipped = {"autosnn/table4": "needs n-mnist: give --data n-mnist=DIR"}
    assert without_data(whole, ["all"], "small", folders) == skipped
    assert without_data(whole, ["all"], "smoke", {}) == {}
    with pytest.raises(UserError, match="autosnn/table4 at scale small needs n-mnist: give --data n-mnist=DIR"):
        without_data(whole, ["all", "autosnn/table4"], "small", folders)
    with pytest.raises(UserError, match="needs cifar10: give --data DIR"):
        without_data(whole, ["all"], "small", {})


def test_every_paper_has_every_scale_and_every_item_says_its_cost() -> None:
    assert all(list(scales) == list(SCALES) for scales in PAPERS.values())
    assert all(set(item.cost) == set(SCALES) for item in ITEMS.values())
