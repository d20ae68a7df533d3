"""What stands on a page, from a result that is made up."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spikesearch import UserError
from spikesearch.reproduction.claims import Claim
from spikesearch.reproduction.item import Item, Result, Table
from spikesearch.reproduction.page import page, write_page
from spikesearch.reproduction.page_data import page_data
from spikesearch.reproduction.scale import Deviation
from spikesearch.reproduction.scales import AUTOSNN
from spikesearch.reproduction.taken import Taken

CLAIMS = (
    Claim(says="it is larger", difference=5.0, error=1.0, freedom=2, n=(3, 3), unit="points"),
    Claim(says="it is longer", difference=-1.0, unit="s", own=True),
)
RESULT = Result([Table("Caption.", [{"network": "one", "accuracy": "55.0"}])], CLAIMS, notes=["A note."])
ITEM = Item(
    paper="autosnn",
    name="table2",
    title="title",
    cost={},
    measure=lambda lab: RESULT,
    data=("cifar10", "n-mnist"),
    uses=("network",),
)
SCALE = replace(AUTOSNN["small"], deviations=(Deviation("Narrow.", ("network",)), Deviation("Short.", ("epochs",))))


def test_conclusions_and_own_questions_have_tables_of_their_own() -> None:
    text = page(ITEM, SCALE, RESULT, 60.0)
    assert "Scale `small`. The paper's conclusion holds here." in text
    # t = 4.30 of two degrees of freedom
    assert "| it is larger | +5.00 ± 1.00 points | 3 / 3 | +0.70 to +9.30 | holds |" in text
    paper, own = text.split("| asked here, not in the paper |")
    assert "it is longer" not in paper
    assert "| it is longer | −1.00 s | – | – | against it, no error known |" in own


def test_deviations_are_those_of_what_the_item_does() -> None:
    text = page(ITEM, SCALE, RESULT, 60.0)
    assert "\n- A note.\n- Narrow.\n\n" in text
    assert "Short." not in text


def test_smoke_has_no_verdicts() -> None:
    text = page(ITEM, AUTOSNN["smoke"], RESULT, 60.0)
    assert "Seen working; numbers of this size mean nothing." in text
    assert "| it is larger | +5.00 ± 1.00 points | 3 / 3 |\n" in text
    assert "holds" not in text


def test_the_command_names_all_data() -> None:
    assert "reproduce autosnn/table2 --scale small --data DIR --data n-mnist=DIR\n" in page(ITEM, SCALE, RESULT, 60.0)


def test_versions_of_the_runs_once_each() -> None:
    one = {"python": "3.11.7", "versions": {"torch": "2.13.0", "numpy": "2.4.6"}}
    text = page(ITEM, SCALE, RESULT, 60.0, environments=[one, one])
    assert text.endswith("\nIt was measured with Python 3.11.7, torch 2.13.0.\n")
    known = {**one, "processor": "A processor, 2 cores"}
    text = page(ITEM, SCALE, RESULT, 60.0, environments=[known, known])
    assert text.endswith("\nIt was measured with A processor, 2 cores, Python 3.11.7, torch 2.13.0.\n")


def test_the_list_of_items_names_what_is_damaged_and_leaves_out_what_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "snasnet-table1.json").write_text('{"item":')
    write_page(tmp_path, ITEM, SCALE, RESULT, page_data(ITEM, SCALE, RESULT, 60.0, Taken()))
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| [autosnn/table2](autosnn-table2.md) | title | The paper's conclusion holds here. |" in text
    assert "snasnet-table1.json is damaged" in text
    assert "notes" not in text
    kept = json.loads((tmp_path / "autosnn-table2.json").read_text(encoding="utf-8"))
    assert [one["of"] for one in kept["claims"]] == ["paper", "here"]
    assert kept["claims"][0]["limit"] == pytest.approx(4.303, abs=1e-3)
    assert kept["deviations"] == ["Narrow."]


def test_a_remark_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "remarks").mkdir()
    (tmp_path / "remarks" / "autosnn-table2.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"autosnn-table2\.md is not UTF-8 text"):
        write_page(tmp_path, ITEM, SCALE, RESULT, page_data(ITEM, SCALE, RESULT, 60.0, Taken()))
