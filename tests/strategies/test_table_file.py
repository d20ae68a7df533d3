"""Tables of trained networks: what is read, and what is refused."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.errors import UserError
from spikesearch.strategies.table import Columns
from spikesearch.strategies.table_file import read_table, split_text

PLAIN = "architecture,validation_accuracy,test_accuracy,spikes\na: x y,0.5,0.4,10\na: x z,0.7,0.6,20\n"
SPIKENAS = "id,params,test_acc,val_acc_final,rate15\n0,17,10.0,9.9,0.0\n12616,20,88.0,87.5,0.08\n"


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, columns: Columns | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_table(write(folder, text), columns)
    return str(caught.value)


def test_a_table_of_texts(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, PLAIN))
    assert table.texts == ("a: x y", "a: x z")
    assert table.codes.tolist() == [[0, 0], [0, 1]]
    assert table.choices == (1, 2)
    assert (table.validation.tolist(), table.test.tolist()) == ([0.5, 0.7], [0.4, 0.6])
    assert table.spikes is not None
    assert table.spikes.tolist() == [10, 20]


def test_spikenas_bench_is_known_by_its_columns(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, SPIKENAS))
    assert table.texts == ("spikenas-bench:0", "spikenas-bench:12616")
    # 12616 = 1 + 3·5 + 4·25 + 0·125 + 0·625 + 4·3125; each slot has the two choices of the two rows, or one.
    assert table.codes.tolist() == [[0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 1]]
    assert table.choices == (2, 2, 2, 1, 1, 2)
    assert table.test.tolist() == [0.1, 0.88]
    assert table.columns.spikes == "rate15"
    assert table.numbers("params").tolist() == [17, 20]
    # 12616: edges 01 = skip, 02 = neuron and convolution, 03 and 23 the same, 12 and 13 cut.
    assert table.features == ("cell_convolutions", "cell_depth")
    assert table.numbers("cell_convolutions").tolist() == [0, 3]
    assert table.numbers("cell_depth").tolist() == [0, 2]


def test_entries_of_spikenas_bench_by_name_are_those_by_id(tmp_path: Path) -> None:
    by_id = read_table(write(tmp_path, SPIKENAS))
    lines = "spikenas-bench:0,9.9,10.0\nspikenas-bench: 12616,87.5,88.0\n"
    named = read_table(write(tmp_path, "architecture,val_acc,test_acc\n" + lines))
    assert named.texts == by_id.texts
    assert named.codes.tolist() == by_id.codes.tolist()
    assert named.choices == by_id.choices
    assert named.features == by_id.features
    assert named.numbers("cell_depth").tolist() == by_id.numbers("cell_depth").tolist()
    assert (named.lines, named.part([1]).lines) == ((2, 3), (3,))


def test_own_names_and_choices_of_their_own_columns(tmp_path: Path) -> None:
    text = "name,op1,op2,v,t\nfirst,10,b,1,2\nsecond,9,b,3,4\n"
    columns = Columns(architecture="name", encoding=("op1", "op2"), validation="v", test="t")
    table = read_table(write(tmp_path, text), columns)
    assert table.texts == ("first", "second")
    assert table.codes.tolist() == [[1, 0], [0, 0]]  # numbers by value: 9 before 10
    assert table.spikes is None
    unnamed = read_table(write(tmp_path, text), Columns(encoding=("op1", "op2"), validation="v", test="t"))
    assert unnamed.texts == ("table: 10 b", "table: 9 b")


def test_a_cell_is_taken_apart_into_its_edges() -> None:
    assert split_text("snasnet: 0302 0030 3003 0000") == tuple("0302003030030000")
    assert split_text("0302/0030/3003/0000") == tuple("0302003030030000")
    assert split_text("autosnn: skip SCB_k3 SRB_k5") == ("skip", "SCB_k3", "SRB_k5")


def test_compressed_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n\r\n").encode()))
    assert read_table(path).texts == ("a: x y", "a: x z")


def test_halves_are_always_the_same_and_divide_the_table(tmp_path: Path) -> None:
    lines = "".join(f"a: {i},0.{i:02},0.5\n" for i in range(11))
    table = read_table(write(tmp_path, "architecture,val_acc,test_acc\n" + lines))
    develop, held_back = table.half("develop"), table.half("held-back")
    assert (len(develop), len(held_back)) == (5, 6)
    assert {*develop.texts, *held_back.texts} == set(table.texts)
    assert develop.texts == table.half("develop").texts
    assert develop.validation.tolist() == [table.validation[table.texts.index(text)] for text in develop.texts]
    assert table.half("all") is table
    with pytest.raises(UserError, match="part 'test' of a table: give one of all, develop, held-back"):
        table.half("test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: give a line with the columns' names and one line for each network"),
        ("architecture,val_acc,test_acc\n", "is empty"),
        (PLAIN.replace("test_accuracy", "tset"), "no column for test accuracy: none of test_accuracy, test_acc is"),
        (PLAIN.replace("0.7", "high"), "line 3, column 'validation_accuracy': 'high' is no finite number"),
        (PLAIN.replace("0.7", "nan"), "'nan' is no finite number"),
        (PLAIN.replace("0.7", ""), "'' is no finite number"),
        (PLAIN.replace("0.6", "-0.6"), "line 3, column 'test_accuracy': -0.6 is no accuracy in 0…1 or 0…100%"),
        (PLAIN.replace("0.6", "101"), "101 is no accuracy"),
        (PLAIN.replace(",20", ",-20"), "line 3, column 'spikes': -20 must be at least 0"),
        (PLAIN.replace("x z", "x y"), "line 3: 'a: x y' stands in line 2 already; keep one of them"),
        (PLAIN.replace("x z", "x"), "line 3: 'a: x' has 1 slots, 'a: x y' in line 2 2"),
        (PLAIN.replace("a: x z", "b: x z"), "line 3: 'b: x z' is of the space 'b', 'a: x y' in line 2 of 'a'"),
        (PLAIN.replace("a: x z", "spikenas-bench:7"), "'spikenas-bench:7' is of the space 'spikenas-bench'"),
        (PLAIN.replace("a: x", "spikenas-bench: x"), "line 2: id 'x y' is no whole number from 0 to 15624"),
        (PLAIN.replace("0.7", "high").replace("a: x z", "\n\na: x z"), "line 5, column 'validation_accuracy'"),
        (PLAIN.replace("a: x z", ""), "line 3: the cell for the architecture is empty"),
        (PLAIN.replace(",20", ""), "line 3: 3 cells, but the first line names 4 columns"),
        (PLAIN.replace("spikes", "test_accuracy"), "the column 'test_accuracy' stands there 2 times; rename one"),
        (PLAIN.replace("a: x y", '"a: x y'), "line 3: unexpected end of data"),
        (SPIKENAS.replace("12616", "15625"), "line 3: id '15625' is no whole number from 0 to 15624"),
        (SPIKENAS.replace("12616", "-1"), "id '-1' is no whole number"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    assert "has no column 'spike' (did you mean 'spikes'?)" in refused(tmp_path, PLAIN, Columns(spikes="spike"))
    table = read_table(write(tmp_path, PLAIN))
    with pytest.raises(UserError, match="has no column 'params'"):
        table.numbers("params")
    with pytest.raises(UserError, match="'a: x y' is no finite number"):
        table.numbers("architecture")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no table"),
        (b"\x89PNG\r\n\xff\xfe", "is no UTF-8 text"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-9], "cannot be read"),
        (b"\x1f\x8bnothing", "cannot be read"),
    ],
    ids=["none", "picture", "cut", "no-gzip"],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_table(path)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
            st.floats(0, 1, allow_nan=False),
            st.floats(0, 1, allow_nan=False),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0].strip(),
    )
)
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float, float]]
) -> None:
    """Any text may name a network: quotes, commas and line breaks as `csv` writes them."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["name", "choice", "val_acc", "test_acc"])
    writer.writerows([text, number, *accuracies] for number, (text, *accuracies) in enumerate(rows))
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_bytes(file.getvalue().encode())
    table = read_table(path, Columns(architecture="name", encoding=("choice",)))
    assert table.texts == tuple(text.strip() for text, *_ in rows)
    assert table.codes[:, 0].tolist() == list(range(len(rows)))
    assert np.array_equal(table.validation, [row[1] for row in rows])
    assert np.array_equal(table.test, [row[2] for row in rows])


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_bytes_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_bytes(content)
    with pytest.raises(UserError):
        read_table(path)


@given(st.text(max_size=8), st.integers(0, 3), st.integers(1, 2))
@settings(max_examples=100, deadline=None)
def test_any_cell_gives_a_table_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, cell: str, column: int, row: int
) -> None:
    lines = [line.split(",") for line in PLAIN.splitlines()]
    lines[row][column] = cell
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_bytes("\n".join(",".join(line) for line in lines).encode("utf-8", "surrogatepass"))
    try:
        table = read_table(path)
    except UserError:
        return
    assert np.isfinite(table.validation).all()
    assert len(set(table.texts)) == len(table) == 2
