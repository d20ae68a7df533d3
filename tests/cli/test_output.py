import pytest

from spikesearch.cli import output


def test_a_message_keeps_its_brackets_and_is_not_broken(capsys):
    output.fail("wanted is uint8 [N, 3072]; " + "long " * 60)
    err = capsys.readouterr().err
    assert "[N, 3072]" in err
    assert err.count("\n") == 1


def test_json_is_strict_and_keeps_letters(capsys):
    output.print_json({"label": "λ = -0.08", "accuracy": 0.5})
    assert capsys.readouterr().out == '{\n  "label": "λ = -0.08",\n  "accuracy": 0.5\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        output.print_json(float("nan"))


def test_numbers_stand_on_the_right_and_words_on_the_left(capsys):
    output.print_table(["name", "spikes", "share"], [["a", "1,234", "9.50%"], ["b [x]", "7", "–"]])
    assert capsys.readouterr().out.splitlines() == [
        "name   spikes  share",
        "a       1,234  9.50%",
        "b [x]       7      –",
    ]


def test_an_empty_table_is_its_heads(capsys):
    output.print_table(["name", "description"], [])
    assert capsys.readouterr().out.split() == ["name", "description"]
