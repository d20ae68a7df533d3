"""`spikesearch reproduce` at scale `smoke`: pages from real runs, resumed, shared, and built again from figures."""

import json
from pathlib import Path

import pytest

from spikesearch import UserError
from spikesearch.reproduction.items import ITEMS
from spikesearch.reproduction.scales import PAPERS, SCALES
from spikesearch.reproduction.session import chosen, data_folders, reproduce


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
        with pytest.raises(UserError, match=r"trained-autosnn-\S+ is missing: without --from-figures it is measured"):
            reproduce(["autosnn/table1"], scale="smoke", store=store, from_figures=True)
    finally:
        (tmp_path / "smoke" / "figures").rename(store / "smoke" / "figures")


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


def test_other_bad_input(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--scale 'large': give one of smoke, small, paper"):
        reproduce(["autosnn/table1"], scale="large", store=tmp_path)
    with pytest.raises(UserError, match="autosnn/table1 at scale small needs cifar10: give --data DIR"):
        reproduce(["autosnn/table1"], scale="small", store=tmp_path)
    with pytest.raises(UserError, match="--data '/nowhere': no such folder"):
        data_folders(["/nowhere"])
    with pytest.raises(UserError, match="--minutes 0: give a number above 0"):
        reproduce(["autosnn/table1"], scale="smoke", store=tmp_path, minutes=0)
    assert data_folders([str(tmp_path), f"n-mnist={tmp_path}"]) == {"cifar10": tmp_path, "n-mnist": tmp_path}
    archive = tmp_path / "events.zip"
    archive.touch()
    assert data_folders([f"n-mnist={archive}"]) == {"n-mnist": archive}


def test_every_paper_has_every_scale_and_every_item_says_its_cost() -> None:
    assert all(list(scales) == list(SCALES) for scales in PAPERS.values())
    assert all(set(item.cost) == set(SCALES) for item in ITEMS.values())
