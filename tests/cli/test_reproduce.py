"""`spikesearch reproduce` on the command line: the list of items, and errors of options."""

from spikesearch.reproduction.items import ITEMS


def test_the_list_has_the_data_and_the_cost_of_each_item(cli):
    found = {entry["item"]: entry for entry in cli("reproduce", "--list", "--json").json}
    assert set(found) == set(ITEMS)
    table4 = found["autosnn/table4"]
    assert table4["data"]["small"] == ["cifar10", "n-mnist"]
    assert all(set(one["cost"]) == {"smoke", "small", "paper"} and not one["data"]["smoke"] for one in found.values())
    shown = cli("reproduce", "--list").out
    assert "data at small" in shown
    line = next(line for line in shown.splitlines() if line.startswith("autosnn/table4"))
    assert "cifar10, n-mnist" in line
    assert table4["cost"]["small"] in line


def test_bad_options_are_the_users(cli, tmp_path):
    for option, value in (("--minutes", "nan"), ("--workers", "0"), ("--store", "/dev/null"), ("--data", "cifar=/tmp")):
        place = () if option == "--store" else ("--store", tmp_path)
        answer = cli("reproduce", "autosnn/table1", "--scale", "smoke", option, value, *place)
        assert answer.code == 2
        assert option in answer.err
