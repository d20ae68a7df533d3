import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.architectures.cell_plan import CELL_DEFAULTS
from spikesearch.architectures.describe import describe
from spikesearch.architectures.spikenas_bench import BENCH_SIZE, BenchArchitecture
from spikesearch.architectures.text import parse
from spikesearch.errors import UserError

CONVOLUTION = 738_048  # parameters of one connection with a convolution, in both cells


def test_the_canonical_cell_has_no_dead_connections() -> None:
    def cut(*digits: int) -> tuple[int, ...]:
        return BenchArchitecture.of(digits).canonical_cell().digits

    # 0→1, 0→2, 0→3, 1→2, 1→3, 2→3
    assert cut(2, 3, 4, 0, 0, 4) == (0, 3, 4, 0, 0, 4)  # 1 leads nowhere
    assert cut(0, 3, 4, 2, 2, 4) == (0, 3, 4, 0, 0, 4)  # nothing leads to 1
    assert cut(1, 2, 0, 3, 0, 4) == (1, 2, 0, 3, 0, 4)
    assert cut(2, 0, 0, 0, 0, 3) == (0,) * 6  # no way


@pytest.fixture(scope="module")
def table(shared_data: Path) -> list[dict[str, str]]:
    """The rows of the table that there are."""
    path = shared_data / "spikenas-bench-cifar10-even.csv.gz"
    if not path.is_file():
        pytest.skip(f"there is no table {path}")

    def read() -> Iterator[dict[str, str]]:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    return list(read())


def test_parameters_are_those_of_the_table_for_every_entry(table: list[dict[str, str]]) -> None:
    assert len(table) == 7813
    # One description for each pattern of convolutions: thresholds and skips have no parameters.
    counted: dict[tuple[bool, ...], int] = {}
    for row in table:
        entry = BenchArchitecture(int(row["id"]))
        pattern = tuple(digit >= 2 for digit in entry.digits)
        if pattern not in counted:
            counted[pattern] = describe(entry).parameters
        assert counted[pattern] == int(row["params"]), row["id"]
        assert sum(layer.parameters for layer in entry.plan(CELL_DEFAULTS).layers()) == int(row["params"])
    assert len(counted) == 64


def test_rates_of_the_table_lie_where_the_convolutions_are(table: list[dict[str, str]]) -> None:
    # Its rates have another order than the id's digits: 0→1, 0→2, 1→2, 0→3, 1→3, 2→3.
    order = ["edge01", "edge02", "edge12", "edge03", "edge13", "edge23"]
    for row in table[::97]:
        edges = {edge.name for edge in BenchArchitecture(int(row["id"])).edges if edge.op.kind == "conv"}
        assert {name for k, name in enumerate(order) if float(row[f"rate{k}"]) >= 0} == edges


@given(st.integers(0, BENCH_SIZE - 1))
def test_the_text_is_read_back(entry: int) -> None:
    architecture = BenchArchitecture(entry)
    assert str(architecture) == f"spikenas-bench:{entry}"
    assert parse(str(architecture)) == architecture
    assert BenchArchitecture.of(architecture.digits) == architecture
    convolutions = sum(digit >= 2 for digit in architecture.digits)
    assert describe(architecture).parameters == 17_179_620 + CONVOLUTION * convolutions


def test_an_entry_by_hand() -> None:
    entry = parse("SpikeNAS-Bench : 012617")
    assert isinstance(entry, BenchArchitecture)
    # 12617 = 2 + 3·5 + 4·25 + 0·125 + 0·625 + 4·3125
    assert entry.digits == (2, 3, 4, 0, 0, 4)
    assert entry.slots == ("conv3x3_v0.5", "conv3x3_v1.0", "conv3x3_v1.5", "zero", "zero", "conv3x3_v1.5")
    assert [edge.name for edge in entry.edges] == ["edge01", "edge02", "edge03", "edge23"]
    assert str(entry) == "spikenas-bench:12617"
    assert entry.digest == "41fb1e50aae37a78"
    assert entry.dimensions() == CELL_DEFAULTS
    assert not any(edge.feedback for edge in entry.edges)


def test_an_entry_without_a_way_to_the_output_is_one_too() -> None:
    assert parse("spikenas-bench:0") == BenchArchitecture(0)


@pytest.mark.parametrize(
    "text", ["spikenas-bench:15625", "spikenas-bench:-1", "spikenas-bench:x", "spikenas-bench:1 2", "spikenas-bench:½"]
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"is no entry of spikenas-bench: give its id, 0 to 15624, such as 'spikenas-b"):
        parse(text)


@pytest.mark.parametrize("given", [True, 1.0, None, "7"])
def test_an_id_is_a_whole_number(given: object) -> None:
    with pytest.raises(UserError, match="is no entry of spikenas-bench"):
        BenchArchitecture(given)  # type: ignore[arg-type]


def test_the_name_alone_is_no_architecture() -> None:
    for text in ("spikenas-bench", "SPIKENAS-BENCH:"):
        with pytest.raises(
            UserError, match="is a space, not an architecture: give an entry's id, as in 'spikenas-bench:1"
        ):
            parse(text)
